/* Findings: what an expert would say about the connections of a server, with the packets that prove
 * it.
 *
 * To add a finding, add an id here, a kind in finding.c with the title of its expert information,
 * its numbers in number.h and number.c, a rule in one of rules_*.c, a sentence in sentence.c, a
 * scenario in tests/lab.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef TFA_FINDING_H
#define TFA_FINDING_H

#include "base/direction.h"
#include "base/endpoint.h"

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

/* In order of importance within a severity. */
enum finding_id {
    FINDING_FORGED_RESET,
    FINDING_INJECTED_DATA,
    FINDING_SEQUENCE_REWRITTEN,
    FINDING_REPLY_FROM_OTHER_ADDRESS,
    FINDING_LISTEN_QUEUE_FULL,
    FINDING_PATH_MTU_BLACKHOLE,
    FINDING_RETRIES_EXHAUSTED,
    FINDING_STALE_CONNECTION,
    FINDING_NO_RESPONSE,
    FINDING_CONNECTION_REFUSED,
    FINDING_HANDSHAKE_INCOMPLETE,
    FINDING_HANDSHAKE_REJECTED,
    FINDING_SCAN,
    FINDING_ONE_WAY_TRAFFIC,
    FINDING_CAPTURE_LOSS,
    FINDING_PEER_GONE,
    FINDING_CONNECTION_UNKNOWN,
    FINDING_RESET_BY_SERVER,
    FINDING_RESET_BY_CLIENT,
    FINDING_LOSS_CLIENT_TO_SERVER,
    FINDING_LOSS_SERVER_TO_CLIENT,
    FINDING_ZERO_WINDOW,
    FINDING_SLOW_HANDSHAKE,
    FINDING_SLOW_SERVER,
    FINDING_ICMP_ERROR,
    FINDING_DUPLICATE_CAPTURE,
    FINDING_SYN_RETRIED,
    FINDING_SPURIOUS_RETRANSMISSIONS,
    FINDING_WINDOW_LIMITED,
    FINDING_OFFLOAD_CAPTURE,
    FINDING_SLOW_CLIENT,
    FINDING_ROLE_GUESSED,
    FINDING_ANALYSIS_OFF,
    FINDING_RESET_AFTER_CLOSE,
    FINDING_COUNT
};

/* A set of findings: bit i stands for enum finding_id i. */
typedef uint64_t finding_ids;

G_STATIC_ASSERT(FINDING_COUNT <= 64);

/* The set of @id alone. */
static inline finding_ids finding_bit(enum finding_id id)
{
    return (finding_ids)1 << id;
}

/* Wireshark's words for its expert information. */
enum severity { SEVERITY_CHAT, SEVERITY_NOTE, SEVERITY_WARN, SEVERITY_ERROR };

/* What a finding's side means. */
enum side_meaning {
    SIDE_NONE,
    SIDE_BY,        /* the end that did it, or that it happened to */
    SIDE_DIRECTION, /* the direction in which the data flows */
};

struct finding_kind {
    const char *id;
    enum severity severity;
    enum side_meaning side;
    const char *title; /* of a packet that proves it: a few words */
};

extern const struct finding_kind finding_kinds[FINDING_COUNT];

#define FINDING_STREAMS 10
#define FINDING_NUMBERS 8

/* A number that proves something. */
struct finding_number {
    const char *key; /* in JSON; NULL: none */
    uint64_t value;
    bool is_span;   /* ns, else a count */
    bool is_absent; /* means nothing here, and is not shown */
};

/* What several findings of one kind may have in common. */
enum cause_kind {
    CAUSE_NONE,    /* nothing that is known */
    CAUSE_CAPTURE, /* how the packets were captured */
    CAUSE_CLIENT,  /* the client's host, or the way to it */
    CAUSE_SERVER,  /* the server's host, or the way to it */
    CAUSE_ROUTER,  /* who sent ICMP errors */
};

struct icmp_error;

struct finding_cause {
    enum cause_kind kind;
    const struct endpoint *of; /* whose address it is, not owned; NULL for the capture and none */
    const struct icmp_error *error; /* what the router says, not owned; NULL for all others */
    /* Of what may be the server's host or the way to it: the client of all connections, if that is
     * one address; not owned; else NULL. Where it fails at many servers, it may be the cause. */
    const struct endpoint *client;
};

struct sum;

/* What comes behind `complete` is known once finding_set_complete() was called: most findings of a
 * large capture are never shown. */
struct finding {
    enum finding_id id;
    enum direction side; /* SIDE_BY: CLIENT_TO_SERVER is the client. Unused for SIDE_NONE */
    uint64_t count; /* how often it happened: packets, or connections if it happens once in each */
    uint64_t connections;
    uint64_t concern; /* packets, as far as hits count them; how many the filter shows may differ */
    uint32_t streams[FINDING_STREAMS]; /* the first ones, stream_count of them */
    unsigned stream_count;
    struct finding_cause cause;
    const struct sum *complete; /* what it is made of, of the set; NULL once it is complete */
    struct finding_number numbers[FINDING_NUMBERS]; /* index as in number.h */
    const char *detail_key;                         /* what JSON calls detail, or NULL */
    char *detail;     /* owned: what proves it in words, such as where loss happened */
    char *text;       /* owned: one sentence or two */
    char *filter;     /* owned: display filter that shows the packets */
    uint64_t packets; /* how many packets the filter shows */
    bool is_cut;      /* the filter shows the first ones only */
    /* When they were captured; if it is cut, all that prove it. ns since 1970, or TIME_NONE */
    int64_t first_time, last_time;
};

/* Frees a struct finding and what it owns; with GLib's signature. */
void finding_free(gpointer finding);

/* "chat", "note", "warn" or "error". */
const char *severity_name(enum severity severity);

/* The strongest of @findings (of struct finding *, in order of strength) if it is more than a chat,
 * else NULL. */
const struct finding *finding_headline(const GPtrArray *findings);

#endif
