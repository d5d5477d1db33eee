/* What the totals of a server mean: ratios, directions, one or two sentences.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef TFA_INTERPRETATION_H
#define TFA_INTERPRETATION_H

#include "base/direction.h"
#include "connection/counter.h"

#include <stdbool.h>
#include <stddef.h>

/* Packets client to server divided by packets server to client. Returns false and does not set
 * @ratio if the divisor is 0. Here and below, the index of @totals is enum direction. */
bool asymmetry_ratio(const struct totals totals[2], double *ratio);

/* Producer/consumer ratio (Carter Bullard and John Gerth, "PCR - A New Flow Metric", FloCon 2014):
 * (payload client to server - payload server to client) / (their sum), from -1 to +1. Returns false
 * and does not set @pcr if no payload was seen. */
bool producer_consumer_ratio(const struct totals totals[2], double *pcr);

/* "client_heavy" if the ratio of packets is above 1.2 or the server sent none, "server_heavy" below
 * 0.8, else "balanced". */
const char *data_flow_direction(const struct totals totals[2]);

/* The same words for the PCR, above +0.2 and below -0.2. NULL if no payload was seen. */
const char *payload_direction(const struct totals totals[2]);

/* "client", "server", "balanced" (equal and not 0) or "none". */
const char *primary_rst_source(const struct totals totals[2]);

/* What a scan found at a server. */
struct scanned {
    const char *client;             /* its address, NULL: no scan tried the server */
    uint64_t open, refused, silent; /* connections */
};

/* What is known of a server beside its totals. */
struct circumstances {
    uint64_t connections, one_way; /* the latter had segments in one direction only */
    bool analysed;                 /* Wireshark's sequence analysis was on */
    bool lacks_side;               /* what one end sent is missing in the capture */
    const char *headline;          /* what is wrong, in one sentence; NULL: nothing */
    struct scanned scanned;
};

/* Two or three sentences: what is wrong, who sent how much payload or which end is missing, what a
 * scan found. If nothing is wrong, resets and retransmissions are named. The caller frees it with
 * g_free(). */
char *interpretation(const struct totals totals[2], const struct circumstances *circumstances);

#endif
