/* What people read of a finding.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "finding/finding.h"

#include "base/text_format.h"

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
    char count[TEXT_FORMAT_SIZE], segments[TEXT_FORMAT_SIZE], percent[TEXT_FORMAT_SIZE];
    return g_strconcat(format_digits(count, finding->count), " of ",
                       format_digits(segments, numbers[2].value), " data segments from ",
                       way_name(finding->side), " (",
                       g_ascii_formatd(percent, sizeof percent, "%.1f", share),
                       " %) had to be sent again; they were lost ", where, ".", NULL);
}

static char *describe_retries(const struct finding *finding)
{
    const struct finding_number *numbers = finding->numbers;
    char sends[TEXT_FORMAT_SIZE], number[TEXT_FORMAT_SIZE];
    format_digits(sends, numbers[0].value);
    if (finding->id == FINDING_PATH_MTU_BLACKHOLE)
        return g_strconcat("Full-size segments of the ", end_name(finding->side), " (",
                           format_digits(number, numbers[1].value),
                           " bytes of data) were sent up to ", sends,
                           " times and never acknowledged, while small ones pass: a link with a "
                           "smaller MTU drops them without a word.",
                           NULL);
    return g_strconcat("The ", end_name(finding->side), " sent the same segment up to ", sends,
                       " times and got no answer in ", format_digits(number, finding->connections),
                       " connection", plural(finding->connections), ": the peer or the path died.",
                       NULL);
}

static char *describe_window(const struct finding *finding)
{
    const struct finding_number *numbers = finding->numbers;
    char closed[TEXT_FORMAT_SIZE], count[TEXT_FORMAT_SIZE];
    format_digits(count, finding->count);
    if (finding->id == FINDING_WINDOW_LIMITED)
        return g_strconcat("The ", end_name(finding->side), "'s receive window was filled ", count,
                           " times: it limits the throughput.", NULL);
    return g_strconcat(
        "The ", end_name(finding->side), " closed its window for ", span(finding, 0, closed),
        " in all (", count, " segment", plural(finding->count), "), ",
        numbers[1].value > 0 ? "and did not open it again at the end" : "and opened it again",
        ": the application there reads too slowly.", NULL);
}

static char *describe_handshake(const struct finding *finding)
{
    const struct finding_number *numbers = finding->numbers;
    char time[TEXT_FORMAT_SIZE], number[TEXT_FORMAT_SIZE], count[TEXT_FORMAT_SIZE];
    const char *connections = format_digits(count, finding->connections);
    const char *ending = plural(finding->connections);
    switch (finding->id) {
    case FINDING_NO_RESPONSE:
        return g_strconcat(
            connections, " connection attempt", ending, " (",
            format_digits(number, numbers[0].value), " SYN", plural(numbers[0].value),
            ") got no answer at all: filtered on the way, or the host is down.", NULL);
    case FINDING_CONNECTION_REFUSED:
        return g_strconcat(connections, " connection attempt", ending,
                           finding->connections == 1 ? " was" : " were",
                           " refused by a reset from the server's side.", NULL);
    case FINDING_HANDSHAKE_INCOMPLETE:
        return g_strconcat("The client never answered the SYN-ACK in ", connections, " connection",
                           ending, ": a half-open scan, or the client's answer was lost.", NULL);
    case FINDING_SYN_RETRIED:
        return g_strconcat("The ", end_name(finding->side), " had to repeat its ",
                           finding->side == CLIENT_TO_SERVER ? "SYN" : "SYN-ACK", " in ",
                           connections, " connection", ending, " before ",
                           finding->connections == 1 ? "it" : "they", " stood: a delay of up to ",
                           span(finding, 0, time), ".", NULL);
    case FINDING_SCAN:
        return g_strconcat("A client tried ", format_digits(number, numbers[0].value),
                           " servers or ports, and ", format_digits(count, numbers[1].value),
                           " of them did not answer or refused: a scan, or a peer-to-peer client.",
                           NULL);
    default:
        return g_strconcat("The handshake took up to ", span(finding, 0, time), " on the ",
                           end_name(finding->side), "'s side in ", connections, " connection",
                           ending, ": the path, not the application.", NULL);
    }
}

static char *describe_capture(const struct finding *finding)
{
    const struct finding_number *numbers = finding->numbers;
    char number[TEXT_FORMAT_SIZE], count[TEXT_FORMAT_SIZE];
    const char *connections = format_digits(count, finding->connections);
    const char *ending = plural(finding->connections);
    switch (finding->id) {
    case FINDING_ONE_WAY_TRAFFIC:
        return g_strconcat(
            "Nothing from ", way_name(finding->side), " was captured in ", connections,
            " connection", ending, ", though the ",
            end_name(finding->side == CLIENT_TO_SERVER ? SERVER_TO_CLIENT : CLIENT_TO_SERVER),
            " answers it: asymmetric routing, or a tap that sees one direction.", NULL);
    case FINDING_CAPTURE_LOSS:
        return g_strconcat(format_bytes(number, numbers[0].value), " from ",
                           way_name(finding->side),
                           " were acknowledged but are nowhere in the capture: the capture dropped "
                           "packets, not the network.",
                           NULL);
    case FINDING_DUPLICATE_CAPTURE:
        return g_strconcat(format_digits(count, finding->count), " of ",
                           format_digits(number, numbers[0].value), " segments ",
                           finding->count == 1 ? "was" : "were",
                           " captured twice: the capture (a mirror port that copies both ways), "
                           "not the network.",
                           NULL);
    case FINDING_ROLE_GUESSED:
        return g_strconcat("Which end is the server is a guess in ", connections, " connection",
                           ending, ": the lower port.", NULL);
    default:
        return g_strdup("TCP sequence analysis is off in the preferences: turn on "
                        "tcp.analyze_sequence_numbers to see retransmissions and what else comes "
                        "from it.");
    }
}

static char *describe_forged(const struct finding *finding)
{
    char count[TEXT_FORMAT_SIZE];
    return g_strconcat(format_digits(count, finding->connections), " connection",
                       plural(finding->connections), finding->connections == 1 ? " has" : " have",
                       " resets that do not fit the ", end_name(finding->side),
                       " they claim to come from: a middlebox (firewall, IPS, load balancer) is "
                       "their likely sender.",
                       NULL);
}

static char *describe_slow(const struct finding *finding)
{
    char longest[TEXT_FORMAT_SIZE], count[TEXT_FORMAT_SIZE];
    bool is_server = finding->id == FINDING_SLOW_SERVER;
    return g_strconcat(
        is_server ? "The server took up to " : "The client waited up to ",
        span(finding, 0, longest), is_server ? " to answer in " : " before a request in ",
        format_digits(count, finding->connections), " connection", plural(finding->connections),
        " on a fast path: the application there", is_server ? "." : ", or a person.", NULL);
}

static char *describe_close(const struct finding *finding)
{
    char count[TEXT_FORMAT_SIZE];
    return g_strconcat("The ", end_name(finding->side), " reset ",
                       format_digits(count, finding->connections), " connection",
                       plural(finding->connections), " after a FIN: usually harmless.", NULL);
}

static char *describe_spurious(const struct finding *finding)
{
    char count[TEXT_FORMAT_SIZE];
    return g_strconcat(format_digits(count, finding->count), " data segments from ",
                       way_name(finding->side),
                       " were sent again though they had arrived: acknowledgments are lost or "
                       "late.",
                       NULL);
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
        return describe_close(finding);
    case FINDING_LOSS_CLIENT_TO_SERVER:
    case FINDING_LOSS_SERVER_TO_CLIENT:
        return describe_loss(finding);
    case FINDING_SPURIOUS_RETRANSMISSIONS:
        return describe_spurious(finding);
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
