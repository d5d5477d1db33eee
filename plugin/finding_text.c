/* What people read of a finding.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "finding.h"

#include "text_format.h"

#include <inttypes.h>

static const char *plural(uint64_t count)
{
    return count == 1 ? "" : "s";
}

static const char *end_name(enum direction side)
{
    return side == CLIENT_TO_SERVER ? "client" : "server";
}

static const char *way_name(enum direction side)
{
    return side == CLIENT_TO_SERVER ? "client to server" : "server to client";
}

static const char *span(const struct finding *finding, unsigned number, char *buffer)
{
    return format_span(buffer, (int64_t)finding->numbers[number].value);
}

/* The windows by which a NetScaler tells why it resets: Citrix's article CTX200852. Wireshark knows
 * their meaning from 4.4 on. */
static bool is_netscaler_code(uint64_t window)
{
    return (window >= 8196 && window <= 8211) || (window >= 9100 && window <= 9820);
}

static char *describe_abort(const struct finding *finding, const char *who)
{
    const struct finding_number *numbers = finding->numbers;
    char number[TEXT_FORMAT_SIZE];
    GString *text = g_string_new(NULL);
    text_append(text, "The ", who, " reset ", format_digits(number, finding->connections),
                " established connection", plural(finding->connections), ":", NULL);
    const char *before = " ";
    static const char *const phases[] = {"before any data", "in mid-transfer", "after idling"};
    for (int i = 0; i < 3; i++) {
        if (numbers[i].value == 0)
            continue;
        text_append(text, before, format_digits(number, numbers[i].value), " ", phases[i], NULL);
        before = ", ";
    }
    if (numbers[2].value > 0)
        text_append(text, " (", span(finding, 3, number), " at the longest)", NULL);
    g_string_append_c(text, '.');
    if (is_netscaler_code(numbers[4].value))
        text_append(text, " Window ", format_digits(number, numbers[4].value),
                    ": its reset code, if a NetScaler sent it.", NULL);
    return g_string_free(text, FALSE);
}

static char *describe_loss(const struct finding *finding)
{
    const struct finding_number *numbers = finding->numbers;
    const char *where =
        numbers[0].value > 0 && numbers[1].value > 0 ? "both before and behind the capture point"
        : numbers[0].value > 0 ? "between the capture point and the receiver (the originals were "
                                 "captured)"
                               : "between the sender and the capture point (gaps were seen, then "
                                 "filled)";
    double share = 100.0 * (double)finding->count / (double)MAX(numbers[2].value, 1);
    char number[G_ASCII_DTOSTR_BUF_SIZE];
    return g_strdup_printf("%" PRIu64 " of %" PRIu64 " data segments from %s (%s %%) had to be "
                           "sent again; they were lost %s.",
                           finding->count, numbers[2].value, way_name(finding->side),
                           g_ascii_formatd(number, sizeof number, "%.1f", share), where);
}

static char *describe_retries(const struct finding *finding)
{
    const struct finding_number *numbers = finding->numbers;
    if (finding->id == FINDING_PATH_MTU_BLACKHOLE)
        return g_strdup_printf("Full-size segments of the %s (%" PRIu64 " bytes of data) were "
                               "sent up to %" PRIu64 " times and never acknowledged, while small "
                               "ones pass: a link with a smaller MTU drops them without a word.",
                               end_name(finding->side), numbers[1].value, numbers[0].value);
    return g_strdup_printf("The %s sent the same segment up to %" PRIu64 " times and got no answer "
                           "in %" PRIu64 " connection%s: the peer or the path died.",
                           end_name(finding->side), numbers[0].value, finding->connections,
                           plural(finding->connections));
}

static char *describe_window(const struct finding *finding)
{
    const struct finding_number *numbers = finding->numbers;
    char closed[TEXT_FORMAT_SIZE];
    if (finding->id == FINDING_WINDOW_LIMITED)
        return g_strdup_printf("The %s's receive window was filled %" PRIu64 " times: it limits "
                               "the throughput.",
                               end_name(finding->side), finding->count);
    return g_strdup_printf(
        "The %s closed its window for %s in all (%" PRIu64 " segment%s), %s: "
        "the application there reads too slowly.",
        end_name(finding->side), span(finding, 0, closed), finding->count, plural(finding->count),
        numbers[1].value > 0 ? "and did not open it again at the end" : "and opened it again");
}

static char *describe_handshake(const struct finding *finding)
{
    const struct finding_number *numbers = finding->numbers;
    char time[TEXT_FORMAT_SIZE];
    uint64_t connections = finding->connections;
    switch (finding->id) {
    case FINDING_NO_RESPONSE:
        return g_strdup_printf("%" PRIu64 " connection attempt%s (%" PRIu64 " SYN%s) got no answer "
                               "at all: filtered on the way, or the host is down.",
                               connections, plural(connections), numbers[0].value,
                               plural(numbers[0].value));
    case FINDING_CONNECTION_REFUSED:
        return g_strdup_printf("%" PRIu64 " connection attempt%s %s refused by a reset from the "
                               "server's side.",
                               connections, plural(connections), connections == 1 ? "was" : "were");
    case FINDING_HANDSHAKE_INCOMPLETE:
        return g_strdup_printf("The client never answered the SYN-ACK in %" PRIu64
                               " connection%s: a half-open scan, or the client's answer was lost.",
                               connections, plural(connections));
    case FINDING_SYN_RETRIED:
        return g_strdup_printf("The %s had to repeat its %s in %" PRIu64 " connection%s before %s "
                               "stood: a delay of up to %s.",
                               end_name(finding->side),
                               finding->side == CLIENT_TO_SERVER ? "SYN" : "SYN-ACK", connections,
                               plural(connections), connections == 1 ? "it" : "they",
                               span(finding, 0, time));
    case FINDING_SCAN:
        return g_strdup_printf("A client tried %" PRIu64 " servers or ports, and %" PRIu64
                               " of them did not answer or refused: a scan, or a peer-to-peer "
                               "client.",
                               numbers[0].value, numbers[1].value);
    default:
        return g_strdup_printf("The handshake took up to %s on the %s's side in %" PRIu64
                               " connection%s: the path, not the application.",
                               span(finding, 0, time), end_name(finding->side), connections,
                               plural(connections));
    }
}

static char *describe_capture(const struct finding *finding)
{
    const struct finding_number *numbers = finding->numbers;
    char bytes[TEXT_FORMAT_SIZE];
    uint64_t connections = finding->connections;
    switch (finding->id) {
    case FINDING_ONE_WAY_TRAFFIC:
        return g_strdup_printf(
            "Nothing from %s was captured in %" PRIu64 " connection%s, though "
            "the %s answers it: asymmetric routing, or a tap that sees one "
            "direction.",
            way_name(finding->side), connections, plural(connections),
            end_name(finding->side == CLIENT_TO_SERVER ? SERVER_TO_CLIENT : CLIENT_TO_SERVER));
    case FINDING_CAPTURE_LOSS:
        return g_strdup_printf("%s from %s were acknowledged but are nowhere in the capture: the "
                               "capture dropped packets, not the network.",
                               format_bytes(bytes, numbers[0].value), way_name(finding->side));
    case FINDING_DUPLICATE_CAPTURE:
        return g_strdup_printf("%" PRIu64 " of %" PRIu64 " segments %s captured twice: the "
                               "capture (a mirror port that copies both ways), not the network.",
                               finding->count, numbers[0].value,
                               finding->count == 1 ? "was" : "were");
    case FINDING_ROLE_GUESSED:
        return g_strdup_printf("Which end is the server is a guess in %" PRIu64 " connection%s: "
                               "the lower port.",
                               connections, plural(connections));
    default:
        return g_strdup("TCP sequence analysis is off in the preferences: turn on "
                        "tcp.analyze_sequence_numbers to see retransmissions and what else comes "
                        "from it.");
    }
}

static char *describe_forged(const struct finding *finding)
{
    return g_strdup_printf("%" PRIu64 " connection%s %s resets that do not fit the %s they claim "
                           "to come from: a middlebox (firewall, IPS, load balancer) is their "
                           "likely sender.",
                           finding->connections, plural(finding->connections),
                           finding->connections == 1 ? "has" : "have", end_name(finding->side));
}

static char *describe_slow(const struct finding *finding)
{
    char longest[TEXT_FORMAT_SIZE];
    if (finding->id == FINDING_SLOW_SERVER)
        return g_strdup_printf("The server took up to %s to answer in %" PRIu64 " connection%s on "
                               "a fast path: the application there.",
                               span(finding, 0, longest), finding->connections,
                               plural(finding->connections));
    return g_strdup_printf("The client waited up to %s before a request in %" PRIu64
                           " connection%s on a fast path: the application there, or a person.",
                           span(finding, 0, longest), finding->connections,
                           plural(finding->connections));
}

static char *text_of(const struct finding *finding)
{
    switch (finding->id) {
    case FINDING_FORGED_RESET:
        return describe_forged(finding);
    case FINDING_PATH_MTU_BLACKHOLE:
    case FINDING_RETRIES_EXHAUSTED:
        return describe_retries(finding);
    case FINDING_NO_RESPONSE:
    case FINDING_CONNECTION_REFUSED:
    case FINDING_HANDSHAKE_INCOMPLETE:
    case FINDING_SCAN:
    case FINDING_SLOW_HANDSHAKE:
    case FINDING_SYN_RETRIED:
        return describe_handshake(finding);
    case FINDING_ONE_WAY_TRAFFIC:
    case FINDING_CAPTURE_LOSS:
    case FINDING_DUPLICATE_CAPTURE:
    case FINDING_ROLE_GUESSED:
    case FINDING_ANALYSIS_OFF:
        return describe_capture(finding);
    case FINDING_RESET_BY_SERVER:
        return describe_abort(finding, "server");
    case FINDING_RESET_BY_CLIENT:
        return describe_abort(finding, "client");
    case FINDING_RESET_AFTER_CLOSE:
        return g_strdup_printf("The %s reset %" PRIu64 " connection%s after a FIN: usually "
                               "harmless.",
                               end_name(finding->side), finding->connections,
                               plural(finding->connections));
    case FINDING_LOSS_CLIENT_TO_SERVER:
    case FINDING_LOSS_SERVER_TO_CLIENT:
        return describe_loss(finding);
    case FINDING_SPURIOUS_RETRANSMISSIONS:
        return g_strdup_printf("%" PRIu64 " data segments from %s were sent again though they had "
                               "arrived: acknowledgments are lost or late.",
                               finding->count, way_name(finding->side));
    case FINDING_ZERO_WINDOW:
    case FINDING_WINDOW_LIMITED:
        return describe_window(finding);
    case FINDING_SLOW_SERVER:
    case FINDING_SLOW_CLIENT:
        return describe_slow(finding);
    case FINDING_COUNT:
        break;
    }
    g_return_val_if_reached(NULL);
}

void finding_describe(struct finding *finding)
{
    char *text = text_of(finding);
    g_free(finding->text);
    finding->text = text;
    if (!finding->is_cut)
        return;
    finding->text = g_strconcat(text, " The display filter shows only the first of them.", NULL);
    g_free(text);
}
