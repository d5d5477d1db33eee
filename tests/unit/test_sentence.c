/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "finding/sentence.h"

#include "base/time_units.h"
#include "finding/number.h"

#include <string.h>

#define MS NS_PER_MS
#define S  NS_PER_SECOND

#define C2S CLIENT_TO_SERVER
#define S2C SERVER_TO_CLIENT

/* What a sentence is made of; the numbers in the order of number.h. */
struct sentence_case {
    enum finding_id id;
    enum direction side;
    uint64_t count, connections;
    uint64_t numbers[FINDING_NUMBERS];
    const char *expected;
};

static const struct sentence_case sentence_cases[] = {
    {FINDING_FORGED_RESET,
     S2C,
     1,
     1,
     {1},
     "In 1 connection, resets do not fit the server that they claim to come from: a middlebox "
     "(firewall, IPS, load balancer) probably sent them."},
    {FINDING_FORGED_RESET,
     C2S,
     2,
     2,
     {2},
     "In 2 connections, resets do not fit the client that they claim to come from: a middlebox "
     "(firewall, IPS, load balancer) probably sent them."},
    {FINDING_PATH_MTU_BLACKHOLE,
     C2S,
     1,
     1,
     {4, 1448},
     "Full-size segments of the client (1448 bytes of data) were sent up to 4 times and never "
     "acknowledged, while small ones pass: a link with a smaller MTU silently drops them."},
    {FINDING_PATH_MTU_BLACKHOLE,
     S2C,
     3,
     3,
     {6, 1428},
     "Full-size segments of the server (1428 bytes of data) were sent up to 6 times and never "
     "acknowledged, while small ones pass: a link with a smaller MTU silently drops them."},
    {FINDING_RETRIES_EXHAUSTED,
     C2S,
     1,
     1,
     {5, 100},
     "The client sent the same segment up to 5 times and got no answer in 1 connection: it no "
     "longer answers this connection, or nothing reaches it."},
    {FINDING_RETRIES_EXHAUSTED,
     S2C,
     2,
     2,
     {8, 0},
     "The server sent the same segment up to 8 times and got no answer in 2 connections: it no "
     "longer answers this connection, or nothing reaches it."},
    {FINDING_NO_RESPONSE,
     C2S,
     1,
     1,
     {1},
     "1 connection attempt (1 SYN) got no answer at all: a filter on the path drops "
     "them, or nobody answers there."},
    {FINDING_NO_RESPONSE,
     C2S,
     2,
     2,
     {4},
     "2 connection attempts (4 SYNs) got no answer at all: a filter on the path drops "
     "them, or nobody answers there."},
    {FINDING_NO_RESPONSE,
     C2S,
     1,
     1,
     {1, 1},
     "1 connection attempt (1 SYN) got no answer, though others were answered there at the same "
     "time: a filter drops these SYNs, or the server ignores them."},
    {FINDING_NO_RESPONSE,
     C2S,
     3,
     3,
     {3, 2},
     "3 connection attempts (3 SYNs) got no answer at all: a filter on the path drops them, or "
     "nobody answers there. At the time of 2 of them, others were answered there."},
    {FINDING_CONNECTION_REFUSED,
     S2C,
     1,
     1,
     {1},
     "1 connection attempt was refused by a reset from the server's side."},
    {FINDING_CONNECTION_REFUSED,
     S2C,
     2,
     2,
     {2},
     "2 connection attempts were refused by a reset from the server's side."},
    {FINDING_HANDSHAKE_INCOMPLETE,
     C2S,
     1,
     1,
     {1},
     "The client never answered the SYN-ACK in 1 connection: a half-open scan, or the client's "
     "answer was lost."},
    {FINDING_HANDSHAKE_INCOMPLETE,
     C2S,
     2,
     2,
     {4},
     "The client never answered the SYN-ACK in 2 connections: a half-open scan, or the client's "
     "answer was lost."},
    {FINDING_SCAN,
     C2S,
     15,
     15,
     {16, 15},
     "A client tried 16 servers or ports, and 15 of them did not answer or refused: a scan, or a "
     "peer-to-peer client."},
    {FINDING_ONE_WAY_TRAFFIC,
     C2S,
     1,
     1,
     {9, 500},
     "Nothing from client to server was captured in 1 connection, though the server answers "
     "it: asymmetric routing, a tap that sees one direction, or a filter."},
    {FINDING_ONE_WAY_TRAFFIC,
     S2C,
     2,
     2,
     {9, 500},
     "Nothing from server to client was captured in 2 connections, though the client answers "
     "it: asymmetric routing, a tap that sees one direction, or a filter."},
    {FINDING_CAPTURE_LOSS,
     C2S,
     1,
     1,
     {600},
     "600 B of acknowledged data from client to server is not in the file: the capture dropped "
     "it, a filter left it out, or it took another path."},
    {FINDING_CAPTURE_LOSS,
     S2C,
     2,
     1,
     {4344},
     "4.34 kB of acknowledged data from server to client is not in the file: the capture dropped "
     "it, a filter left it out, or it took another path."},
    {FINDING_RESET_BY_SERVER,
     C2S,
     1,
     1,
     {1},
     "The server reset 1 established connection: 1 before any data."},
    {FINDING_RESET_BY_CLIENT,
     C2S,
     2,
     2,
     {0, 2},
     "The client reset 2 established connections: 2 in mid-transfer."},
    {FINDING_RESET_BY_CLIENT,
     C2S,
     1,
     1,
     {0, 0, 0, 0, 1, 0, 3 * S},
     "The client reset 1 established connection: 1 after idling (3.00 s at the longest)."},
    {FINDING_RESET_BY_CLIENT,
     C2S,
     1,
     1,
     {0, 0, 0, 1},
     "The client reset 1 established connection: 1 after a complete exchange."},
    {FINDING_RESET_BY_SERVER,
     C2S,
     10,
     10,
     {1, 2, 0, 4, 3, 0, 140 * S},
     "The server reset 10 established connections: 1 before any data, 2 in mid-transfer, 4 after a "
     "complete exchange, 3 after idling (140 s at the longest)."},
    {FINDING_RESET_BY_CLIENT,
     C2S,
     4,
     4,
     {0, 1, 2, 0, 1, 4 * S, 140 * S},
     "The client reset 4 established connections: 1 in mid-transfer, 2 with the client's last data "
     "unanswered (4.00 s at the longest), 1 after idling (140 s at the longest)."},
    {FINDING_RESET_BY_SERVER,
     C2S,
     2,
     2,
     {0, 2, 0, 0, 0, 0, 0, 9811},
     "The server reset 2 established connections: 2 in mid-transfer. Window 9811 is a reset code "
     "if a NetScaler sent it."},
    {FINDING_LOSS_CLIENT_TO_SERVER,
     C2S,
     3,
     1,
     {3, 0, 300, 3},
     "3 of 300 data segments from client to server (1.0 %) had to be sent again; they were lost "
     "between the capture point and the receiver (the originals were captured)."},
    {FINDING_LOSS_CLIENT_TO_SERVER,
     C2S,
     1,
     1,
     {1, 0, 1, 1},
     "1 of 1 data segment from client to server (100.0 %) had to be sent again; it was lost "
     "between the capture point and the receiver (the original was captured)."},
    {FINDING_LOSS_SERVER_TO_CLIENT,
     S2C,
     1,
     1,
     {0, 1, 20, 1},
     "1 of 20 data segments from server to client (5.0 %) had to be sent again; it was lost "
     "between the sender and the capture point (a gap was seen, then filled)."},
    {FINDING_LOSS_SERVER_TO_CLIENT,
     S2C,
     5,
     1,
     {0, 5, 20, 5},
     "5 of 20 data segments from server to client (25.0 %) had to be sent again; they were lost "
     "between the sender and the capture point (gaps were seen, then filled)."},
    {FINDING_LOSS_CLIENT_TO_SERVER,
     C2S,
     4,
     2,
     {2, 2, 19, 4},
     "4 of 19 data segments from client to server (21.1 %) had to be sent again; they were lost "
     "on both sides of the capture point."},
    {FINDING_LOSS_CLIENT_TO_SERVER,
     C2S,
     6,
     1,
     {6, 0, 13, 1},
     "1 of 13 data segments from client to server (7.7 %) had to be sent again, 6 times in all; it "
     "was lost between the capture point and the receiver (the original was captured)."},
    {FINDING_LOSS_SERVER_TO_CLIENT,
     S2C,
     36,
     1,
     {0, 36, 172, 82},
     "82 of 172 data segments from server to client (47.7 %) had to be sent again; they were lost "
     "between the sender and the capture point (gaps were seen, then filled)."},
    {FINDING_ZERO_WINDOW,
     C2S,
     1,
     1,
     {1370 * MS, 0},
     "The client closed its window for 1.37 s in all (1 segment) and opened it again: the "
     "application there reads too slowly."},
    {FINDING_ZERO_WINDOW,
     S2C,
     3,
     2,
     {786 * MS, 1},
     "The server closed its window for 786.0 ms in all (3 segments) and did not open it again "
     "in 1 of 2 connections: the application there reads too slowly."},
    {FINDING_ZERO_WINDOW,
     S2C,
     4,
     3,
     {786 * MS, 1},
     "The server closed its window for 786.0 ms in all (4 segments) and did not open it again in 1 "
     "of 3 connections: the application there reads too slowly."},
    {FINDING_ZERO_WINDOW,
     C2S,
     4,
     3,
     {786 * MS, 3},
     "The client closed its window for 786.0 ms in all (4 segments) and did not open it again: the "
     "application there reads too slowly."},
    {FINDING_ZERO_WINDOW,
     S2C,
     1,
     1,
     {786 * MS, 1},
     "The server closed its window for 786.0 ms in all (1 segment) and did not open it again: the "
     "application there reads too slowly."},
    {FINDING_SLOW_HANDSHAKE,
     S2C,
     1,
     1,
     {600 * MS},
     "The handshake took up to 600.0 ms on the server's side in 1 connection: the path, not the "
     "application."},
    {FINDING_SLOW_HANDSHAKE,
     C2S,
     2,
     2,
     {2 * S},
     "The handshake took up to 2.00 s on the client's side in 2 connections: the path, not the "
     "application."},
    {FINDING_SLOW_SERVER,
     C2S,
     1,
     1,
     {1200 * MS},
     "The server took up to 1.20 s to answer in 1 connection on a fast path: the application "
     "there."},
    {FINDING_SLOW_CLIENT,
     C2S,
     3,
     2,
     {159 * S},
     "The client waited up to 159 s before a request in 2 connections on a fast path: the "
     "application there, or a person."},
    {FINDING_DUPLICATE_CAPTURE,
     C2S,
     19,
     1,
     {38},
     "19 of 38 segments were captured twice: the capture (a mirror port that copies both ways, or "
     "two "
     "interfaces), not the network."},
    {FINDING_DUPLICATE_CAPTURE,
     C2S,
     19,
     2,
     {38, 0, 1},
     "19 of 38 segments were captured twice: the capture (a mirror port that copies both ways, or "
     "two "
     "interfaces), not the network."},
    {FINDING_DUPLICATE_CAPTURE,
     C2S,
     19,
     2,
     {38, 0, 2},
     "19 of 38 segments were captured twice, all of one direction: the capture driver, not the "
     "network."},
    {FINDING_DUPLICATE_CAPTURE,
     C2S,
     19,
     2,
     {38, 1, 2},
     "19 of 38 segments were captured twice: the capture (a mirror port that copies both ways, or "
     "two "
     "interfaces), not the network."},
    {FINDING_DUPLICATE_CAPTURE,
     C2S,
     19,
     2,
     {38, 0, 2, 2},
     "19 of 38 segments were captured twice, by the capture or by the network: nothing from the "
     "receiver was captured, which would tell."},
    {FINDING_SYN_RETRIED,
     C2S,
     1,
     1,
     {1010 * MS},
     "The client had to repeat its SYN in 1 connection before it was established: a delay of up "
     "to 1.01 s."},
    {FINDING_SYN_RETRIED,
     S2C,
     2,
     2,
     {3 * S},
     "The server had to repeat its SYN-ACK in 2 connections before they were established: a delay "
     "of up to 3.00 s."},
    {FINDING_SPURIOUS_RETRANSMISSIONS,
     C2S,
     3,
     1,
     {20},
     "3 data segments from client to server were sent again though they had arrived: "
     "acknowledgments are lost or late."},
    {FINDING_SPURIOUS_RETRANSMISSIONS,
     S2C,
     1,
     1,
     {20},
     "1 data segment from server to client was sent again though it had arrived: acknowledgments "
     "are lost or late."},
    {FINDING_WINDOW_LIMITED,
     S2C,
     3,
     1,
     {0},
     "The server's receive window was filled 3 times: it limits the throughput."},
    {FINDING_ROLE_GUESSED,
     C2S,
     1,
     1,
     {0},
     "The server of 1 connection is a guess: the end with the lower port."},
    {FINDING_ROLE_GUESSED,
     C2S,
     2,
     2,
     {0},
     "The server of 2 connections is a guess: the end with the lower port."},
    {FINDING_ANALYSIS_OFF,
     C2S,
     0,
     0,
     {0},
     "TCP sequence analysis is off in the preferences: turn on tcp.analyze_sequence_numbers to "
     "see retransmissions and everything else that comes from it."},
    {FINDING_RESET_AFTER_CLOSE,
     C2S,
     1,
     1,
     {1},
     "The client reset 1 connection after a FIN: usually harmless."},
    {FINDING_RESET_AFTER_CLOSE,
     S2C,
     2,
     2,
     {5},
     "The server reset 2 connections after a FIN: usually harmless."},
    {FINDING_INJECTED_DATA,
     S2C,
     1,
     1,
     {1},
     "1 data segment does not fit the server in whose name it comes (hop limit, and identification "
     "or sequence number): somebody else sent it."},
    {FINDING_INJECTED_DATA,
     C2S,
     3,
     1,
     {3},
     "3 data segments do not fit the client in whose name they come (hop limit, and identification "
     "or sequence number): somebody else sent them."},
    {FINDING_SEQUENCE_REWRITTEN,
     S2C,
     1,
     1,
     {3},
     "The SACK ranges of 1 segment for data from server to client are of another numbering: a "
     "firewall on the way renumbers and forgets the SACK options."},
    {FINDING_REPLY_FROM_OTHER_ADDRESS,
     S2C,
     2,
     2,
     {0},
     "In 2 connections, another address answered the SYN than was asked: the answer bypassed a NAT "
     "or load balancer."},
    {FINDING_LISTEN_QUEUE_FULL,
     S2C,
     1,
     1,
     {2, 0},
     "The server serves others at that time, but let 1 connection wait: its listen queue is full, "
     "or accepting is deferred."},
    {FINDING_STALE_CONNECTION,
     S2C,
     1,
     1,
     {1, 21 * S},
     "The server answered 1 SYN with an ACK of an older connection: it still holds one of the same "
     "ports."},
    {FINDING_STALE_CONNECTION,
     S2C,
     2,
     2,
     {2, 21 * S},
     "The server answered 2 SYNs with an ACK of an older connection: it still holds one of the "
     "same "
     "ports."},
    {FINDING_HANDSHAKE_REJECTED,
     C2S,
     3,
     3,
     {3},
     "The client reset the SYN-ACK of its own SYN in 3 connections: a half-open scan, an address "
     "not translated back, or a program that gave up."},
    {FINDING_PEER_GONE,
     C2S,
     1,
     1,
     {9, 7875 * S},
     "The client did not answer 9 keep-alives in 1 connection after up to 2 h 11 min of silence: "
     "it is "
     "gone."},
    {FINDING_PEER_GONE,
     S2C,
     1,
     1,
     {1, 3 * S},
     "The server did not answer 1 keep-alive in 1 connection after up to 3.00 s of silence: it is "
     "gone."},
    {FINDING_CONNECTION_UNKNOWN,
     S2C,
     1,
     1,
     {300 * S},
     "The server answered data at once with a reset in 1 connection: it no longer knows the "
     "connection (rebooted, or an idle time-out of a NAT or load balancer)."},
    {FINDING_ICMP_ERROR, C2S, 2, 2, {5, 0}, "ICMP errors quote 2 connections."},
    {FINDING_OFFLOAD_CAPTURE,
     C2S,
     3,
     1,
     {3},
     "3 data segments are longer than the MSS: captured on an end host, before the network card "
     "cut "
     "or after it merged them. Packet counts are not those of the wire."},
    {FINDING_OFFLOAD_CAPTURE,
     C2S,
     1,
     1,
     {1},
     "1 data segment is longer than the MSS: captured on an end host, before the network card cut "
     "or after it merged them. Packet counts are not those of the wire."},
};

static struct finding finding_of(const struct sentence_case *c)
{
    struct finding finding = {
        .id = c->id, .side = c->side, .count = c->count, .connections = c->connections};
    for (int i = 0; i < FINDING_NUMBERS; i++)
        finding.numbers[i].value = c->numbers[i];
    return finding;
}

static void sentence_reads(gconstpointer data)
{
    const struct sentence_case *c = data;
    struct finding finding = finding_of(c);
    char *text = sentence_of(&finding);
    g_assert_cmpstr(text, ==, c->expected);
    g_free(text);
}

static void every_finding_has_a_case(void)
{
    bool has_case[FINDING_COUNT] = {false};
    for (size_t i = 0; i < G_N_ELEMENTS(sentence_cases); i++)
        has_case[sentence_cases[i].id] = true;
    for (int id = 0; id < FINDING_COUNT; id++)
        g_assert_true(has_case[id]);
}

static void cut_filter_is_told(void)
{
    struct finding finding = finding_of(&sentence_cases[0]);
    finding.is_cut = true;
    char *text = sentence_of(&finding);
    char *expected = g_strconcat(sentence_cases[0].expected,
                                 " The display filter shows only the first of them.", NULL);
    g_assert_cmpstr(text, ==, expected);
    g_free(expected);
    g_free(text);
}

/* What proves it in words is part of the sentence, and the sentence is whole without. */
struct detail_case {
    enum finding_id id;
    const char *detail, *expected;
};

static const struct detail_case detail_cases[] = {
    {FINDING_NO_RESPONSE, "10.0.0.1: host unreachable",
     "1 connection attempt (1 SYN) got no answer but an ICMP error (10.0.0.1: host unreachable)."},
    {FINDING_ICMP_ERROR, "10.0.0.1: time to live exceeded",
     "ICMP errors quote 1 connection (10.0.0.1: time to live exceeded)."},
    {FINDING_REPLY_FROM_OTHER_ADDRESS, "answered by 10.0.0.7",
     "In 1 connection, another address answered the SYN than was asked (answered by 10.0.0.7): the "
     "answer bypassed a NAT or load balancer."},
    {FINDING_PATH_MTU_BLACKHOLE, "10.0.0.1: fragmentation needed, MTU 1300",
     "Full-size segments of the client (0 bytes of data) were sent up to 1 time and never "
     "acknowledged, whatever a router says (10.0.0.1: fragmentation needed, MTU 1300): its ICMP "
     "errors do not reach the sender."},
};

static void detail_is_told(void)
{
    for (size_t i = 0; i < G_N_ELEMENTS(detail_cases); i++) {
        char *detail = g_strdup(detail_cases[i].detail);
        struct finding finding = {
            .id = detail_cases[i].id, .count = 1, .connections = 1, .detail = detail};
        finding.numbers[0].value = 1;
        char *text = sentence_of(&finding);
        g_assert_cmpstr(text, ==, detail_cases[i].expected);
        g_free(text);
        g_free(detail);
    }
}

static void scan_names_its_client(void)
{
    char client[] = "10.0.0.9";
    struct finding finding = {.id = FINDING_SCAN, .count = 15, .connections = 15, .detail = client};
    char *text = sentence_of(&finding);
    g_assert_true(g_str_has_prefix(text, "10.0.0.9 tried "));
    g_free(text);
}

/* --- singular and plural, over all findings --- */

/* All nouns that stand behind a number in a sentence. */
static const char *const nouns[] = {"connection", "attempt", "segment", "SYN",        "server",
                                    "byte",       "time",    "port",    "keep-alive", "error"};

/* The noun that @word is, without what follows it; *@is_plural tells its number. NULL for none. */
static const char *noun_of(const char *word, bool *is_plural)
{
    size_t length = strspn(word, "-abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ");
    for (size_t i = 0; i < G_N_ELEMENTS(nouns); i++) {
        size_t singular = strlen(nouns[i]);
        if (strncmp(word, nouns[i], singular) != 0)
            continue;
        *is_plural = length == singular + 1 && word[singular] == 's';
        if (length == singular || *is_plural)
            return nouns[i];
    }
    return NULL;
}

/* Whether @word can stand between a number and its noun: "3 established connections". */
static bool is_attribute(const char *word)
{
    static const char *const attributes[] = {"established", "data", "connection"};
    for (size_t i = 0; i < G_N_ELEMENTS(attributes); i++) {
        if (strcmp(word, attributes[i]) == 0)
            return true;
    }
    return false;
}

/* The number that @word is, without a bracket before it. False where it is none, or has a unit. */
static bool is_count(const char *word, uint64_t *count)
{
    char *end;
    word += *word == '(';
    if (!g_ascii_isdigit(*word))
        return false;
    *count = g_ascii_strtoull(word, &end, 10);
    return *end == '\0';
}

/* Whether what @count is of has the right ending: the noun that follows, behind attributes of it,
 * and another one behind "or". */
static bool noun_agrees(char *const *words, uint64_t count)
{
    bool is_plural = false;
    while (words[0] != NULL && words[1] != NULL && is_attribute(words[0]) &&
           (noun_of(words[1], &is_plural) != NULL || is_attribute(words[1])))
        words++;
    if (words[0] == NULL || noun_of(words[0], &is_plural) == NULL)
        return true;
    if (is_plural != (count != 1))
        return false;
    bool has_another = words[1] != NULL && strcmp(words[1], "or") == 0;
    return !has_another || noun_agrees(words + 2, count);
}

/* After the number 1 no plural noun, after any other no singular one. */
static bool nouns_agree(const char *text)
{
    char **words = g_strsplit(text, " ", -1);
    bool agree = true;
    uint64_t count;
    for (char **word = words; *word != NULL; word++) {
        if (is_count(*word, &count))
            agree &= noun_agrees(word + 1, count);
    }
    g_strfreev(words);
    return agree;
}

static void check_finds_what_does_not_agree(void)
{
    static const struct {
        const char *text;
        bool agrees;
    } cases[] = {
        {"got 1 connection.", true},
        {"got 1 connections.", false},
        {"got 2 connection.", false},
        {"got 0 connections.", true},
        {"got 0 connection.", false},
        {"21 segments of data", true},
        {"1 connection attempts (2 SYNs)", false},
        {"2 connection attempts (1 SYNs)", false},
        {"2 connection attempts (1 SYN)", true},
        {"2 established connection: 1 in mid-transfer", false},
        {"1 data segments from", false},
        {"1 of 20 data segment from", false},
        {"1 of 1 data segment from", true},
        {"up to 1 times.", false},
        {"(1 segments)", false},
        {"not answer 1 keep-alives in", false},
        {"not answer 3 keep-alives in", true},
        {"1 server or ports", false},
        {"2 servers or ports, and 1 of them", true},
        {"took 1 s in 2 connections", true},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        if (nouns_agree(cases[i].text) != cases[i].agrees)
            g_error("\"%s\" was judged wrong", cases[i].text);
    }
}

/* "ICMP errors quote 2 connections." */
#define LEAST_SENTENCE 30

static void assert_is_well_formed(const struct finding *finding)
{
    char *text = sentence_of(finding);
    g_assert_nonnull(text);
    if (!nouns_agree(text))
        g_error("a number and its noun do not agree: %s", text);
    if (!g_str_has_suffix(text, ".") || strstr(text, "..") != NULL || strstr(text, "  ") != NULL ||
        strstr(text, "(null)") != NULL || strlen(text) < LEAST_SENTENCE)
        g_error("no sentence: \"%s\"", text);
    g_assert_true(g_ascii_isupper(text[0]) || g_ascii_isdigit(text[0]));
    g_free(text);
}

/* @finding with every combination of no, one and many. */
static void assert_all_numbers_are_well_formed(struct finding *finding)
{
    static const uint64_t some[] = {0, 1, 2, 21, 1000};
    for (size_t i = 0; i < G_N_ELEMENTS(some); i++)
        for (size_t j = 0; j < G_N_ELEMENTS(some); j++)
            for (size_t k = 0; k < G_N_ELEMENTS(some); k++) {
                finding->count = some[i];
                finding->connections = some[j];
                for (int number = 0; number < FINDING_NUMBERS; number++)
                    finding->numbers[number].value = some[k];
                assert_is_well_formed(finding);
                /* Each number apart from the others. */
                for (int number = 0; number < FINDING_NUMBERS; number++) {
                    uint64_t before = finding->numbers[number].value;
                    finding->numbers[number].value = 1;
                    assert_is_well_formed(finding);
                    finding->numbers[number].value = before;
                }
            }
}

static void nouns_agree_with_their_numbers(gconstpointer data)
{
    enum finding_id id = (enum finding_id)GPOINTER_TO_INT(data);
    int sides = finding_kinds[id].side == SIDE_NONE ? 1 : 2;
    for (int side = 0; side < sides; side++) {
        for (int is_cut = 0; is_cut < 2; is_cut++) {
            struct finding finding = {
                .id = id, .side = (enum direction)side, .is_cut = is_cut != 0};
            assert_all_numbers_are_well_formed(&finding);
        }
    }
}

static void every_finding_has_a_sentence_of_its_own(void)
{
    GHashTable *texts = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    for (int id = 0; id < FINDING_COUNT; id++) {
        struct finding finding = {.id = (enum finding_id)id, .count = 3, .connections = 2};
        if (id == FINDING_LOSS_SERVER_TO_CLIENT)
            finding.side = SERVER_TO_CLIENT;
        g_hash_table_add(texts, sentence_of(&finding));
    }
    g_assert_cmpuint(g_hash_table_size(texts), ==, FINDING_COUNT);
    g_hash_table_destroy(texts);
}

static void add_sentence_tests(void)
{
    for (size_t i = 0; i < G_N_ELEMENTS(sentence_cases); i++) {
        const struct sentence_case *c = &sentence_cases[i];
        char *name = g_strdup_printf("/sentence/%s/%zu-%s", finding_kinds[c->id].id, i,
                                     c->connections == 1 ? "one" : "many");
        g_test_add_data_func(name, c, sentence_reads);
        g_free(name);
    }
    for (int id = 0; id < FINDING_COUNT; id++) {
        char *name = g_strdup_printf("/sentence/%s/nouns", finding_kinds[id].id);
        g_test_add_data_func(name, GINT_TO_POINTER(id), nouns_agree_with_their_numbers);
        g_free(name);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    add_sentence_tests();
    g_test_add_func("/sentence/every-finding/has-a-case", every_finding_has_a_case);
    g_test_add_func("/sentence/every-finding/has-a-sentence-of-its-own",
                    every_finding_has_a_sentence_of_its_own);
    g_test_add_func("/sentence/cut-filter", cut_filter_is_told);
    g_test_add_func("/sentence/detail", detail_is_told);
    g_test_add_func("/sentence/scan/names-its-client", scan_names_its_client);
    g_test_add_func("/sentence/nouns/check-finds-what-does-not-agree",
                    check_finds_what_does_not_agree);
    return g_test_run();
}
