/* Builders of segments, connections and captures for the unit tests and the fuzzer.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef TFA_TEST_SEGMENTS_H
#define TFA_TEST_SEGMENTS_H

#include "report/report.h"
#include "settings/options.h"

#include <arpa/inet.h>

#define MS NS_PER_MS
#define S  NS_PER_SECOND

/* 2026-11-23T05:12:27Z: a realistic start, so that sums of times are as large as real ones. */
#define TEST_EPOCH (G_GINT64_CONSTANT(1795410747) * S)

/* A test for each of @cases, an array of structs with a name. */
#define ADD_CASES(cases, function)                                                                 \
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++)                                               \
    g_test_add_data_func(cases[i].name, &cases[i], function)

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
    struct capture *capture; /* of this connection alone; owned */
    struct flow *flow;       /* owned by capture; NULL before the first segment */
    struct endpoint client, server;
    int64_t now;    /* ns since 1970: time of the next segment */
    uint32_t frame; /* frame number of the last segment */
};

/* A talk in which nothing was said yet. The caller frees what it owns with talk_clear(). Its
 * segments come without what IP says, so that equal ones are no copies. */
static inline struct talk talk_new(void)
{
    return (struct talk){.capture = capture_new(false),
                         .client = end_at("10.0.0.9", 51234),
                         .server = end_at("10.0.0.5", 443),
                         .now = TEST_EPOCH};
}

static inline void talk_clear(struct talk *talk)
{
    capture_free(talk->capture);
}

/* A variable that is cleared where its block ends. */
#define SCOPED_TALK __attribute__((cleanup(talk_clear))) struct talk

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

/* Adds @segment to the capture. Returns the turnaround that it ended, or TIME_NONE. */
static inline int64_t talk_add(struct talk *talk, struct segment segment)
{
    const struct turnaround_log *turnarounds = &talk->capture->turnarounds;
    size_t before = turnarounds->count;
    talk->frame = segment.frame;
    talk->flow = capture_add(talk->capture, &segment);
    return turnarounds->count > before ? turnaround_elapsed(&turnarounds->all[before]) : TIME_NONE;
}

static inline int64_t client_sends(struct talk *talk, unsigned flags, uint32_t sequence,
                                   uint32_t acknowledged, uint32_t payload)
{
    return talk_add(talk, client_segment(talk, flags, sequence, acknowledged, payload));
}

static inline int64_t server_sends(struct talk *talk, unsigned flags, uint32_t sequence,
                                   uint32_t acknowledged, uint32_t payload)
{
    return talk_add(talk, server_segment(talk, flags, sequence, acknowledged, payload));
}

/* The end that the client became by order of appearance. */
static inline enum end talk_client(const struct talk *talk)
{
    return endpoint_equal(&talk->flow->ends[END_A], &talk->client) ? END_A : END_B;
}

static inline struct totals talk_totals(const struct talk *talk, enum direction direction)
{
    struct totals totals = TOTALS_NONE;
    flow_add_totals(talk->flow, direction_sender(direction, talk_client(talk)), &totals);
    return totals;
}

/* --- many connections --- */

/* A capture in the making, and what a report of it takes. */
struct recording {
    struct capture *capture; /* owned */
    struct options *options; /* owned */
    struct report_source source;
    int64_t now;    /* ns since 1970: time of the next segment */
    uint32_t frame; /* frame number of the last segment */
};

/* An empty recording, of which @argument, the argument of -z, wants to know. The caller frees what
 * it owns with recording_clear(). */
static inline struct recording recording_new(const char *argument)
{
    char *error = NULL;
    struct recording recording = {.capture = capture_new(true), .now = TEST_EPOCH};
    recording.options = options_parse(argument, &error);
    g_assert_cmpstr(error, ==, NULL);
    if (request_has_intervals(&recording.options->request))
        capture_count_intervals(recording.capture, recording.options->request.interval);
    recording.source = (struct report_source){
        .capture = recording.capture,
        .analysed = true,
        .plugin_version = "0",
        .wireshark_version = "0",
    };
    return recording;
}

static inline void recording_clear(struct recording *recording)
{
    capture_free(recording->capture);
    options_free(recording->options);
}

#define SCOPED_RECORDING __attribute__((cleanup(recording_clear))) struct recording

/* The report that was asked for. The caller frees it with report_free(), before the recording. */
static inline struct report *recording_report(const struct recording *recording)
{
    return report_new(&recording->source, &recording->options->request);
}

/* Adds @segment to the capture as the next frame. */
static inline struct flow *recording_add(struct recording *recording, struct segment segment)
{
    segment.frame = ++recording->frame;
    return recording->capture->intervals != NULL
               ? capture_add_in_interval(recording->capture, &segment)
               : capture_add(recording->capture, &segment);
}

/* What happens on one connection, for recording_connect(). */
struct story {
    const char *client, *server; /* addresses */
    uint16_t client_port, server_port;
    uint32_t request, response; /* bytes of payload in one segment; 0: no such segment */
    int64_t server_side, client_side, server_time; /* ns; of the handshake and the response */
    bool no_handshake, client_unseen, server_unseen, client_resets, server_resets;
};

/* Adds connection number @stream as told by @story. */
static inline struct flow *recording_connect(struct recording *recording, uint32_t stream,
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
        recording->now += steps[i].wait;
        if (!steps[i].wanted || unseen)
            continue;
        struct segment segment = segment_between(
            steps[i].from_client ? client : server, steps[i].from_client ? server : client,
            steps[i].flags, steps[i].sequence, steps[i].acknowledged, steps[i].payload);
        segment.stream = stream;
        segment.time = recording->now;
        recording_add(recording, segment);
    }
    return capture_find(recording->capture, stream);
}

/* Three servers at two addresses and two ports. By bytes: 10.0.0.5:443, 10.0.0.6:443,
 * 10.0.0.5:80. */
static inline void add_three_servers(struct recording *recording)
{
    static const struct story stories[] = {
        {.client = "10.0.0.9",
         .server = "10.0.0.5",
         .client_port = 51000,
         .server_port = 443,
         .request = 100,
         .response = 9000,
         .server_side = 10,
         .client_side = 1,
         .server_time = 50},
        {.client = "10.0.0.9",
         .server = "10.0.0.5",
         .client_port = 51001,
         .server_port = 443,
         .request = 100,
         .response = 9000,
         .server_side = 30,
         .client_side = 3,
         .server_time = 70},
        {.client = "10.0.0.9",
         .server = "10.0.0.5",
         .client_port = 51002,
         .server_port = 80,
         .request = 10,
         .response = 10,
         .server_resets = true},
        {.client = "10.0.0.8",
         .server = "10.0.0.6",
         .client_port = 51003,
         .server_port = 443,
         .request = 5000,
         .server_unseen = true},
    };
    for (uint32_t i = 0; i < G_N_ELEMENTS(stories); i++)
        recording_connect(recording, i, &stories[i]);
}

#endif
