/* The input and output of a rule: one connection under judgement, and the hits for it.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef TFA_RULE_H
#define TFA_RULE_H

#include "connection/capture.h"
#include "connection/role.h"
#include "finding/finding.h"
#include "finding/number.h"
#include "finding/proof.h"

/* All connections of a capture, and what is known about them. The members must live longer than
 * their users. */
struct finding_source {
    const struct capture *capture;
    const struct flow_table *flows; /* of the capture */
    const struct role *roles;       /* of each flow */
    const struct flow_facts *facts; /* of each flow, or NULL where nothing is known */
    const uint32_t *row_of_flow;    /* of each flow: index of its row, or FINDING_NO_ROW */
    uint32_t row_count;
    const struct witness_log *witnesses;
    int64_t last_time;  /* ns since 1970, of the capture's last segment */
    bool analysed;      /* Wireshark's TCP sequence analysis was on */
    bool is_incomplete; /* Wireshark did not pass all segments to the tap: absence proves nothing */
    bool has_untapped;  /* some: a display filter on fields shows them, and nobody counted them */
    bool has_no_acks;   /* no segment of the capture is a mere ACK */
    const char *filter; /* display filter that the user gave, or NULL */
};

#define FINDING_NO_ROW UINT32_MAX

/* A client that tried many servers and ports. Its connections may be in several rows, but it is one
 * finding, in the first of these rows, or in FINDING_NO_ROW if none of them is shown. */
struct scan {
    uint32_t targets;        /* different servers (address and port) that the client tried */
    uint32_t failed_targets; /* those at which no attempt went well */
    uint32_t row;            /* where the finding stands, or FINDING_NO_ROW */
};

#define NO_SCAN UINT32_MAX

/* What a connection of a scan's client found. */
struct scan_attempt {
    uint32_t flow, scan; /* number of the flow; index in scans */
    enum scan_outcome { SCAN_OPEN, SCAN_REFUSED, SCAN_SILENT } outcome;
};

struct neighbours;

/* What the rules know beside the connection. */
struct rule_context {
    const struct finding_source *source;
    uint32_t *first_witness; /* of each flow: index in witness_order; one more than flows; owned */
    uint32_t *witness_order; /* indexes in the log of witnesses, by flow, then in order; owned */
    uint32_t *first_more;    /* the same of those for which the log had no room; NULL if they are
                                not kept; owned; and the next */
    uint32_t *more_order;
    GArray *scans;          /* of struct scan, owned */
    uint32_t *scan_of_flow; /* of each flow: index in scans of the scan that it is a vain
                               attempt of, or NO_SCAN; NULL where there is no scan; owned */
    GArray *scan_attempts;  /* of struct scan_attempt: all of each scan's client, owned */
    GPtrArray *standstills; /* of struct standstill, borrowed from the capture: when its host stood
                               still; owned */
    bool has_stalled;       /* servers or paths would seem slow but for that */
    struct neighbours *neighbours; /* what other connections say of one; owned */
};

/* A rule that holds for a connection. */
struct hit {
    enum finding_id id;
    enum direction side; /* as in struct finding; CLIENT_TO_SERVER for SIDE_NONE */
    uint64_t count;      /* packets, or 1 for the connection */
    uint64_t packets;    /* that the display filter shows; 0 where single frames are named */
    uint64_t numbers[FINDING_NUMBERS]; /* index as in number.h */
    uint8_t sender;                    /* enum end whose packets prove it, or NO_END for both */
    struct condition condition;        /* which of them do */
};

/* Who wants to know what proves a hit. */
struct proof_sink {
    /* Takes one proof of @hit. Returns false where it wants no more of that hit; what belongs to
     * the same proof may still come. */
    bool (*take)(gpointer data, const struct hit *hit, const struct proof *proof);
    gpointer data;             /* for take() */
    bool wants_more_witnesses; /* those as well for which the log had no room */
};

/* Hands to @sink that frame number @frame proves @hit. Returns whether it wants more. */
static inline bool proof_sink_take_frame(const struct proof_sink *sink, const struct hit *hit,
                                         uint32_t frame)
{
    return sink->take(sink->data, hit,
                      &(struct proof){.kind = PROOF_FRAME, .frame = frame, .sender = NO_END});
}

/* More hits than all rules together can add for one connection. */
#define MAX_HITS 32

/* One connection under judgement. */
struct view {
    const struct rule_context *context;
    const struct flow *flow;
    enum end client, server;
    struct hit *hits; /* room for MAX_HITS */
    unsigned count;   /* of hits */
};

/* Flow number @flow under judgement. @hits: room for MAX_HITS, or NULL where none is added. */
static inline struct view view_of(const struct rule_context *context, uint32_t flow,
                                  struct hit *hits)
{
    enum end client = (enum end)context->source->roles[flow].client;
    return (struct view){
        context, flow_table_at(context->source->flows, flow), client, end_peer(client), hits, 0};
}

/* How many frames of @sender are counted under @counter. */
static inline uint64_t view_count(const struct view *view, enum end sender, enum counter counter)
{
    return flow_counter(view->flow, sender, counter);
}

/* How many SYNs without ACK @sender sent. */
static inline uint64_t view_pure_syns(const struct view *view, enum end sender)
{
    return view_count(view, sender, COUNTER_SYN) - view_count(view, sender, COUNTER_SYN_ACK);
}

/* How many of them are no copies: those that the sentence counts. The filter shows copies, too. */
static inline uint64_t view_original_syns(const struct view *view, enum end sender)
{
    return flow_originals(view->flow, sender, COPY_SYN) -
           flow_originals(view->flow, sender, COPY_SYN_ACK);
}

/* Whether the user's display filter excluded some segments of the connection. */
static inline bool view_is_partial(const struct view *view)
{
    const struct flow_facts *facts = view->context->source->facts;
    return facts != NULL && facts[view->flow->number].is_partial;
}

/* Whether absent segments are missing in the capture, and not just excluded from the tap. */
static inline bool view_absence_proves(const struct view *view)
{
    return !view->context->source->is_incomplete && !view_is_partial(view);
}

/* The scan to which the connection belongs as a failed attempt, or NO_SCAN. */
static inline uint32_t view_scan(const struct view *view)
{
    return view->context->scan_of_flow != NULL ? view->context->scan_of_flow[view->flow->number]
                                               : NO_SCAN;
}

/* The witnesses of the connection are those whose index is from view_first_witness() on and below
 * view_end_of_witnesses(). */
static inline uint32_t view_first_witness(const struct view *view)
{
    return view->context->first_witness[view->flow->number];
}

/* One behind the last of them; the first of them if there is none. */
static inline uint32_t view_end_of_witnesses(const struct view *view)
{
    return view->context->first_witness[view->flow->number + 1];
}

/* The witness at @index, which is one of these. */
static inline const struct witness *view_witness(const struct view *view, uint32_t index)
{
    return witness_log_at(view->context->source->witnesses, view->context->witness_order[index]);
}

/* The witnesses of the connection for which the log had no room, as far as they are kept, are those
 * whose index is from view_first_more() on and below view_end_of_more(). */
static inline uint32_t view_first_more(const struct view *view)
{
    const uint32_t *first = view->context->first_more;
    return first != NULL ? first[view->flow->number] : 0;
}

/* One behind the last of them; the first of them if there is none. */
static inline uint32_t view_end_of_more(const struct view *view)
{
    const uint32_t *first = view->context->first_more;
    return first != NULL ? first[view->flow->number + 1] : 0;
}

/* The witness at @index, which is one of these. */
static inline const struct witness *view_more(const struct view *view, uint32_t index)
{
    return &g_array_index(view->context->source->witnesses->more, struct witness,
                          view->context->more_order[index]);
}

/* Whether @witness is of data that was lost, and the receiver says so: it acknowledged the data
 * after it was sent again. Where none of its ACKs was captured, nobody says so: these may have been
 * lost. */
bool view_is_lost(const struct view *view, const struct witness *witness);

/* The longest time, in ms, of the witnesses of @kind (WITNESS_SLOW_*) and @end; *@times is the
 * number of such times. */
uint64_t view_longest(const struct view *view, enum witness_kind kind, enum end end,
                      uint64_t *times);

/* Adds a hit. The caller fills it in. */
static inline struct hit *view_hit(struct view *view, enum finding_id id, enum direction side,
                                   uint64_t count)
{
    g_assert(view->count < MAX_HITS);
    struct hit *hit = &view->hits[view->count++];
    *hit = (struct hit){.id = id, .side = side, .count = count, .sender = NO_END};
    return hit;
}

/* Notes that the segments of @sender (enum end, or NO_END for both) for which @condition holds
 * prove
 * @hit. There are @packets of them. */
static inline void hit_prove(struct hit *hit, uint8_t sender, struct condition condition,
                             uint64_t packets)
{
    hit->sender = sender;
    hit->condition = condition;
    hit->packets = packets;
}

#endif
