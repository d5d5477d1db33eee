/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "finding/finding.h"

#define MS G_GINT64_CONSTANT(1000000)
#define S  G_GINT64_CONSTANT(1000000000)

#define C2S CLIENT_TO_SERVER
#define S2C SERVER_TO_CLIENT

/* What a text is made of; in the place of keys only the order of numbers counts. */
struct text_case {
    enum finding_id id;
    enum direction side;
    uint64_t count, connections;
    uint64_t numbers[4];
    const char *expected;
};

static const struct text_case text_cases[] = {
    {FINDING_FORGED_RESET,
     S2C,
     1,
     1,
     {1},
     "1 connection has resets that do not fit the server they claim to come from: a middlebox "
     "(firewall, IPS, load balancer) is their likely sender."},
    {FINDING_FORGED_RESET,
     C2S,
     2,
     2,
     {2},
     "2 connections have resets that do not fit the client they claim to come from: a middlebox "
     "(firewall, IPS, load balancer) is their likely sender."},
    {FINDING_PATH_MTU_BLACKHOLE,
     C2S,
     1,
     1,
     {4, 1448},
     "Full-size segments of the client (1448 bytes of data) were sent up to 4 times and never "
     "acknowledged, while small ones pass: a link with a smaller MTU drops them without a word."},
    {FINDING_PATH_MTU_BLACKHOLE,
     S2C,
     3,
     3,
     {6, 1428},
     "Full-size segments of the server (1428 bytes of data) were sent up to 6 times and never "
     "acknowledged, while small ones pass: a link with a smaller MTU drops them without a word."},
    {FINDING_RETRIES_EXHAUSTED,
     C2S,
     1,
     1,
     {5, 100},
     "The client sent the same segment up to 5 times and got no answer in 1 connection: the peer "
     "or the path died."},
    {FINDING_RETRIES_EXHAUSTED,
     S2C,
     2,
     2,
     {8, 0},
     "The server sent the same segment up to 8 times and got no answer in 2 connections: the peer "
     "or the path died."},
    {FINDING_NO_RESPONSE,
     C2S,
     1,
     1,
     {1},
     "1 connection attempt (1 SYN) got no answer at all: filtered on the way, or the host is "
     "down."},
    {FINDING_NO_RESPONSE,
     C2S,
     2,
     2,
     {4},
     "2 connection attempts (4 SYNs) got no answer at all: filtered on the way, or the host is "
     "down."},
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
     "it: asymmetric routing, or a tap that sees one direction."},
    {FINDING_ONE_WAY_TRAFFIC,
     S2C,
     2,
     2,
     {9, 500},
     "Nothing from server to client was captured in 2 connections, though the client answers "
     "it: asymmetric routing, or a tap that sees one direction."},
    {FINDING_CAPTURE_LOSS,
     C2S,
     1,
     1,
     {600},
     "600 B from client to server were acknowledged but are nowhere in the capture: the capture "
     "dropped packets, not the network."},
    {FINDING_CAPTURE_LOSS,
     S2C,
     2,
     1,
     {4344},
     "4.34 kB from server to client were acknowledged but are nowhere in the capture: the capture "
     "dropped packets, not the network."},
    {FINDING_RESET_BY_SERVER,
     C2S,
     1,
     1,
     {1, 0, 0, 0},
     "The server reset 1 established connection: 1 before any data."},
    {FINDING_RESET_BY_CLIENT,
     C2S,
     2,
     2,
     {0, 2, 0, 0},
     "The client reset 2 established connections: 2 in mid-transfer."},
    {FINDING_RESET_BY_CLIENT,
     C2S,
     1,
     1,
     {0, 0, 1, 3 * S},
     "The client reset 1 established connection: 1 after idling (3.00 s at the longest)."},
    {FINDING_RESET_BY_SERVER,
     C2S,
     6,
     6,
     {1, 2, 3, 140 * S},
     "The server reset 6 established connections: 1 before any data, 2 in mid-transfer, 3 after "
     "idling (140 s at the longest)."},
    {FINDING_LOSS_CLIENT_TO_SERVER,
     C2S,
     3,
     1,
     {3, 0, 300},
     "3 of 300 data segments from client to server (1.0 %) had to be sent again; they were lost "
     "between the capture point and the receiver (the originals were captured)."},
    {FINDING_LOSS_SERVER_TO_CLIENT,
     S2C,
     5,
     1,
     {0, 5, 20},
     "5 of 20 data segments from server to client (25.0 %) had to be sent again; they were lost "
     "between the sender and the capture point (gaps were seen, then filled)."},
    {FINDING_LOSS_CLIENT_TO_SERVER,
     C2S,
     4,
     2,
     {2, 2, 19},
     "4 of 19 data segments from client to server (21.1 %) had to be sent again; they were lost "
     "both before and behind the capture point."},
    {FINDING_ZERO_WINDOW,
     C2S,
     1,
     1,
     {1370 * MS, 0},
     "The client closed its window for 1.37 s in all (1 segment), and opened it again: the "
     "application there reads too slowly."},
    {FINDING_ZERO_WINDOW,
     S2C,
     3,
     2,
     {786 * MS, 1},
     "The server closed its window for 786.0 ms in all (3 segments), and did not open it again "
     "at the end: the application there reads too slowly."},
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
     "19 of 38 segments were captured twice: the capture (a mirror port that copies both ways), "
     "not the network."},
    {FINDING_SYN_RETRIED,
     C2S,
     1,
     1,
     {1010 * MS},
     "The client had to repeat its SYN in 1 connection before it stood: a delay of up to 1.01 "
     "s."},
    {FINDING_SYN_RETRIED,
     S2C,
     2,
     2,
     {3 * S},
     "The server had to repeat its SYN-ACK in 2 connections before they stood: a delay of up to "
     "3.00 s."},
    {FINDING_SPURIOUS_RETRANSMISSIONS,
     C2S,
     3,
     1,
     {20},
     "3 data segments from client to server were sent again though they had arrived: "
     "acknowledgments are lost or late."},
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
     "Which end is the server is a guess in 1 connection: the lower port."},
    {FINDING_ROLE_GUESSED,
     C2S,
     2,
     2,
     {0},
     "Which end is the server is a guess in 2 connections: the lower port."},
    {FINDING_ANALYSIS_OFF,
     C2S,
     0,
     0,
     {0},
     "TCP sequence analysis is off in the preferences: turn on tcp.analyze_sequence_numbers to "
     "see retransmissions and what else comes from it."},
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
};

static struct finding *finding_of(const struct text_case *c)
{
    struct finding *finding = g_new0(struct finding, 1);
    finding->id = c->id;
    finding->side = c->side;
    finding->count = c->count;
    finding->connections = c->connections;
    for (int i = 0; i < 4; i++)
        finding->numbers[i].value = c->numbers[i];
    return finding;
}

static void text_reads(gconstpointer data)
{
    const struct text_case *c = data;
    struct finding *finding = finding_of(c);
    finding_describe(finding);
    g_assert_cmpstr(finding->text, ==, c->expected);
    finding_free(finding);
}

static void every_finding_has_a_text(void)
{
    bool has_text[FINDING_COUNT] = {false};
    for (size_t i = 0; i < G_N_ELEMENTS(text_cases); i++)
        has_text[text_cases[i].id] = true;
    for (int id = 0; id < FINDING_COUNT; id++)
        g_assert_true(has_text[id]);
}

static void describing_again_replaces_the_text(void)
{
    struct finding *finding = finding_of(&text_cases[0]);
    finding_describe(finding);
    char *before = g_strdup(finding->text);
    finding->connections++;
    finding_describe(finding);
    g_assert_cmpstr(finding->text, !=, before);
    g_free(before);
    finding_free(finding);
}

static void severities_have_the_names_of_wireshark(void)
{
    g_assert_cmpstr(severity_name(SEVERITY_CHAT), ==, "chat");
    g_assert_cmpstr(severity_name(SEVERITY_NOTE), ==, "note");
    g_assert_cmpstr(severity_name(SEVERITY_WARN), ==, "warn");
    g_assert_cmpstr(severity_name(SEVERITY_ERROR), ==, "error");
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    for (size_t i = 0; i < G_N_ELEMENTS(text_cases); i++) {
        const struct text_case *c = &text_cases[i];
        char *name = g_strdup_printf("/finding-text/%s/%zu-%s", finding_kinds[c->id].id, i,
                                     c->connections == 1 ? "one" : "many");
        g_test_add_data_func(name, c, text_reads);
        g_free(name);
    }
    g_test_add_func("/finding-text/every-finding", every_finding_has_a_text);
    g_test_add_func("/finding-text/again", describing_again_replaces_the_text);
    g_test_add_func("/finding-text/severities", severities_have_the_names_of_wireshark);
    return g_test_run();
}
