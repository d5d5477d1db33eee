/* Pauses in which no connection of the capture sent anything, though several had just before: the
 * host that captured may have stood still (suspended, or a virtual machine that was paused).
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef TFA_STANDSTILL_H
#define TFA_STANDSTILL_H

#include "connection/flow_table.h"

/* Connections that are remembered as active; of more, these are a sample. */
#define STANDSTILL_FLOWS 32

/* A shorter pause explains no wait that is told. */
#define LEAST_STANDSTILL (NS_PER_SECOND / 2)

struct standstill {
    int64_t from, to;                 /* ns since 1970: the segments around it */
    uint32_t frame;                   /* frame number of the first segment behind it */
    uint32_t resumed;                 /* bits, index as flows: who went on together */
    uint8_t count;                    /* of flows */
    uint32_t flows[STANDSTILL_FLOWS]; /* numbers of those that were active before */
};

struct standstills {
    int64_t alarm;    /* ns since 1970: a segment at this time or later is looked at */
    int64_t latest;   /* ns since 1970, of the segment before; valid while is_watching */
    bool is_watching; /* the last one has just ended: who goes on with it? */
    bool is_full;     /* some were forgotten after the last one */
    GArray *all;      /* of struct standstill, owned */
    const struct flow *recent[STANDSTILL_FLOWS]; /* by the last digits of their numbers; borrowed */
};

/* No pause yet. What it comes to own is freed by standstills_clear(). */
void standstills_init(struct standstills *standstills);
void standstills_clear(struct standstills *standstills);

/* For standstills_note(): a pause, or what may belong to one. */
void standstills_look(struct standstills *standstills, const struct flow_table *flows,
                      const struct flow *flow, const struct segment *segment);

/* Notes @segment of @flow, one of @flows, before flow_apply(). */
static inline void standstills_note(struct standstills *standstills, const struct flow_table *flows,
                                    const struct flow *flow, const struct segment *segment)
{
    if (G_UNLIKELY(segment->time >= standstills->alarm))
        standstills_look(standstills, flows, flow, segment);
    else
        standstills->alarm = segment->time + LEAST_STANDSTILL;
    standstills->recent[flow->number % STANDSTILL_FLOWS] = flow;
}

/* Whether those who were active, LEAST_STANDING of them, went on together after @standstill. Who
 * had closed, or has sent nothing since, says nothing. */
bool standstill_is_common(const struct standstill *standstill, const struct flow_table *flows);

#endif
