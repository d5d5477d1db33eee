/* Builders of segments, connections and captures for the unit tests.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef TFA_TEST_SEGMENTS_H
#define TFA_TEST_SEGMENTS_H

#include "connection/duplicate_frame.h"
#include "report/report.h"
#include "connection/trouble.h"

#include <arpa/inet.h>

#define MS G_GINT64_CONSTANT(1000000)
#define S  G_GINT64_CONSTANT(1000000000)

/* 2026-11-23T05:12:27Z: a realistic start, so that sums of times are as large as real ones. */
#define TEST_EPOCH (G_GINT64_CONSTANT(1795410747) * S)

/* Ethernet, IPv4 and TCP headers of a segment without options. */
#define HEADER_BYTES 54

static inline struct endpoint end_at(const char *address, uint16_t port)
{
    uint8_t bytes[ENDPOINT_ADDRESS_BYTES];
    struct endpoint endpoint;
    if (inet_pton(AF_INET, address, bytes) == 1) {
        endpoint_set(&endpoint, FAMILY_IPV4, bytes, 4, port);
    } else {
        g_assert_cmpint(inet_pton(AF_INET6, address, bytes), ==, 1);
        endpoint_set(&endpoint, FAMILY_IPV6, bytes, 16, port);
    }
    return endpoint;
}

static inline struct segment segment_between(struct endpoint source, struct endpoint destination,
                                             unsigned flags, uint32_t sequence,
                                             uint32_t acknowledged, uint32_t payload)
{
    return (struct segment){
        .source = source,
        .destination = destination,
        .time = TEST_EPOCH,
        .frame_bytes = HEADER_BYTES + payload,
        .sequence = sequence,
        .acknowledged = acknowledged,
        .window = 64240,
        .payload = payload,
        .flags = (uint16_t)flags,
        .has_length = true,
    };
}

/* --- one connection --- */

/* A connection between 10.0.0.9:51234, the client, and 10.0.0.5:443. */
struct talk {
    struct flow flow;
    struct endpoint client, server;
    struct trouble_store *troubles; /* NULL: trouble is not noted */
    int64_t now;                    /* ns since 1970: time of the next segment */
    uint32_t frame;                 /* frame number of the last segment */
    bool begun;
};

static inline struct talk talk_new(void)
{
    return (struct talk){
        .client = end_at("10.0.0.9", 51234), .server = end_at("10.0.0.5", 443), .now = TEST_EPOCH};
}

static inline struct segment client_segment(const struct talk *talk, unsigned flags,
                                            uint32_t sequence, uint32_t acknowledged,
                                            uint32_t payload)
{
    struct segment segment =
        segment_between(talk->client, talk->server, flags, sequence, acknowledged, payload);
    segment.time = talk->now;
    segment.frame = talk->frame + 1;
    return segment;
}

static inline struct segment server_segment(const struct talk *talk, unsigned flags,
                                            uint32_t sequence, uint32_t acknowledged,
                                            uint32_t payload)
{
    struct segment segment =
        segment_between(talk->server, talk->client, flags, sequence, acknowledged, payload);
    segment.time = talk->now;
    segment.frame = talk->frame + 1;
    return segment;
}

/* Counts @segment as the collector does; returns the turnaround that it ended, or TIME_NONE. */
static inline int64_t talk_apply(struct talk *talk, const struct segment *segment)
{
    if (!talk->begun)
        flow_init(&talk->flow, segment);
    talk->begun = true;
    talk->frame = segment->frame;
    enum end sender = flow_sender(&talk->flow, segment);
    if (talk->troubles != NULL)
        trouble_note(talk->troubles, &talk->flow, sender, segment);
    struct flow_change change = flow_apply(&talk->flow, sender, segment);
    if (talk->troubles != NULL && change.went_on)
        trouble_note_handshake(talk->troubles, &talk->flow, sender, segment, &change);
    if (talk->troubles != NULL && change.has_new_data)
        trouble_note_turn(talk->troubles, &talk->flow, sender, segment, &change);
    return change.turnaround;
}

static inline int64_t client_sends(struct talk *talk, unsigned flags, uint32_t sequence,
                                   uint32_t acknowledged, uint32_t payload)
{
    struct segment segment = client_segment(talk, flags, sequence, acknowledged, payload);
    return talk_apply(talk, &segment);
}

static inline int64_t server_sends(struct talk *talk, unsigned flags, uint32_t sequence,
                                   uint32_t acknowledged, uint32_t payload)
{
    struct segment segment = server_segment(talk, flags, sequence, acknowledged, payload);
    return talk_apply(talk, &segment);
}

/* The end that the client became by order of appearance. */
static inline enum end talk_client(const struct talk *talk)
{
    return endpoint_equal(&talk->flow.ends[END_A], &talk->client) ? END_A : END_B;
}

static inline struct totals talk_totals(const struct talk *talk, enum direction direction)
{
    struct totals totals = TOTALS_NONE;
    flow_add_totals(&talk->flow, direction_sender(direction, talk_client(talk)), &totals);
    return totals;
}

/* --- a capture --- */

struct capture {
    struct flow_table *flows;
    struct turnaround_log turnarounds;
    struct trouble_store *troubles;
    struct duplicate_filter *duplicates;
    struct options *options;
    struct report_source source;
    int64_t now;    /* ns since 1970: time of the next segment */
    uint32_t frame; /* frame number of the last segment */
};

/* An empty capture, of which @argument, the argument of -z, wants to know. */
static inline void capture_init(struct capture *capture, const char *argument)
{
    char *error = NULL;
    capture->flows = flow_table_new();
    capture->turnarounds = (struct turnaround_log){0};
    capture->troubles = trouble_store_new();
    capture->duplicates = duplicate_filter_new();
    capture->frame = 0;
    capture->options = options_parse(argument, &error);
    g_assert_cmpstr(error, ==, NULL);
    capture->now = TEST_EPOCH;
    capture->source = (struct report_source){
        .flows = capture->flows,
        .turnarounds = &capture->turnarounds,
        .evidence = trouble_store_evidence(capture->troubles),
        .options = capture->options,
        .analysed = true,
        .plugin_version = "0",
        .wireshark_version = "0",
    };
}

static inline void capture_clear(struct capture *capture)
{
    flow_table_free(capture->flows);
    trouble_store_free(capture->troubles);
    duplicate_filter_free(capture->duplicates);
    g_free(capture->turnarounds.all);
    options_free(capture->options);
}

/* Counts @given as the next frame, as the collector does. */
static inline struct flow *capture_add(struct capture *capture, const struct segment *given)
{
    struct segment copy = *given, *segment = &copy;
    segment->frame = ++capture->frame;
    struct flow *flow = flow_table_find(capture->flows, segment->stream);
    if (flow == NULL)
        flow = flow_table_add(capture->flows, segment);
    enum end sender = flow_sender(flow, segment);
    segment->is_copy |= duplicate_filter_check(capture->duplicates, segment, sender == END_B);
    trouble_note(capture->troubles, flow, sender, segment);
    struct flow_change change = flow_apply(flow, sender, segment);
    if (change.went_on)
        trouble_note_handshake(capture->troubles, flow, sender, segment, &change);
    if (change.has_new_data)
        trouble_note_turn(capture->troubles, flow, sender, segment, &change);
    if (change.turnaround != TIME_NONE)
        turnaround_log_add(&capture->turnarounds,
                           turnaround_make(flow->number, sender, change.turnaround));
    return flow;
}

/* What happens on one connection, for capture_connection(). */
struct story {
    const char *client, *server; /* addresses */
    uint16_t client_port, server_port;
    uint32_t request, response; /* bytes of payload in one segment; 0: no such segment */
    int64_t server_side, client_side, server_time; /* ns; of the handshake and the response */
    bool no_handshake, client_unseen, server_unseen, client_resets, server_resets;
};

/* Adds connection number @stream as told by @story. */
static inline struct flow *capture_connection(struct capture *capture, uint32_t stream,
                                              const struct story *story)
{
    const struct endpoint client = end_at(story->client, story->client_port);
    const struct endpoint server = end_at(story->server, story->server_port);
    const struct {
        bool from_client, wanted;
        unsigned flags;
        uint32_t sequence, acknowledged, payload;
        int64_t wait;
    } steps[] = {
        {true, !story->no_handshake, TCP_SYN, 1000, 0, 0, 0},
        {false, !story->no_handshake, TCP_SYN | TCP_ACK, 5000, 1001, 0, story->server_side},
        {true, !story->no_handshake, TCP_ACK, 1001, 5001, 0, story->client_side},
        {true, story->request > 0, TCP_ACK | TCP_PSH, 1001, 5001, story->request, 0},
        {false, story->response > 0, TCP_ACK | TCP_PSH, 5001, 1001 + story->request,
         story->response, story->server_time},
        {true, story->client_resets, TCP_RST, 1001 + story->request, 0, 0, 0},
        {false, story->server_resets, TCP_RST, 5001 + story->response, 0, 0, 0},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(steps); i++) {
        bool unseen = steps[i].from_client ? story->client_unseen : story->server_unseen;
        capture->now += steps[i].wait;
        if (!steps[i].wanted || unseen)
            continue;
        struct segment segment = segment_between(
            steps[i].from_client ? client : server, steps[i].from_client ? server : client,
            steps[i].flags, steps[i].sequence, steps[i].acknowledged, steps[i].payload);
        segment.stream = stream;
        segment.time = capture->now;
        capture_add(capture, &segment);
    }
    return flow_table_find(capture->flows, stream);
}

#endif
