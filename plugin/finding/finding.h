/* Findings: what an expert would say of a server's connections, with the evidence for it.
 *
 * finding.c has the rules for one connection and puts together what they hit, per row of a report.
 * To add a finding: an id and a line in finding_kinds[], a rule in finding.c, a sentence in
 * finding_text.c, a scenario in tests/lab.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef TFA_FINDING_H
#define TFA_FINDING_H

#include "connection/role.h"
#include "connection/trouble.h"

/* In order of importance within a severity. */
enum finding_id {
    FINDING_FORGED_RESET,
    FINDING_PATH_MTU_BLACKHOLE,
    FINDING_RETRIES_EXHAUSTED,
    FINDING_NO_RESPONSE,
    FINDING_CONNECTION_REFUSED,
    FINDING_HANDSHAKE_INCOMPLETE,
    FINDING_SCAN,
    FINDING_ONE_WAY_TRAFFIC,
    FINDING_CAPTURE_LOSS,
    FINDING_RESET_BY_SERVER,
    FINDING_RESET_BY_CLIENT,
    FINDING_LOSS_CLIENT_TO_SERVER,
    FINDING_LOSS_SERVER_TO_CLIENT,
    FINDING_ZERO_WINDOW,
    FINDING_SLOW_HANDSHAKE,
    FINDING_SLOW_SERVER,
    FINDING_DUPLICATE_CAPTURE,
    FINDING_SYN_RETRIED,
    FINDING_SPURIOUS_RETRANSMISSIONS,
    FINDING_WINDOW_LIMITED,
    FINDING_SLOW_CLIENT,
    FINDING_ROLE_GUESSED,
    FINDING_ANALYSIS_OFF,
    FINDING_RESET_AFTER_CLOSE,
    FINDING_COUNT
};

/* Wireshark's words for its expert information. */
enum severity { SEVERITY_CHAT, SEVERITY_NOTE, SEVERITY_WARN, SEVERITY_ERROR };

/* What a finding's side means. */
enum side_meaning {
    SIDE_NONE,
    SIDE_BY,        /* the end that did it, or that it happened at */
    SIDE_DIRECTION, /* where the data concerned flows */
};

struct finding_kind {
    const char *id;
    enum severity severity;
    enum side_meaning side;
};

extern const struct finding_kind finding_kinds[FINDING_COUNT];

#define FINDING_STREAMS 10
#define FINDING_NUMBERS 6

/* A number that proves something. */
struct finding_number {
    const char *key; /* NULL: none */
    uint64_t value;
    bool is_span;   /* ns, else a count */
    bool is_absent; /* means nothing here, and is not shown */
};

struct finding {
    enum finding_id id;
    enum direction side; /* SIDE_BY: CLIENT_TO_SERVER is the client. Unused for SIDE_NONE */
    uint64_t count;      /* how often it happened: packets, or connections where it is one each */
    uint64_t connections;
    uint32_t streams[FINDING_STREAMS]; /* the first ones, stream_count of them */
    unsigned stream_count;
    struct finding_number numbers[FINDING_NUMBERS];
    const char *detail_key; /* name of detail, or NULL */
    char *detail;           /* owned: evidence in words, such as where loss happened */
    char *text;             /* owned: one sentence or two */
    char *filter;           /* owned: display filter that shows the packets */
    uint64_t packets;       /* how many packets the filter shows */
    bool is_cut;            /* the filter shows the first ones only */
};

void finding_free(gpointer finding);

/* "chat", "note", "warn" or "error". */
const char *severity_name(enum severity severity);

/* All connections of a capture, and what is known of them. All of it must outlive the set. */
struct finding_source {
    const struct flow_table *flows;
    const struct role *roles;    /* of each flow */
    const uint32_t *row_of_flow; /* of each flow: index of its row, or FINDING_NO_ROW */
    uint32_t row_count;
    const GArray *evidence; /* of struct witness, in order of frames */
    int64_t last_time;      /* ns since 1970, of the capture's last segment */
    bool analysed;          /* Wireshark's TCP sequence analysis was on */
    bool is_incomplete;     /* Wireshark kept segments from the tap: absence proves nothing */
    const char *filter;     /* display filter that the user gave, or NULL */
};

#define FINDING_NO_ROW UINT32_MAX

/* The findings of all rows. */
struct finding_set;

struct finding_set *finding_set_new(const struct finding_source *source);
void finding_set_free(struct finding_set *set);

/* The findings of row @row, of struct finding *, the strongest first. Owned by @set. */
const GPtrArray *finding_set_of_row(const struct finding_set *set, uint32_t row);

/* The ids of the findings of its row that flow number @flow has a part in; bit i is enum
 * finding_id i. */
uint32_t finding_set_of_flow(const struct finding_set *set, uint32_t flow);

/* Fills in what people read, from the rest of @finding: text. */
void finding_describe(struct finding *finding);

#endif
