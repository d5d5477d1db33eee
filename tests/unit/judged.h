/* Segments told in few words, and the findings that follow from them.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef TFA_TEST_JUDGED_H
#define TFA_TEST_JUDGED_H

#include "finding/finding_set.h"
#include "segments.h"

#define SYN_ACK (TCP_SYN | TCP_ACK)
#define FIN_ACK (TCP_FIN | TCP_ACK)
#define RST_ACK (TCP_RST | TCP_ACK)

#define MAX_STEPS 14

/* A segment, or several that follow each other. Sequence and acknowledgment numbers count from the
 * SYN of the end that they belong to. */
struct step {
    char from; /* 'c' client, 's' server, 'i' an ICMP error; 0 ends the list */
    unsigned flags;
    uint32_t sequence, acknowledged, payload;
    int64_t wait;      /* ns before it, and before each further one */
    unsigned times;    /* 0 means 1 */
    uint32_t stride;   /* from one sequence number to the next one's */
    uint8_t hop_limit; /* 0: unknown */
    uint16_t analysis;
    bool closed;                    /* window 0 */
    bool fragment;                  /* its length is unknown */
    uint32_t sack_left, sack_right; /* of the acknowledged end; none if both are 0 */
    uint16_t reset_window;
    uint16_t mss;
    uint16_t ip_id; /* of the first, the next ones' count up; 0: it has none */
};

#define ROUTER "10.0.0.1"

/* Instead of a segment, a router's ICMP error that quotes one of the client's. */
#define ICMP_ERROR(type, code, mtu)                                                                \
    {                                                                                              \
        'i', type, code, mtu, .wait = MS                                                           \
    }

#define C_ISN 1000U
#define S_ISN 5000U

#define HANDSHAKE                                                                                  \
    {'c', TCP_SYN, 0, 0, 0, .hop_limit = 64},                                                      \
        {'s', SYN_ACK, 0, 1, 0, .wait = 10 * MS, .hop_limit = 60},                                 \
    {                                                                                              \
        'c', TCP_ACK, 1, 1, 0, .wait = 10 * MS, .hop_limit = 64                                    \
    }

#define QUESTION                                                                                   \
    {                                                                                              \
        'c', TCP_ACK, 1, 1, 100, .wait = MS, .hop_limit = 64                                       \
    }
#define ANSWER                                                                                     \
    {                                                                                              \
        's', TCP_ACK, 1, 101, 100, .wait = MS, .hop_limit = 60                                     \
    }
#define GOT_ANSWER                                                                                 \
    {                                                                                              \
        'c', TCP_ACK, 101, 101, 0, .wait = MS, .hop_limit = 64                                     \
    }
#define GOT_QUESTION                                                                               \
    {                                                                                              \
        's', TCP_ACK, 1, 101, 0, .wait = MS, .hop_limit = 60                                       \
    }

static inline void take_error(struct recording *recording, struct endpoint client,
                              struct endpoint server, const struct step *step)
{
    recording->now += step->wait;
    struct icmp_error error = {.source = client,
                               .destination = server,
                               .reporter = end_at(ROUTER, 0),
                               .time = recording->now,
                               .frame = ++recording->frame,
                               .type = (uint8_t)step->flags,
                               .code = (uint8_t)step->sequence,
                               .mtu = step->acknowledged};
    capture_add_error(recording->capture, &error);
}

static inline void take_step_between(struct recording *recording, uint32_t stream,
                                     struct endpoint client, struct endpoint server,
                                     const struct step *step)
{
    if (step->from == 'i') {
        take_error(recording, client, server, step);
        return;
    }
    bool from_client = step->from == 'c';
    uint32_t own = from_client ? C_ISN : S_ISN, other = from_client ? S_ISN : C_ISN;
    for (unsigned i = 0; i < MAX(step->times, 1); i++) {
        recording->now += step->wait;
        struct segment segment = segment_between(
            from_client ? client : server, from_client ? server : client, step->flags,
            own + step->sequence + i * step->stride, other + step->acknowledged, step->payload);
        segment.stream = stream;
        segment.time = recording->now;
        segment.window = step->closed ? 0 : 64240;
        segment.reset_window = step->reset_window;
        segment.analysis = step->analysis;
        segment.has_hop_limit = step->hop_limit > 0;
        segment.hop_limit = step->hop_limit;
        segment.has_length = !step->fragment;
        segment.mss = step->mss;
        segment.ip_id = (uint16_t)(step->ip_id > 0 ? step->ip_id + i : 0);
        segment.sack_ranges = step->sack_right > 0;
        segment.sack_left[0] = other + step->sack_left;
        segment.sack_right[0] = other + step->sack_right;
        recording_add(recording, segment);
    }
}

/* The client is 10.0.0.9, the server 10.0.0.5. */
static inline void take_step(struct recording *recording, uint32_t stream, uint16_t client_port,
                             uint16_t server_port, const struct step *step)
{
    take_step_between(recording, stream, end_at("10.0.0.9", client_port),
                      end_at("10.0.0.5", server_port), step);
}

static inline void take_steps(struct recording *recording, uint32_t stream, uint16_t client_port,
                              uint16_t server_port, const struct step *steps)
{
    for (; steps->from != 0; steps++)
        take_step(recording, stream, client_port, server_port, steps);
}

/* The findings of a capture, all of whose connections are in row 0. The server is who has the
 * address 10.0.0.5 or 10.0.0.7. */
struct judged {
    struct recording recording;
    struct role *roles;
    uint32_t *row_of_flow;
    struct finding_source source;
    struct finding_set *set;
};

static inline void judged_init(struct judged *judged)
{
    *judged = (struct judged){.recording = recording_new("tcp,asymmetry")};
    judged->source = (struct finding_source){.row_count = 1, .analysed = true};
}

/* To be called when all segments are in; the capture goes on for @after ns. */
static inline void judge(struct judged *judged, int64_t after, enum role_basis basis)
{
    size_t count = flow_table_count(judged->recording.capture->flows);
    judged->roles = g_new0(struct role, count);
    judged->row_of_flow = g_new0(uint32_t, count);
    const struct endpoint server = end_at("10.0.0.5", 0), other = end_at("10.0.0.7", 0);
    for (size_t i = 0; i < count; i++) {
        const struct flow *flow = flow_table_at(judged->recording.capture->flows, i);
        bool a_serves = endpoint_same_address(&flow->ends[END_A], &server) ||
                        endpoint_same_address(&flow->ends[END_A], &other);
        judged->roles[i] = (struct role){a_serves ? END_B : END_A, (uint8_t)basis};
    }
    judged->source.capture = judged->recording.capture;
    judged->source.flows = judged->recording.capture->flows;
    judged->source.roles = judged->roles;
    judged->source.row_of_flow = judged->row_of_flow;
    judged->source.witnesses = judged->recording.capture->witnesses;
    judged->source.last_time = judged->recording.now + after;
    judged->set = finding_set_new(&judged->source);
}

/* The same with what the test changed of source and row_of_flow since. */
static inline void judge_again(struct judged *judged)
{
    finding_set_free(judged->set);
    judged->set = finding_set_new(&judged->source);
}

static inline void judged_clear(struct judged *judged)
{
    finding_set_free(judged->set);
    g_free(judged->roles);
    g_free(judged->row_of_flow);
    recording_clear(&judged->recording);
}

static inline const struct finding *finding_at(const struct judged *judged, guint index)
{
    const GPtrArray *findings = finding_set_of_row(judged->set, 0);
    g_assert_cmpuint(index, <, findings->len);
    finding_set_complete(judged->set, g_ptr_array_index(findings, index));
    return g_ptr_array_index(findings, index);
}

/* "id/side id/side", the strongest first. */
static inline char *names_of(const GPtrArray *findings)
{
    static const char *const sides[3][2] = {
        {"", ""}, {"/client", "/server"}, {"/to-server", "/to-client"}};
    GString *text = g_string_new(NULL);
    for (guint i = 0; i < findings->len; i++) {
        const struct finding *finding = g_ptr_array_index(findings, i);
        const struct finding_kind *kind = &finding_kinds[finding->id];
        g_string_append_printf(text, "%s%s%s", i > 0 ? " " : "", kind->id,
                               sides[kind->side][finding->side]);
    }
    return g_string_free(text, FALSE);
}

static inline void assert_findings(const struct judged *judged, const char *expected)
{
    char *names = names_of(finding_set_of_row(judged->set, 0));
    g_assert_cmpstr(names, ==, expected);
    g_free(names);
}

/* The number of @finding that JSON calls @key. */
static inline uint64_t number_of(const struct finding *finding, const char *key)
{
    for (int i = 0; i < FINDING_NUMBERS && finding->numbers[i].key != NULL; i++) {
        if (g_str_equal(finding->numbers[i].key, key))
            return finding->numbers[i].value;
    }
    g_error("no %s", key);
}

#endif
