/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "finding/finding.h"

#include "segments.h"
#include "settings/thresholds.h"

#define SYN_ACK (TCP_SYN | TCP_ACK)
#define FIN_ACK (TCP_FIN | TCP_ACK)
#define RST_ACK (TCP_RST | TCP_ACK)

#define MAX_STEPS 14

/* A segment, or several that follow each other. Sequence and acknowledgment numbers count from the
 * SYN of the end that they belong to. */
struct step {
    char from; /* 'c' client, 's' server; 0 ends the list */
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
};

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

static void take_step(struct capture *capture, uint32_t stream, uint16_t client_port,
                      uint16_t server_port, const struct step *step)
{
    const struct endpoint client = end_at("10.0.0.9", client_port);
    const struct endpoint server = end_at("10.0.0.5", server_port);
    bool from_client = step->from == 'c';
    uint32_t own = from_client ? C_ISN : S_ISN, other = from_client ? S_ISN : C_ISN;
    for (unsigned i = 0; i < MAX(step->times, 1); i++) {
        capture->now += step->wait;
        struct segment segment = segment_between(
            from_client ? client : server, from_client ? server : client, step->flags,
            own + step->sequence + i * step->stride, other + step->acknowledged, step->payload);
        segment.stream = stream;
        segment.time = capture->now;
        segment.window = step->closed ? 0 : 64240;
        segment.reset_window = step->reset_window;
        segment.analysis = step->analysis;
        segment.has_hop_limit = step->hop_limit > 0;
        segment.hop_limit = step->hop_limit;
        segment.has_length = !step->fragment;
        segment.sack_ranges = step->sack_right > 0;
        segment.sack_left[0] = other + step->sack_left;
        segment.sack_right[0] = other + step->sack_right;
        capture_add(capture, &segment);
    }
}

static void take_steps(struct capture *capture, uint32_t stream, uint16_t client_port,
                       uint16_t server_port, const struct step *steps)
{
    for (; steps->from != 0; steps++)
        take_step(capture, stream, client_port, server_port, steps);
}

/* The findings of a capture, all of whose connections are in one row. */
struct judged {
    struct capture capture;
    struct role *roles;
    uint32_t *row_of_flow;
    struct finding_source source;
    struct finding_set *set;
};

static void judged_init(struct judged *judged)
{
    capture_init(&judged->capture, "tcp,asymmetry");
    judged->source = (struct finding_source){.row_count = 1, .analysed = true};
}

/* To be called when all segments are in; the capture goes on for @after ns. */
static void judge(struct judged *judged, int64_t after, enum role_basis evidence)
{
    size_t count = flow_table_count(judged->capture.flows);
    judged->roles = g_new0(struct role, count);
    judged->row_of_flow = g_new0(uint32_t, count);
    const struct endpoint server = end_at("10.0.0.5", 0);
    for (size_t i = 0; i < count; i++) {
        const struct flow *flow = flow_table_at(judged->capture.flows, i);
        bool a_serves = endpoint_same_address(&flow->ends[END_A], &server);
        judged->roles[i] = (struct role){a_serves ? END_B : END_A, (uint8_t)evidence};
    }
    judged->source.flows = judged->capture.flows;
    judged->source.roles = judged->roles;
    judged->source.row_of_flow = judged->row_of_flow;
    judged->source.evidence = judged->capture.source.evidence;
    judged->source.last_time = judged->capture.now + after;
    judged->set = finding_set_new(&judged->source);
}

static void judged_clear(struct judged *judged)
{
    finding_set_free(judged->set);
    g_free(judged->roles);
    g_free(judged->row_of_flow);
    capture_clear(&judged->capture);
}

static const struct finding *finding_at(const struct judged *judged, guint index)
{
    const GPtrArray *findings = finding_set_of_row(judged->set, 0);
    g_assert_cmpuint(index, <, findings->len);
    return g_ptr_array_index(findings, index);
}

/* "id/side id/side", the strongest first. */
static char *names_of(const GPtrArray *findings)
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

static void assert_findings(const struct judged *judged, const char *expected)
{
    char *names = names_of(finding_set_of_row(judged->set, 0));
    g_assert_cmpstr(names, ==, expected);
    g_free(names);
}

/* --- the rules, on one connection --- */

struct rule_case {
    const char *name;
    struct step steps[MAX_STEPS];
    int64_t after;        /* ns that the capture goes on */
    const char *findings; /* as names_of() gives them */
    uint64_t packets;     /* of the first finding; 0: not of interest */
    bool is_guess, is_incomplete;
};

static const struct rule_case rule_cases[] = {
    {"/finding/none/healthy",
     {HANDSHAKE,
      QUESTION,
      ANSWER,
      {'c', FIN_ACK, 101, 101, 0, .times = 1},
      {'s', FIN_ACK, 101, 102, 0, .times = 1},
      {'c', TCP_ACK, 102, 102, 0, .times = 1}},
     10 * S,
     .findings = ""},

    /* no_response */
    {"/finding/no-response/capture-ends-too-early",
     {{'c', TCP_SYN, .times = 1}},
     S - 1,
     .findings = ""},
    {"/finding/no-response/capture-goes-on",
     {{'c', TCP_SYN, .times = 1}},
     S,
     .findings = "no_response",
     .packets = 1},
    {"/finding/no-response/repeated",
     {{'c', TCP_SYN, .times = 2, .wait = 500 * MS}},
     0,
     .findings = "no_response",
     .packets = 2},
    {"/finding/no-response/copied-frame-is-no-repeat",
     {{'c', TCP_SYN, .times = 4}},
     S - 1,
     .findings = "duplicate_capture"},
    {"/finding/no-response/client-gave-up-with-a-reset",
     {{'c', TCP_SYN, .times = 1}, {'c', TCP_RST, 1, 0, 0, .wait = MS}},
     S,
     .findings = "no_response",
     .packets = 1},
    {"/finding/no-response/not-where-segments-are-kept-from-the-tap",
     {{'c', TCP_SYN, .times = 1}},
     S,
     .findings = "",
     .is_incomplete = true},

    /* connection_refused */
    {"/finding/refused/reset-to-the-syn",
     {{'c', TCP_SYN, .times = 1}, {'s', RST_ACK, 0, 1, 0, .times = 1}},
     0,
     .findings = "connection_refused/server",
     .packets = 1},
    {"/finding/refused/not-where-a-syn-ack-follows",
     {{'c', TCP_SYN, .times = 1},
      {'s', RST_ACK, 0, 1, 0, .times = 1},
      {'c', TCP_SYN, .wait = S},
      {'s', SYN_ACK, 0, 1, 0, .times = 1},
      {'c', TCP_ACK, 1, 1, 0, .times = 1}},
     0,
     .findings = "syn_retried/client",
     .packets = 2},
    {"/finding/refused/not-without-the-syn",
     {{'s', RST_ACK, 0, 1, 0, .times = 1}},
     S,
     .findings = ""},

    /* handshake_incomplete */
    {"/finding/incomplete/capture-ends-too-early",
     {{'c', TCP_SYN, .times = 1}, {'s', SYN_ACK, 0, 1, 0, .wait = MS}},
     S - 1,
     .findings = ""},
    {"/finding/incomplete/capture-goes-on",
     {{'c', TCP_SYN, .times = 1}, {'s', SYN_ACK, 0, 1, 0, .wait = MS}},
     S,
     .findings = "handshake_incomplete/client",
     .packets = 2},
    {"/finding/incomplete/repeated",
     {{'c', TCP_SYN, .times = 1},
      {'s', SYN_ACK, 0, 1, 0, .wait = MS},
      {'s', SYN_ACK, 0, 1, 0, .wait = S}},
     0,
     .findings = "handshake_incomplete/client",
     .packets = 3},
    {"/finding/incomplete/not-where-the-client-resets",
     {{'c', TCP_SYN, .times = 1},
      {'s', SYN_ACK, 0, 1, 0, .wait = MS},
      {'c', TCP_RST, 1, 0, 0, .times = 1}},
     S,
     .findings = ""},
    {"/finding/incomplete/not-where-segments-are-kept-from-the-tap",
     {{'c', TCP_SYN, .times = 1}, {'s', SYN_ACK, 0, 1, 0, .wait = MS}},
     S,
     .findings = "",
     .is_incomplete = true},

    /* syn_retried */
    {"/finding/syn-retried/by-the-server",
     {{'c', TCP_SYN, .times = 1},
      {'s', SYN_ACK, 0, 1, 0, .times = 2, .wait = 600 * MS},
      {'c', TCP_ACK, 1, 1, 0, .wait = MS}},
     0,
     .findings = "syn_retried/server",
     .packets = 2},
    {"/finding/syn-retried/not-where-only-the-frame-was-copied",
     {{'c', TCP_SYN, .times = 4},
      {'s', SYN_ACK, 0, 1, 0, .times = 1},
      {'c', TCP_ACK, 1, 1, 0, .times = 1}},
     0,
     .findings = "duplicate_capture"},

    /* one_way_traffic */
    {"/finding/one-way/acknowledges-what-was-not-captured",
     {{'c', TCP_ACK, 1, 1, 0, .times = 1}, {'c', TCP_ACK, 1, 501, 0, .wait = MS}},
     0,
     .findings = "one_way_traffic/to-client",
     .packets = 2},
    {"/finding/one-way/server-goes-on-after-its-syn-ack",
     {{'s', SYN_ACK, 0, 1, 0, .times = 1}, {'s', TCP_ACK, 1, 1, 100, .wait = MS}},
     0,
     .findings = "one_way_traffic/to-server",
     .packets = 2},
    {"/finding/one-way/not-for-data-without-new-acknowledgments",
     {{'c', TCP_ACK, 1, 1, 100, .wait = MS, .times = 3, .stride = 100}},
     0,
     .findings = ""},
    {"/finding/one-way/not-where-segments-are-kept-from-the-tap",
     {{'c', TCP_ACK, 1, 1, 0, .times = 1}, {'c', TCP_ACK, 1, 501, 0, .wait = MS}},
     0,
     .findings = "",
     .is_incomplete = true},

    /* capture_loss */
    {"/finding/capture-loss/acknowledged-gap",
     {HANDSHAKE,
      QUESTION,
      {'c', TCP_ACK, 301, 1, 100, .times = 1},
      {'s', TCP_ACK, 1, 401, 0, .wait = MS}},
     0,
     .findings = "capture_loss/to-server",
     .packets = 2},
    {"/finding/capture-loss/not-for-one-byte",
     {HANDSHAKE,
      QUESTION,
      {'c', TCP_ACK, 102, 1, 100, .times = 1},
      {'s', TCP_ACK, 1, 202, 0, .wait = MS}},
     0,
     .findings = ""},
    {"/finding/capture-loss/two-bytes-at-the-end",
     {HANDSHAKE, QUESTION, {'s', TCP_ACK, 1, 103, 0, .wait = MS}},
     0,
     .findings = "capture_loss/to-server",
     .packets = 1},
    {"/finding/capture-loss/not-for-fragments",
     {HANDSHAKE,
      {'c', TCP_ACK, 1, 1, 0, .wait = 2 * MS, .fragment = true},
      {'s', TCP_ACK, 1, 301, 0, .wait = MS}},
     0,
     .findings = ""},
    {"/finding/capture-loss/not-where-segments-are-kept-from-the-tap",
     {HANDSHAKE, QUESTION, {'s', TCP_ACK, 1, 301, 0, .wait = MS}},
     0,
     .findings = "",
     .is_incomplete = true},

    /* duplicate_capture: three of 60, three of 61, two of 10 */
    {"/finding/duplicates/five-per-cent",
     {HANDSHAKE,
      {'c', TCP_ACK, 1, 1, 100, .wait = 2 * MS, .times = 54, .stride = 100},
      {'c', TCP_ACK, 5301, 1, 100, .times = 3}},
     0,
     .findings = "duplicate_capture",
     .packets = 3},
    {"/finding/duplicates/not-below-five-per-cent",
     {HANDSHAKE,
      {'c', TCP_ACK, 1, 1, 100, .wait = 2 * MS, .times = 55, .stride = 100},
      {'c', TCP_ACK, 5401, 1, 100, .times = 3}},
     0,
     .findings = ""},
    {"/finding/duplicates/not-two",
     {HANDSHAKE,
      {'c', TCP_ACK, 1, 1, 100, .wait = 2 * MS, .times = 5, .stride = 100},
      {'c', TCP_ACK, 401, 1, 100, .times = 2}},
     0,
     .findings = ""},
    {"/finding/duplicates/not-where-the-receiver-answers-half-of-them",
     {HANDSHAKE,
      {'c', TCP_ACK, 1, 1, 100, .times = 4},
      {'s', TCP_ACK, 1, 101, 0, .wait = 2 * MS, .analysis = ANALYSIS_DUPLICATE_ACK},
      {'c', TCP_ACK, 101, 1, 100, .times = 2},
      {'s', TCP_ACK, 1, 201, 0, .wait = 2 * MS, .analysis = ANALYSIS_DUPLICATE_ACK}},
     0,
     .findings = ""},
    {"/finding/duplicates/where-the-receiver-answers-less-than-half-of-them",
     {HANDSHAKE,
      {'c', TCP_ACK, 1, 1, 100, .times = 5},
      {'s', TCP_ACK, 1, 101, 0, .wait = 2 * MS, .analysis = ANALYSIS_DUPLICATE_ACK},
      {'c', TCP_ACK, 101, 1, 100, .times = 2},
      {'s', TCP_ACK, 1, 201, 0, .wait = 2 * MS, .analysis = ANALYSIS_DUPLICATE_ACK}},
     0,
     .findings = "duplicate_capture",
     .packets = 5},

    /* role_guessed */
    {"/finding/guess/is-told",
     {{'c', TCP_ACK, 1, 1, 100, .times = 1}, {'s', TCP_ACK, 1, 101, 100, .times = 1}},
     0,
     .findings = "role_guessed",
     .packets = 2,
     .is_guess = true},

    /* resets */
    {"/finding/reset/by-the-server-before-data",
     {HANDSHAKE, {'s', TCP_RST, 1, 0, 0, .wait = MS, .hop_limit = 60}},
     0,
     .findings = "reset_by_server",
     .packets = 1},
    {"/finding/reset/by-the-client-in-transfer",
     {HANDSHAKE, QUESTION, ANSWER, {'c', TCP_RST, 101, 0, 0, .hop_limit = 64}},
     0,
     .findings = "reset_by_client",
     .packets = 1},
    {"/finding/reset/proved-by-acknowledged-data",
     {{'c', TCP_ACK, 1, 1, 100, .times = 1},
      {'s', TCP_ACK, 1, 101, 0, .times = 1},
      {'s', TCP_RST, 1, 0, 0, .times = 1}},
     0,
     .findings = "reset_by_server",
     .packets = 1},
    {"/finding/reset/not-where-nothing-proves-the-connection",
     {{'c', TCP_ACK, 1, 1, 0, .times = 1}, {'s', TCP_RST, 1, 0, 0, .times = 1}},
     0,
     .findings = ""},
    {"/finding/reset/after-the-other-ends-fin",
     {HANDSHAKE, {'c', FIN_ACK, 1, 1, 0, .times = 1}, {'s', TCP_RST, 1, 0, 0, .hop_limit = 60}},
     0,
     .findings = "reset_after_close/server",
     .packets = 1},

    /* forged_reset: the hop limit */
    {"/finding/forged/one-hop-off-three-that-agree",
     {HANDSHAKE, QUESTION, ANSWER, {'c', TCP_RST, 101, 0, 0, .hop_limit = 63}},
     0,
     .findings = "forged_reset/client",
     .packets = 1},
    {"/finding/forged/not-one-hop-off-two-that-agree",
     {HANDSHAKE, QUESTION, ANSWER, {'s', TCP_RST, 101, 0, 0, .hop_limit = 61}},
     0,
     .findings = "reset_by_server"},
    {"/finding/forged/two-hops-off-two-that-agree",
     {HANDSHAKE, QUESTION, ANSWER, {'s', TCP_RST, 101, 0, 0, .hop_limit = 62}},
     0,
     .findings = "forged_reset/server"},
    {"/finding/forged/not-one-hop-off-either-of-two-paths",
     {HANDSHAKE,
      QUESTION,
      {'c', TCP_ACK, 101, 1, 100, .hop_limit = 62, .wait = MS},
      {'s', TCP_ACK, 1, 201, 0, .hop_limit = 60},
      {'c', TCP_RST, 201, 0, 0, .hop_limit = 61}},
     0,
     .findings = "reset_by_client"},
    {"/finding/forged/two-hops-off-both-of-two-paths",
     {HANDSHAKE,
      QUESTION,
      {'c', TCP_ACK, 101, 1, 100, .hop_limit = 62, .wait = MS},
      {'s', TCP_ACK, 1, 201, 0, .hop_limit = 60},
      {'c', TCP_RST, 201, 0, 0, .hop_limit = 60}},
     0,
     .findings = "forged_reset/client"},
    {"/finding/forged/not-where-many-hop-limits-were-seen",
     {HANDSHAKE,
      {'c', TCP_ACK, 1, 1, 100, .hop_limit = 63, .wait = MS},
      {'c', TCP_ACK, 101, 1, 100, .hop_limit = 62, .wait = MS},
      {'c', TCP_ACK, 201, 1, 100, .hop_limit = 61, .wait = MS},
      {'s', TCP_ACK, 1, 301, 0, .times = 1},
      {'c', TCP_RST, 301, 0, 0, .hop_limit = 128}},
     0,
     .findings = "reset_by_client"},
    {"/finding/forged/not-without-other-hop-limits",
     {{'c', TCP_ACK, 1, 1, 100, .times = 1},
      {'s', TCP_ACK, 1, 101, 0, .times = 1},
      {'s', TCP_RST, 1, 0, 0, .hop_limit = 255}},
     0,
     .findings = "reset_by_server"},
    {"/finding/forged/not-of-a-reset-to-a-syn",
     {{'c', TCP_SYN, .hop_limit = 64}, {'s', RST_ACK, 0, 1, 0, .hop_limit = 255}},
     0,
     .findings = "connection_refused/server"},

    /* forged_reset: it goes on; a burst */
    {"/finding/forged/goes-on-after-its-reset",
     {HANDSHAKE,
      QUESTION,
      {'s', TCP_RST, 1, 0, 0, .hop_limit = 60},
      {'s', TCP_ACK, 1, 101, 100, .wait = 11 * MS, .hop_limit = 60}},
     0,
     .findings = "forged_reset/server",
     .packets = 1},
    {"/finding/forged/burst-of-sequence-numbers",
     {HANDSHAKE,
      QUESTION,
      {'s', TCP_RST, 2, 0, 0, .hop_limit = 60},
      {'s', TCP_RST, 1462, 0, 0, .hop_limit = 60},
      {'s', TCP_RST, 4382, 0, 0, .hop_limit = 60}},
     0,
     .findings = "forged_reset/server",
     .packets = 3},
    {"/finding/forged/not-the-same-reset-twice",
     {HANDSHAKE,
      QUESTION,
      {'s', TCP_RST, 1461, 0, 0, .hop_limit = 60},
      {'s', TCP_RST, 1461, 0, 0, .hop_limit = 60, .wait = MS}},
     0,
     .findings = "reset_by_server",
     .packets = 2},
    {"/finding/forged/not-resets-that-answer-segments",
     {HANDSHAKE,
      QUESTION,
      ANSWER,
      {'c', TCP_ACK, 101, 101, 0, .wait = MS},
      {'s', TCP_RST, 101, 0, 0, .hop_limit = 60},
      {'s', TCP_RST, 1, 0, 0, .hop_limit = 60}},
     0,
     .findings = "reset_by_server",
     .packets = 2},

    /* loss: of data segments, fresh ones and repeats */
    {"/finding/loss/three-of-300",
     {HANDSHAKE,
      {'c', TCP_ACK, 1, 1, 10, .wait = 2 * MS, .times = 297, .stride = 10},
      {'c', TCP_ACK, 2001, 1, 10, .wait = 50 * MS, .times = 3, .stride = 10}},
     0,
     .findings = "loss_client_to_server/to-server",
     .packets = 3},
    {"/finding/loss/not-three-of-301",
     {HANDSHAKE,
      {'c', TCP_ACK, 1, 1, 10, .wait = 2 * MS, .times = 298, .stride = 10},
      {'c', TCP_ACK, 2001, 1, 10, .wait = 50 * MS, .times = 3, .stride = 10}},
     0,
     .findings = ""},
    {"/finding/loss/not-two-of-ten",
     {HANDSHAKE,
      {'c', TCP_ACK, 1, 1, 10, .wait = 2 * MS, .times = 8, .stride = 10},
      {'c', TCP_ACK, 41, 1, 10, .wait = 50 * MS, .times = 2, .stride = 10}},
     0,
     .findings = ""},
    {"/finding/loss/gaps-filled-from-the-server",
     {HANDSHAKE,
      QUESTION,
      {'s', TCP_ACK, 1, 101, 100, .wait = MS, .times = 4, .stride = 200},
      {'s', TCP_ACK, 101, 101, 100, .wait = 200 * MS, .times = 3, .stride = 200}},
     0,
     .findings = "loss_server_to_client/to-client",
     .packets = 3},

    /* spurious_retransmissions */
    {"/finding/spurious/three",
     {HANDSHAKE,
      QUESTION,
      {'s', TCP_ACK, 1, 101, 0, .times = 1},
      {'c', TCP_ACK, 1, 1, 100, .wait = 200 * MS, .times = 3}},
     0,
     .findings = "spurious_retransmissions/to-server",
     .packets = 3},
    {"/finding/spurious/not-two",
     {HANDSHAKE,
      QUESTION,
      {'s', TCP_ACK, 1, 101, 0, .times = 1},
      {'c', TCP_ACK, 1, 1, 100, .wait = 200 * MS, .times = 2}},
     0,
     .findings = ""},

    /* retries_exhausted: of FINs, which are no loss of data */
    {"/finding/retries/four-times",
     {HANDSHAKE, {'c', FIN_ACK, 1, 1, 0, .wait = S, .times = 4}},
     0,
     .findings = "retries_exhausted/client",
     .packets = 4},
    {"/finding/retries/not-three-times",
     {HANDSHAKE, {'c', FIN_ACK, 1, 1, 0, .wait = S, .times = 3}},
     0,
     .findings = ""},
    {"/finding/retries/not-where-the-peer-talks",
     {HANDSHAKE,
      {'s', FIN_ACK, 1, 1, 0, .wait = S, .times = 3},
      {'c', TCP_ACK, 1, 1, 0, .wait = S},
      {'s', FIN_ACK, 1, 1, 0, .wait = S}},
     0,
     .findings = ""},

    /* path_mtu_blackhole */
    {"/finding/blackhole/full-size-while-the-peer-talks",
     {HANDSHAKE,
      {'c', TCP_ACK, 1, 1, 536, .wait = MS},
      {'c', TCP_ACK, 1, 1, 536, .wait = S, .times = 2},
      {'s', TCP_ACK, 1, 1, 0, .wait = S},
      {'c', TCP_ACK, 1, 1, 536, .wait = S}},
     0,
     .findings = "path_mtu_blackhole/client loss_client_to_server/to-server",
     .packets = 4},
    {"/finding/blackhole/small-segments-behind-it-pass",
     {HANDSHAKE,
      {'c', TCP_ACK, 1, 1, 1400, .wait = MS},
      {'c', TCP_ACK, 1401, 1, 100, .wait = MS},
      {'s', TCP_ACK, 1, 1, 0, .wait = MS, .sack_left = 1401, .sack_right = 1501},
      {'c', TCP_ACK, 1, 1, 1400, .wait = S, .times = 3}},
     0,
     .findings = "path_mtu_blackhole/client loss_client_to_server/to-server",
     .packets = 4},
    {"/finding/blackhole/not-smaller-segments",
     {HANDSHAKE,
      {'c', TCP_ACK, 1, 1, 535, .wait = MS},
      {'c', TCP_ACK, 1, 1, 535, .wait = S, .times = 2},
      {'s', TCP_ACK, 1, 1, 0, .wait = S},
      {'c', TCP_ACK, 1, 1, 535, .wait = S}},
     0,
     .findings = "loss_client_to_server/to-server"},
    {"/finding/blackhole/not-where-nothing-passes",
     {HANDSHAKE,
      {'c', TCP_ACK, 1, 1, 1400, .wait = MS},
      {'c', TCP_ACK, 1, 1, 1400, .wait = S, .times = 3}},
     0,
     .findings = "retries_exhausted/client loss_client_to_server/to-server",
     .packets = 4},

    /* windows */
    {"/finding/window/closed",
     {HANDSHAKE,
      {'c', TCP_ACK, 1, 1, 0, .wait = MS, .analysis = ANALYSIS_ZERO_WINDOW, .closed = true},
      {'c', TCP_ACK, 1, 1, 0, .wait = MS}},
     0,
     .findings = "zero_window/client",
     .packets = 1},
    {"/finding/window/filled-three-times",
     {HANDSHAKE,
      {'c', TCP_ACK, 1, 1, 10, .wait = MS, .times = 3, .stride = 10,
       .analysis = ANALYSIS_WINDOW_FULL}},
     0,
     .findings = "window_limited/server",
     .packets = 3},
    {"/finding/window/not-filled-twice",
     {HANDSHAKE,
      {'c', TCP_ACK, 1, 1, 10, .wait = MS, .times = 2, .stride = 10,
       .analysis = ANALYSIS_WINDOW_FULL}},
     0,
     .findings = ""},

    /* times */
    {"/finding/slow/handshake-just-fast-enough",
     {{'c', TCP_SYN, .times = 1},
      {'s', SYN_ACK, 0, 1, 0, .wait = 500 * MS - 1},
      {'c', TCP_ACK, 1, 1, 0, .wait = 500 * MS - 1}},
     0,
     .findings = ""},
    {"/finding/slow/handshake-of-both-sides",
     {{'c', TCP_SYN, .times = 1},
      {'s', SYN_ACK, 0, 1, 0, .wait = 500 * MS},
      {'c', TCP_ACK, 1, 1, 0, .wait = 500 * MS}},
     0,
     .findings = "slow_handshake/client slow_handshake/server",
     .packets = 2},
    {"/finding/slow/server-just-quick-enough",
     {HANDSHAKE, QUESTION, GOT_QUESTION, {'s', TCP_ACK, 1, 101, 100, .wait = S - MS - 1}},
     0,
     .findings = ""},
    {"/finding/slow/server",
     {HANDSHAKE, QUESTION, GOT_QUESTION, {'s', TCP_ACK, 1, 101, 100, .wait = S - MS}},
     0,
     .findings = "slow_server",
     .packets = 2},
    {"/finding/slow/client",
     {HANDSHAKE, QUESTION, ANSWER, GOT_ANSWER, {'c', TCP_ACK, 101, 101, 100, .wait = S - MS}},
     0,
     .findings = "slow_client",
     .packets = 2},
    {"/finding/slow/client-begins-late",
     {HANDSHAKE, {'c', TCP_ACK, 1, 1, 100, .wait = S}},
     0,
     .findings = "slow_client",
     .packets = 2},
    {"/finding/slow/server-behind-a-slow-path-is-not-accused",
     {{'c', TCP_SYN, .times = 1},
      {'s', SYN_ACK, 0, 1, 0, .wait = 500 * MS},
      {'c', TCP_ACK, 1, 1, 0, .wait = MS},
      QUESTION,
      GOT_QUESTION,
      {'s', TCP_ACK, 1, 101, 100, .wait = 5 * S}},
     0,
     .findings = "slow_handshake/server"},
    {"/finding/slow/not-without-a-handshake",
     {QUESTION, GOT_QUESTION, {'s', TCP_ACK, 1, 101, 100, .wait = 5 * S}},
     0,
     .findings = ""},
    {"/finding/slow/server-whose-question-may-not-have-arrived",
     {HANDSHAKE, QUESTION, {'s', TCP_ACK, 1, 101, 100, .wait = 5 * S}},
     0,
     .findings = ""},
    {"/finding/slow/server-that-speaks-unasked-is-not-accused",
     {HANDSHAKE,
      QUESTION,
      GOT_QUESTION,
      {'s', TCP_ACK, 1, 101, 100, .wait = 5 * S, .times = 2, .stride = 100}},
     0,
     .findings = ""},
};

static void rule_holds(gconstpointer data)
{
    const struct rule_case *c = data;
    struct judged judged;
    judged_init(&judged);
    judged.source.is_incomplete = c->is_incomplete;
    take_steps(&judged.capture, 0, 51234, 443, c->steps);
    judge(&judged, c->after, c->is_guess ? ROLE_GUESS : ROLE_HANDSHAKE);
    assert_findings(&judged, c->findings);
    if (c->packets > 0)
        g_assert_cmpuint(finding_at(&judged, 0)->packets, ==, c->packets);
    judged_clear(&judged);
}

/* --- numbers and words of the evidence --- */

static uint64_t number_of(const struct finding *finding, const char *key)
{
    for (int i = 0; i < FINDING_NUMBERS && finding->numbers[i].key != NULL; i++) {
        if (g_str_equal(finding->numbers[i].key, key))
            return finding->numbers[i].value;
    }
    g_error("no %s", key);
}

struct idle_case {
    const char *name;
    int64_t idle;
    uint64_t before_data, in_transfer, after_idling, longest;
    bool with_data;
};

static const struct idle_case idle_cases[] = {
    {"/finding/abort/in-transfer", 999 * MS, 0, 1, 0, 0, true},
    {"/finding/abort/after-idling", S, 0, 0, 1, 1000000000, true},
    {"/finding/abort/before-data", 999 * MS, 1, 0, 0, 0, false},
    {"/finding/abort/idle-before-data", S, 0, 0, 1, 1000000000, false},
};

static void abort_has_a_phase(gconstpointer data)
{
    const struct idle_case *c = data;
    const struct step handshake[] = {HANDSHAKE, {0}};
    const struct step exchange[] = {QUESTION, ANSWER, {0}};
    const struct step reset = {'s', TCP_RST,         c->with_data ? 101 : 1, 0,
                               0,   .wait = c->idle, .hop_limit = 60};
    struct judged judged;
    judged_init(&judged);
    take_steps(&judged.capture, 0, 51234, 443, handshake);
    if (c->with_data)
        take_steps(&judged.capture, 0, 51234, 443, exchange);
    take_step(&judged.capture, 0, 51234, 443, &reset);
    judge(&judged, 0, ROLE_HANDSHAKE);
    assert_findings(&judged, "reset_by_server");
    const struct finding *finding = finding_at(&judged, 0);
    g_assert_cmpuint(number_of(finding, "before_data"), ==, c->before_data);
    g_assert_cmpuint(number_of(finding, "in_transfer"), ==, c->in_transfer);
    g_assert_cmpuint(number_of(finding, "after_idling"), ==, c->after_idling);
    if (c->after_idling > 0)
        g_assert_cmpuint(number_of(finding, "longest_idle_s"), ==, c->longest);
    else /* absent, not 0 */
        g_assert_true(finding->numbers[3].is_absent);
    judged_clear(&judged);
}

struct window_case {
    const char *name;
    uint16_t windows[2]; /* of the resets of two connections */
    uint64_t window;     /* in the evidence; 0 for none */
    bool is_code;        /* the text calls it a code */
};

static const struct window_case window_cases[] = {
    {"/finding/abort/window/of-a-netscaler", {9811, 9811}, 9811, true},
    {"/finding/abort/window/of-another", {502, 502}, 502, false},
    {"/finding/abort/window/none", {0, 0}, 0, false},
    {"/finding/abort/window/different", {9811, 9300}, 0, false},
    {"/finding/abort/window/of-the-first-only", {9811, 0}, 0, false},
};

static void abort_tells_the_window_that_all_have(gconstpointer data)
{
    const struct window_case *c = data;
    const struct step talk[] = {HANDSHAKE, QUESTION, ANSWER, {0}};
    struct judged judged;
    judged_init(&judged);
    for (uint16_t i = 0; i < 2; i++) {
        const struct step reset = {'s', TCP_RST, 101, 0, 0, .reset_window = c->windows[i]};
        take_steps(&judged.capture, i, (uint16_t)(51234 + i), 443, talk);
        take_step(&judged.capture, i, (uint16_t)(51234 + i), 443, &reset);
    }
    judge(&judged, 0, ROLE_HANDSHAKE);
    const struct finding *finding = finding_at(&judged, 0);
    g_assert_cmpint(finding->id, ==, FINDING_RESET_BY_SERVER);
    g_assert_cmpuint(number_of(finding, "window"), ==, c->window);
    g_assert_cmpint(finding->numbers[4].is_absent, ==, c->window == 0);
    g_assert_cmpint(strstr(finding->text, "NetScaler") != NULL, ==, c->is_code);
    judged_clear(&judged);
}

struct tests_case {
    const char *name;
    struct step steps[MAX_STEPS];
    const char *says;
};

static const struct tests_case tests_cases[] = {
    {"/finding/forged/tests/hop-limit",
     {HANDSHAKE, QUESTION, ANSWER, {'c', TCP_RST, 101, 0, 0, .hop_limit = 63}},
     "hop limit: fired (reset 63, other segments 64); goes on after its reset: did not fire; "
     "burst of sequence numbers: did not apply; "},
    {"/finding/forged/tests/hop-limits-of-several",
     {HANDSHAKE,
      {'c', TCP_ACK, 1, 1, 100, .hop_limit = 63, .wait = MS},
      {'c', TCP_RST, 101, 0, 0, .hop_limit = 128},
      {'c', TCP_RST, 101, 0, 0, .hop_limit = 120, .wait = MS}},
     "hop limit: fired (reset 120 to 128, other segments 64, 63); goes on after its reset: did "
     "not fire; burst of sequence numbers: did not fire; "},
    {"/finding/forged/tests/goes-on",
     {HANDSHAKE,
      QUESTION,
      {'s', TCP_RST, 1, 0, 0, .hop_limit = 60},
      {'s', TCP_ACK, 1, 101, 100, .wait = 11 * MS, .hop_limit = 60}},
     "hop limit: did not fire; goes on after its reset: fired; burst of sequence numbers: did not "
     "apply; "},
    {"/finding/forged/tests/burst",
     {HANDSHAKE,
      QUESTION,
      {'s', TCP_RST, 2, 0, 0, .times = 1},
      {'s', TCP_RST, 1462, 0, 0, .times = 1}},
     "hop limit: did not apply; goes on after its reset: did not fire; burst of sequence numbers: "
     "fired; "},
};

static void evidence_lists_each_test(gconstpointer data)
{
    const struct tests_case *c = data;
    struct judged judged;
    judged_init(&judged);
    take_steps(&judged.capture, 0, 51234, 443, c->steps);
    judge(&judged, 0, ROLE_HANDSHAKE);
    const struct finding *finding = finding_at(&judged, 0);
    g_assert_cmpint(finding->id, ==, FINDING_FORGED_RESET);
    g_assert_cmpstr(finding->detail_key, ==, "tests");
    g_assert_true(g_str_has_prefix(finding->detail, c->says));
    judged_clear(&judged);
}

struct where_case {
    const char *name;
    unsigned captured, missing; /* data segments sent again */
    const char *where;
};

static const struct where_case where_cases[] = {
    {"/finding/loss/where/after", 3, 0, "after_capture_point"},
    {"/finding/loss/where/before", 0, 3, "before_capture_point"},
    {"/finding/loss/where/both", 2, 1, "both"},
};

static void loss_has_a_place(gconstpointer data)
{
    const struct where_case *c = data;
    const struct step handshake[] = {
        HANDSHAKE, {'c', TCP_ACK, 1, 1, 100, .wait = MS, .times = 4, .stride = 200}, {0}};
    struct judged judged;
    judged_init(&judged);
    take_steps(&judged.capture, 0, 51234, 443, handshake);
    for (unsigned i = 0; i < c->captured; i++) {
        const struct step repeat = {'c', TCP_ACK, 201 + 200 * i, 1, 100, .wait = 50 * MS};
        take_step(&judged.capture, 0, 51234, 443, &repeat);
    }
    for (unsigned i = 0; i < c->missing; i++) {
        const struct step filler = {'c', TCP_ACK, 101 + 200 * i, 1, 100, .wait = 200 * MS};
        take_step(&judged.capture, 0, 51234, 443, &filler);
    }
    judge(&judged, 0, ROLE_HANDSHAKE);
    assert_findings(&judged, "loss_client_to_server/to-server");
    const struct finding *finding = finding_at(&judged, 0);
    g_assert_cmpstr(finding->detail_key, ==, "where");
    g_assert_cmpstr(finding->detail, ==, c->where);
    g_assert_cmpuint(number_of(finding, "after_capture_point"), ==, c->captured);
    g_assert_cmpuint(number_of(finding, "before_capture_point"), ==, c->missing);
    g_assert_cmpuint(number_of(finding, "data_packets"), ==, 4 + 3);
    judged_clear(&judged);
}

static void window_that_stays_closed_counts_to_the_end(void)
{
    const struct step steps[] = {
        HANDSHAKE,
        {'s', TCP_ACK, 1, 1, 0, .wait = MS, .analysis = ANALYSIS_ZERO_WINDOW, .closed = true},
        {'c', TCP_ACK, 0, 1, 0, .wait = 700 * MS},
        {0}};
    struct judged judged;
    judged_init(&judged);
    take_steps(&judged.capture, 0, 51234, 443, steps);
    judge(&judged, 5 * S, ROLE_HANDSHAKE);
    assert_findings(&judged, "zero_window/server");
    g_assert_cmpuint(number_of(finding_at(&judged, 0), "closed_s"), ==, 700 * MS);
    g_assert_cmpuint(number_of(finding_at(&judged, 0), "still_closed"), ==, 1);
    judged_clear(&judged);
}

/* --- several connections --- */

static void connections_add_up_and_streams_stop_at_ten(void)
{
    const struct step steps[] = {
        {'c', TCP_SYN, .times = 1}, {'s', RST_ACK, 0, 1, 0, .times = 1}, {0}};
    struct judged judged;
    judged_init(&judged);
    for (uint16_t i = 0; i < 12; i++)
        take_steps(&judged.capture, i, (uint16_t)(50000 + i), 443, steps);
    judge(&judged, 0, ROLE_HANDSHAKE);
    assert_findings(&judged, "connection_refused/server");
    const struct finding *finding = finding_at(&judged, 0);
    g_assert_cmpuint(finding->count, ==, 12);
    g_assert_cmpuint(finding->connections, ==, 12);
    g_assert_cmpuint(finding->stream_count, ==, FINDING_STREAMS);
    for (unsigned i = 0; i < FINDING_STREAMS; i++)
        g_assert_cmpuint(finding->streams[i], ==, i);
    g_assert_cmpuint(finding->packets, ==, 12);
    g_assert_cmpstr(finding->filter, ==,
                    "tcp.stream in {0..11} && tcp.srcport == 443 && tcp.flags.reset == 1");
    judged_clear(&judged);
}

static void filter_claims_only_what_it_holds(void)
{
    const struct step steps[] = {
        {'c', TCP_SYN, .times = 1}, {'s', RST_ACK, 0, 1, 0, .times = 1}, {0}};
    struct judged judged;
    judged_init(&judged);
    for (uint16_t i = 0; i < FILTER_STREAMS + 1; i++)
        take_steps(&judged.capture, i, (uint16_t)(50000 + i), 443, steps);
    judge(&judged, 0, ROLE_HANDSHAKE);
    const struct finding *finding = finding_at(&judged, 0);
    g_assert_cmpuint(finding->count, ==, FILTER_STREAMS + 1);
    g_assert_cmpuint(finding->packets, ==, FILTER_STREAMS);
    judged_clear(&judged);
}

static void connection_has_its_own_ids_only(void)
{
    const struct step refused[] = {
        {'c', TCP_SYN, .times = 1}, {'s', RST_ACK, 0, 1, 0, .times = 1}, {0}};
    const struct step healthy[] = {HANDSHAKE, QUESTION, ANSWER, {0}};
    struct judged judged;
    judged_init(&judged);
    take_steps(&judged.capture, 0, 50000, 443, refused);
    take_steps(&judged.capture, 1, 50001, 443, healthy);
    judge(&judged, 0, ROLE_HANDSHAKE);
    g_assert_cmphex(finding_set_of_flow(judged.set, 0), ==, 1U << FINDING_CONNECTION_REFUSED);
    g_assert_cmphex(finding_set_of_flow(judged.set, 1), ==, 0);
    judged_clear(&judged);
}

static void loss_of_a_connection_counts_only_once_it_is_a_finding(void)
{
    const struct step steps[] = {HANDSHAKE,
                                 {'c', TCP_ACK, 1, 1, 10, .wait = 2 * MS, .times = 4, .stride = 10},
                                 {'c', TCP_ACK, 11, 1, 10, .wait = 50 * MS},
                                 {0}};
    for (uint16_t connections = 2; connections <= 3; connections++) {
        struct judged judged;
        judged_init(&judged);
        for (uint16_t i = 0; i < connections; i++)
            take_steps(&judged.capture, i, (uint16_t)(50000 + i), 443, steps);
        judge(&judged, 0, ROLE_HANDSHAKE);
        bool is_finding = connections == 3;
        assert_findings(&judged, is_finding ? "loss_client_to_server/to-server" : "");
        g_assert_cmphex(finding_set_of_flow(judged.set, 0), ==,
                        is_finding ? 1U << FINDING_LOSS_CLIENT_TO_SERVER : 0);
        judged_clear(&judged);
    }
}

static void nothing_is_found_in_a_row_that_is_not_shown(void)
{
    const struct step steps[] = {
        {'c', TCP_SYN, .times = 1}, {'s', RST_ACK, 0, 1, 0, .times = 1}, {0}};
    struct judged judged;
    judged_init(&judged);
    take_steps(&judged.capture, 0, 50000, 443, steps);
    judge(&judged, 0, ROLE_HANDSHAKE);
    finding_set_free(judged.set);
    judged.row_of_flow[0] = FINDING_NO_ROW;
    judged.set = finding_set_new(&judged.source);
    assert_findings(&judged, "");
    g_assert_cmphex(finding_set_of_flow(judged.set, 0), ==, 0);
    judged_clear(&judged);
}

static void strongest_stands_first(void)
{
    const struct step closed[] = {
        HANDSHAKE, {'c', FIN_ACK, 1, 1, 0, .times = 1}, {'s', TCP_RST, 1, 0, 0, .times = 1}, {0}};
    const struct step refused[] = {
        {'c', TCP_SYN, .times = 1}, {'s', RST_ACK, 0, 1, 0, .times = 1}, {0}};
    const struct step given_up[] = {HANDSHAKE, {'s', FIN_ACK, 1, 1, 0, .wait = S, .times = 4}, {0}};
    struct judged judged;
    judged_init(&judged);
    take_steps(&judged.capture, 0, 50000, 443, closed);
    take_steps(&judged.capture, 1, 50001, 443, refused);
    take_steps(&judged.capture, 2, 50002, 443, given_up);
    judge(&judged, 0, ROLE_HANDSHAKE);
    assert_findings(&judged, "retries_exhausted/server connection_refused/server "
                             "reset_after_close/server");
    judged_clear(&judged);
}

static void analysis_off_is_told_once(void)
{
    const struct step steps[] = {HANDSHAKE, QUESTION, ANSWER, {0}};
    struct judged judged;
    judged_init(&judged);
    judged.source.analysed = false;
    take_steps(&judged.capture, 0, 50000, 443, steps);
    take_steps(&judged.capture, 1, 50001, 443, steps);
    judge(&judged, 0, ROLE_HANDSHAKE);
    assert_findings(&judged, "analysis_off");
    judged_clear(&judged);
}

static void empty_capture_has_no_findings(void)
{
    struct judged judged;
    judged_init(&judged);
    judged.source.row_count = 0;
    judged.source.analysed = false;
    judge(&judged, 0, ROLE_HANDSHAKE);
    finding_set_free(judged.set);
    judged.source.row_count = 1;
    judged.source.analysed = true;
    judged.set = finding_set_new(&judged.source);
    assert_findings(&judged, "");
    judged_clear(&judged);
}

/* --- scans --- */

struct scan_case {
    const char *name;
    uint16_t targets, refused, tries; /* tries: of each target */
    const char *findings;
    bool silent; /* no answer in the place of a refusal */
};

static const struct scan_case scan_cases[] = {
    {"/finding/scan/15-targets", 15, 15, 1, "scan/client", false},
    {"/finding/scan/not-14-targets", 14, 14, 1, "connection_refused/server", false},
    {"/finding/scan/not-14-targets-twice", 14, 14, 2, "connection_refused/server", false},
    {"/finding/scan/9-of-16-fail", 16, 9, 1, "scan/client", false},
    {"/finding/scan/not-8-of-16", 16, 8, 1, "connection_refused/server", false},
    {"/finding/scan/15-silent-targets", 15, 15, 1, "scan/client", true},
    {"/finding/scan/not-14-silent-targets", 14, 14, 1, "no_response", true},
};

static void scan_is_one_finding(gconstpointer data)
{
    const struct scan_case *c = data;
    const struct step refused[] = {
        {'c', TCP_SYN, .times = 1}, {'s', RST_ACK, 0, 1, 0, .times = 1}, {0}};
    const struct step silent[] = {{'c', TCP_SYN, .times = 1}, {0}};
    const struct step accepted[] = {HANDSHAKE, {0}};
    struct judged judged;
    judged_init(&judged);
    for (uint16_t i = 0; i < c->targets * c->tries; i++) {
        uint16_t target = (uint16_t)(i % c->targets);
        take_steps(&judged.capture, i, (uint16_t)(50000 + i), (uint16_t)(100 + target),
                   target >= c->refused ? accepted
                   : c->silent          ? silent
                                        : refused);
    }
    judge(&judged, S, ROLE_HANDSHAKE);
    assert_findings(&judged, c->findings);
    const struct finding *finding = finding_at(&judged, 0);
    g_assert_cmpuint(finding->connections, ==, c->refused * c->tries);
    if (finding->id == FINDING_SCAN) {
        g_assert_cmpuint(number_of(finding, "targets"), ==, c->targets);
        g_assert_cmpuint(number_of(finding, "failed_targets"), ==, c->refused);
        g_assert_cmphex(finding_set_of_flow(judged.set, 0), ==, 1U << FINDING_SCAN);
    }
    judged_clear(&judged);
}

static void target_that_answers_at_last_did_not_fail(void)
{
    const struct step refused[] = {
        {'c', TCP_SYN, .times = 1}, {'s', RST_ACK, 0, 1, 0, .times = 1}, {0}};
    const struct step accepted[] = {HANDSHAKE, {0}};
    struct judged judged;
    judged_init(&judged);
    for (uint16_t i = 0; i < 15; i++)
        take_steps(&judged.capture, i, (uint16_t)(50000 + i), (uint16_t)(100 + i), refused);
    for (uint16_t i = 0; i < 8; i++)
        take_steps(&judged.capture, (uint32_t)(15 + i), (uint16_t)(51000 + i), (uint16_t)(100 + i),
                   accepted);
    judge(&judged, S, ROLE_HANDSHAKE);
    assert_findings(&judged, "connection_refused/server");
    judged_clear(&judged);
}

#define ADD_CASES(cases, function)                                                                 \
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++)                                               \
    g_test_add_data_func(cases[i].name, &cases[i], function)

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    ADD_CASES(rule_cases, rule_holds);
    ADD_CASES(idle_cases, abort_has_a_phase);
    ADD_CASES(window_cases, abort_tells_the_window_that_all_have);
    ADD_CASES(tests_cases, evidence_lists_each_test);
    ADD_CASES(where_cases, loss_has_a_place);
    g_test_add_func("/finding/window/still-closed", window_that_stays_closed_counts_to_the_end);
    g_test_add_func("/finding/sum/streams", connections_add_up_and_streams_stop_at_ten);
    g_test_add_func("/finding/sum/filter", filter_claims_only_what_it_holds);
    g_test_add_func("/finding/sum/connection", connection_has_its_own_ids_only);
    g_test_add_func("/finding/sum/threshold",
                    loss_of_a_connection_counts_only_once_it_is_a_finding);
    g_test_add_func("/finding/sum/row-not-shown", nothing_is_found_in_a_row_that_is_not_shown);
    g_test_add_func("/finding/sum/order", strongest_stands_first);
    g_test_add_func("/finding/analysis-off", analysis_off_is_told_once);
    g_test_add_func("/finding/none/empty", empty_capture_has_no_findings);
    ADD_CASES(scan_cases, scan_is_one_finding);
    g_test_add_func("/finding/scan/late-answer", target_that_answers_at_last_did_not_fail);
    return g_test_run();
}
