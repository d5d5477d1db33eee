/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "finding/sentence.h"

#include "base/text_format.h"
#include "base/words.h"
#include "finding/number.h"

static uint64_t number(const struct finding *finding, unsigned index)
{
    return finding->numbers[index].value;
}

static const char *digits(const struct finding *finding, unsigned index, char *buffer)
{
    return format_digits(buffer, number(finding, index));
}

static const char *span(const struct finding *finding, unsigned index, char *buffer)
{
    return format_span(buffer, (int64_t)number(finding, index));
}

static const char *was(uint64_t count)
{
    return count == 1 ? "was" : "were";
}

/* --- it did not come about, or slowly --- */

/* Why nobody answered, without an ICMP error that says so. */
static void append_silence(GString *text, const struct finding *finding)
{
    uint64_t others = number(finding, NO_RESPONSE_OTHERS_ANSWERED);
    char times[TEXT_FORMAT_SIZE];
    if (others >= finding->connections) {
        text_append(text,
                    " got no answer, though others were answered there at the same time: a "
                    "filter drops these SYNs, or the server ignores them.",
                    NULL);
        return;
    }
    text_append(text,
                " got no answer at all: a filter on the path drops them, or nobody answers "
                "there.",
                NULL);
    if (others > 0)
        text_append(text, " At the time of ", format_digits(times, others),
                    " of them, others were answered there.", NULL);
}

static char *no_response(const struct finding *finding)
{
    char attempts[TEXT_FORMAT_SIZE], syns[TEXT_FORMAT_SIZE];
    GString *text = g_string_new(NULL);
    text_append(text, format_digits(attempts, finding->connections), " connection attempt",
                plural(finding->connections), " (", digits(finding, NO_RESPONSE_SYNS, syns), " SYN",
                plural(number(finding, NO_RESPONSE_SYNS)), ")", NULL);
    if (finding->detail == NULL)
        append_silence(text, finding);
    else
        text_append(text,
                    finding->connections == 1
                        ? " got no answer but an ICMP error ("
                        : " got no answer; an ICMP error answered at least one of them (",
                    finding->detail, ").", NULL);
    return g_string_free(text, FALSE);
}

static char *refused(const struct finding *finding)
{
    char attempts[TEXT_FORMAT_SIZE];
    return g_strconcat(format_digits(attempts, finding->connections), " connection attempt",
                       plural(finding->connections), " ", was(finding->connections),
                       " refused by a reset from the server's side.", NULL);
}

static char *incomplete(const struct finding *finding)
{
    char connections[TEXT_FORMAT_SIZE];
    return g_strconcat("The client never answered the SYN-ACK in ",
                       format_digits(connections, finding->connections), " connection",
                       plural(finding->connections),
                       ": a half-open scan, or the client's answer was lost.", NULL);
}

static char *syn_retried(const struct finding *finding)
{
    char connections[TEXT_FORMAT_SIZE], delay[TEXT_FORMAT_SIZE];
    return g_strconcat("The ", sender_word(finding->side), " had to repeat its ",
                       finding->side == CLIENT_TO_SERVER ? "SYN" : "SYN-ACK", " in ",
                       format_digits(connections, finding->connections), " connection",
                       plural(finding->connections), " before ",
                       finding->connections == 1 ? "it was" : "they were",
                       " established: a delay of up to ", span(finding, SYN_RETRIED_DELAY, delay),
                       ".", NULL);
}

static char *scan(const struct finding *finding)
{
    char targets[TEXT_FORMAT_SIZE], failed[TEXT_FORMAT_SIZE];
    const char *ending = plural(number(finding, SCAN_TARGETS));
    return g_strconcat(finding->detail != NULL ? finding->detail : "A client", " tried ",
                       digits(finding, SCAN_TARGETS, targets), " server", ending, " or port",
                       ending, ", and ", digits(finding, SCAN_FAILED_TARGETS, failed),
                       " of them did not answer or refused: a scan, or a peer-to-peer client.",
                       NULL);
}

static char *slow_handshake(const struct finding *finding)
{
    char connections[TEXT_FORMAT_SIZE], longest[TEXT_FORMAT_SIZE];
    return g_strconcat("The handshake took up to ", span(finding, SLOW_LONGEST, longest),
                       " on the ", sender_word(finding->side), "'s side in ",
                       format_digits(connections, finding->connections), " connection",
                       plural(finding->connections), ": the path, not the application.", NULL);
}

/* --- the capture --- */

static char *one_way(const struct finding *finding)
{
    char connections[TEXT_FORMAT_SIZE];
    const char *what = number(finding, ONE_WAY_WITHOUT_DATA) > 0 ? "No data" : "Nothing";
    return g_strconcat(
        what, " from ", direction_words(finding->side), " was captured in ",
        format_digits(connections, finding->connections), " connection",
        plural(finding->connections), ", though the ",
        sender_word(direction_opposite(finding->side)),
        " answers it: asymmetric routing, a tap that sees one direction, or a filter.", NULL);
}

static char *capture_loss(const struct finding *finding)
{
    char missing[TEXT_FORMAT_SIZE];
    return g_strconcat(format_bytes(missing, number(finding, CAPTURE_LOSS_BYTES)),
                       " of acknowledged data from ", direction_words(finding->side),
                       " is not in the file: the capture dropped it, a filter left it out, or "
                       "it took another path.",
                       NULL);
}

static const char *who_made_copies(const struct finding *finding)
{
    if (number(finding, DUPLICATE_UNHEARD) >= finding->connections)
        return " captured twice, by the capture or by the network: nothing from the receiver was "
               "captured, which would tell.";
    if (number(finding, DUPLICATE_ONE_WAY) >= finding->connections &&
        number(finding, DUPLICATE_PROVED) == 0)
        return " captured twice, all of one direction: the capture driver, not the network.";
    return " captured twice: the capture (a mirror port that copies both ways, or two interfaces), "
           "not the network.";
}

static char *duplicate_capture(const struct finding *finding)
{
    char copies[TEXT_FORMAT_SIZE], segments[TEXT_FORMAT_SIZE];
    return g_strconcat(format_digits(copies, finding->count), " of ",
                       digits(finding, DUPLICATE_SEGMENTS, segments), " segment",
                       plural(number(finding, DUPLICATE_SEGMENTS)), " ", was(finding->count),
                       who_made_copies(finding), NULL);
}

static char *role_guessed(const struct finding *finding)
{
    char connections[TEXT_FORMAT_SIZE];
    return g_strconcat("The server of ", format_digits(connections, finding->connections),
                       " connection", plural(finding->connections),
                       " is a guess: the end with the lower port.", NULL);
}

static char *analysis_off(void)
{
    return g_strdup("TCP sequence analysis is off in the preferences: turn on "
                    "tcp.analyze_sequence_numbers to see retransmissions and everything else that "
                    "comes from it.");
}

/* --- resets --- */

static char *forged_reset(const struct finding *finding)
{
    char connections[TEXT_FORMAT_SIZE];
    return g_strconcat("In ", format_digits(connections, finding->connections), " connection",
                       plural(finding->connections), ", resets do not fit the ",
                       sender_word(finding->side),
                       " that they claim to come from: a middlebox (firewall, IPS, load balancer) "
                       "probably sent them.",
                       NULL);
}

/* The windows by which a NetScaler tells why it resets: Citrix's article CTX200852. Wireshark knows
 * their meaning from 4.4 on. */
static bool is_netscaler_code(uint64_t window)
{
    return (window >= 8196 && window <= 8211) || (window >= 9100 && window <= 9820);
}

static char *abort_by(const struct finding *finding, const char *who)
{
    static const char *const phases[] = {[ABORT_BEFORE_DATA] = " before any data",
                                         [ABORT_IN_TRANSFER] = " in mid-transfer",
                                         [ABORT_UNANSWERED] =
                                             " with the client's last data unanswered",
                                         [ABORT_AFTER_EXCHANGE] = " after a complete exchange",
                                         [ABORT_AFTER_IDLING] = " after idling"};
    char buffer[TEXT_FORMAT_SIZE];
    GString *text = g_string_new(NULL);
    text_append(text, "The ", who, " reset ", format_digits(buffer, finding->connections),
                " established connection", plural(finding->connections), NULL);
    const char *before = ": ";
    for (unsigned i = 0; i < G_N_ELEMENTS(phases); i++) {
        if (number(finding, i) == 0)
            continue;
        text_append(text, before, digits(finding, i, buffer), phases[i], NULL);
        if (i == ABORT_UNANSWERED)
            text_append(text, " (", span(finding, ABORT_LONGEST_WAIT, buffer), " at the longest)",
                        NULL);
        if (i == ABORT_AFTER_IDLING)
            text_append(text, " (", span(finding, ABORT_LONGEST_IDLE, buffer), " at the longest)",
                        NULL);
        before = ", ";
    }
    g_string_append_c(text, '.');
    if (is_netscaler_code(number(finding, ABORT_WINDOW)))
        text_append(text, " Window ", digits(finding, ABORT_WINDOW, buffer),
                    " is a reset code if a NetScaler sent it.", NULL);
    return g_string_free(text, FALSE);
}

static char *reset_after_close(const struct finding *finding)
{
    char connections[TEXT_FORMAT_SIZE];
    return g_strconcat("The ", sender_word(finding->side), " reset ",
                       format_digits(connections, finding->connections), " connection",
                       plural(finding->connections), " after a FIN: usually harmless.", NULL);
}

/* --- data on its way --- */

static const char *place_of_loss(const struct finding *finding, bool one)
{
    bool after = number(finding, LOSSES_AFTER) > 0;
    bool before = number(finding, LOSSES_BEFORE) > 0;
    if (after && before)
        return "on both sides of the capture point";
    if (after)
        return one ? "between the capture point and the receiver (the original was captured)"
                   : "between the capture point and the receiver (the originals were captured)";
    return one ? "between the sender and the capture point (a gap was seen, then filled)"
               : "between the sender and the capture point (gaps were seen, then filled)";
}

static char *loss(const struct finding *finding)
{
    uint64_t segments = number(finding, LOSS_DATA_PACKETS);
    uint64_t different = number(finding, LOSS_DIFFERENT);
    uint64_t lost = different > 0 ? different : finding->count;
    double share = 100.0 * (double)lost / (double)MAX(segments, 1);
    char count[TEXT_FORMAT_SIZE], times[TEXT_FORMAT_SIZE], all[TEXT_FORMAT_SIZE];
    char percent[TEXT_FORMAT_SIZE];
    if (lost > segments) /* not known which of them more than once: no share */
        return g_strconcat("Data from ", direction_words(finding->side), " (",
                           format_digits(all, segments), " different segment", plural(segments),
                           ") had to be sent again ", format_digits(count, finding->count),
                           finding->count == 1 ? " time" : " times", "; it was lost ",
                           place_of_loss(finding, finding->count == 1), ".", NULL);
    bool more_than_once = finding->count > lost;
    return g_strconcat(format_digits(count, lost), " of ", format_digits(all, segments),
                       " data segment", plural(segments), " from ", direction_words(finding->side),
                       " (", g_ascii_formatd(percent, sizeof percent, "%.1f", share),
                       " %) had to be sent again", more_than_once ? ", " : "",
                       more_than_once ? format_digits(times, finding->count) : "",
                       more_than_once ? " times in all" : "", "; ", lost == 1 ? "it " : "they ",
                       was(lost), " lost ", place_of_loss(finding, lost == 1), ".", NULL);
}

static char *spurious(const struct finding *finding)
{
    char count[TEXT_FORMAT_SIZE];
    return g_strconcat(format_digits(count, finding->count), " data segment",
                       plural(finding->count), " from ", direction_words(finding->side), " ",
                       was(finding->count), " sent again though ",
                       finding->count == 1 ? "it" : "they",
                       " had arrived: acknowledgments are lost or late.", NULL);
}

static char *blackhole(const struct finding *finding)
{
    char bytes[TEXT_FORMAT_SIZE], sends[TEXT_FORMAT_SIZE];
    if (finding->detail != NULL)
        return g_strconcat("Full-size segments of the ", sender_word(finding->side), " (",
                           digits(finding, RETRIES_PAYLOAD, bytes), " byte",
                           plural(number(finding, RETRIES_PAYLOAD)), " of data) were sent up to ",
                           digits(finding, RETRIES_SENDS, sends), " time",
                           plural(number(finding, RETRIES_SENDS)),
                           " and never acknowledged, whatever a router says (", finding->detail,
                           "): its ICMP errors do not reach the sender.", NULL);
    return g_strconcat("Full-size segments of the ", sender_word(finding->side), " (",
                       digits(finding, RETRIES_PAYLOAD, bytes), " byte",
                       plural(number(finding, RETRIES_PAYLOAD)), " of data) were sent up to ",
                       digits(finding, RETRIES_SENDS, sends), " time",
                       plural(number(finding, RETRIES_SENDS)),
                       " and never acknowledged, while small ones pass: a link with a smaller MTU "
                       "silently drops them.",
                       NULL);
}

static char *retries(const struct finding *finding)
{
    char sends[TEXT_FORMAT_SIZE], connections[TEXT_FORMAT_SIZE];
    return g_strconcat("The ", sender_word(finding->side), " sent the same segment up to ",
                       digits(finding, RETRIES_SENDS, sends), " time",
                       plural(number(finding, RETRIES_SENDS)), " and got no answer in ",
                       format_digits(connections, finding->connections), " connection",
                       plural(finding->connections),
                       ": it no longer answers this connection, or nothing reaches it.", NULL);
}

static char *zero_window(const struct finding *finding)
{
    uint64_t still_closed = number(finding, ZERO_WINDOW_STILL_CLOSED);
    char closed[TEXT_FORMAT_SIZE], count[TEXT_FORMAT_SIZE], part[TEXT_FORMAT_SIZE],
        all[TEXT_FORMAT_SIZE];
    GString *text = g_string_new(NULL);
    text_append(text, "The ", sender_word(finding->side), " closed its window for ",
                span(finding, ZERO_WINDOW_CLOSED, closed), " in all (",
                format_digits(count, finding->count), " segment", plural(finding->count),
                still_closed > 0 ? ") and did not open it again" : ") and opened it again", NULL);
    if (still_closed > 0 && still_closed < finding->connections)
        text_append(text, " in ", format_digits(part, still_closed), " of ",
                    format_digits(all, finding->connections), " connections", NULL);
    text_append(text, ": the application there reads too slowly.", NULL);
    return g_string_free(text, FALSE);
}

static char *window_limited(const struct finding *finding)
{
    char count[TEXT_FORMAT_SIZE];
    return g_strconcat("The ", sender_word(finding->side), "'s receive window was filled ",
                       format_digits(count, finding->count), " time", plural(finding->count),
                       ": it limits the throughput.", NULL);
}

static char *slow_server(const struct finding *finding)
{
    char longest[TEXT_FORMAT_SIZE], connections[TEXT_FORMAT_SIZE];
    return g_strconcat("The server took up to ", span(finding, SLOW_LONGEST, longest),
                       " to answer in ", format_digits(connections, finding->connections),
                       " connection", plural(finding->connections),
                       " on a fast path: the application there.", NULL);
}

static char *slow_client(const struct finding *finding)
{
    char longest[TEXT_FORMAT_SIZE], connections[TEXT_FORMAT_SIZE];
    return g_strconcat("The client waited up to ", span(finding, SLOW_LONGEST, longest),
                       " before a request in ", format_digits(connections, finding->connections),
                       " connection", plural(finding->connections),
                       " on a fast path: the application there, or a person.", NULL);
}

/* --- what other connections and ICMP say --- */

static char *stale_connection(const struct finding *finding)
{
    char attempts[TEXT_FORMAT_SIZE];
    return g_strconcat("The server answered ", format_digits(attempts, finding->connections),
                       " SYN", plural(finding->connections),
                       " with an ACK of an older connection: it still holds one of the same ports.",
                       NULL);
}

static char *other_address(const struct finding *finding)
{
    char connections[TEXT_FORMAT_SIZE];
    return g_strconcat(
        "In ", format_digits(connections, finding->connections), " connection",
        plural(finding->connections), ", another address answered the SYN than was asked",
        finding->detail != NULL ? " (" : "", finding->detail != NULL ? finding->detail : "",
        finding->detail != NULL ? ")" : "", ": the answer bypassed a NAT or load balancer.", NULL);
}

static char *listen_queue_full(const struct finding *finding)
{
    char connections[TEXT_FORMAT_SIZE];
    return g_strconcat("The server serves others at that time, but let ",
                       format_digits(connections, finding->connections), " connection",
                       plural(finding->connections),
                       " wait: its listen queue is full, or accepting is deferred.", NULL);
}

static char *handshake_rejected(const struct finding *finding)
{
    char connections[TEXT_FORMAT_SIZE];
    return g_strconcat("The client reset the SYN-ACK of its own SYN in ",
                       format_digits(connections, finding->connections), " connection",
                       plural(finding->connections),
                       ": a half-open scan, an address not translated back, or a program that gave "
                       "up.",
                       NULL);
}

static char *connection_unknown(const struct finding *finding)
{
    char connections[TEXT_FORMAT_SIZE];
    return g_strconcat(
        "The ", sender_word(finding->side), " answered data at once with a reset in ",
        format_digits(connections, finding->connections), " connection",
        plural(finding->connections),
        ": it no longer knows the connection (rebooted, or an idle time-out of a NAT "
        "or load balancer).",
        NULL);
}

static char *peer_gone(const struct finding *finding)
{
    char probes[TEXT_FORMAT_SIZE], silence[TEXT_FORMAT_SIZE], connections[TEXT_FORMAT_SIZE];
    return g_strconcat("The ", sender_word(finding->side), " did not answer ",
                       digits(finding, PEER_GONE_PROBES, probes), " keep-alive",
                       plural(number(finding, PEER_GONE_PROBES)), " in ",
                       format_digits(connections, finding->connections), " connection",
                       plural(finding->connections), " after up to ",
                       span(finding, PEER_GONE_SILENCE, silence), " of silence: it is gone.", NULL);
}

static char *injected_data(const struct finding *finding)
{
    char count[TEXT_FORMAT_SIZE];
    return g_strconcat(format_digits(count, finding->count), " data segment",
                       plural(finding->count), finding->count == 1 ? " does" : " do",
                       " not fit the ", sender_word(finding->side),
                       finding->count == 1 ? " in whose name it comes" : " in whose name they come",
                       " (hop limit, and identification or sequence number): somebody else sent ",
                       finding->count == 1 ? "it." : "them.", NULL);
}

static char *sequence_rewritten(const struct finding *finding)
{
    char count[TEXT_FORMAT_SIZE];
    return g_strconcat("The SACK ranges of ", format_digits(count, finding->count), " segment",
                       plural(finding->count), " for data from ", direction_words(finding->side),
                       " are of another numbering: a firewall on the way renumbers and forgets the "
                       "SACK options.",
                       NULL);
}

static char *icmp_error(const struct finding *finding)
{
    char connections[TEXT_FORMAT_SIZE];
    return g_strconcat(
        "ICMP errors quote ", format_digits(connections, finding->connections), " connection",
        plural(finding->connections), finding->detail != NULL ? " (" : "",
        finding->detail != NULL ? finding->detail : "", finding->detail != NULL ? ")." : ".", NULL);
}

static char *offload_capture(const struct finding *finding)
{
    char count[TEXT_FORMAT_SIZE];
    return g_strconcat(format_digits(count, finding->count), " data segment",
                       plural(finding->count), finding->count == 1 ? " is" : " are",
                       " longer than the MSS: captured on an end host, before the network card cut "
                       "or after it merged them. Packet counts are not those of the wire.",
                       NULL);
}

/* --- all --- */

/* Without a default, so that the compiler tells whose sentence is missing. */
static char *text_of(const struct finding *finding)
{
    switch (finding->id) {
    case FINDING_FORGED_RESET:
        return forged_reset(finding);
    case FINDING_INJECTED_DATA:
        return injected_data(finding);
    case FINDING_SEQUENCE_REWRITTEN:
        return sequence_rewritten(finding);
    case FINDING_REPLY_FROM_OTHER_ADDRESS:
        return other_address(finding);
    case FINDING_LISTEN_QUEUE_FULL:
        return listen_queue_full(finding);
    case FINDING_STALE_CONNECTION:
        return stale_connection(finding);
    case FINDING_HANDSHAKE_REJECTED:
        return handshake_rejected(finding);
    case FINDING_CONNECTION_UNKNOWN:
        return connection_unknown(finding);
    case FINDING_PEER_GONE:
        return peer_gone(finding);
    case FINDING_ICMP_ERROR:
        return icmp_error(finding);
    case FINDING_OFFLOAD_CAPTURE:
        return offload_capture(finding);
    case FINDING_PATH_MTU_BLACKHOLE:
        return blackhole(finding);
    case FINDING_RETRIES_EXHAUSTED:
        return retries(finding);
    case FINDING_NO_RESPONSE:
        return no_response(finding);
    case FINDING_CONNECTION_REFUSED:
        return refused(finding);
    case FINDING_HANDSHAKE_INCOMPLETE:
        return incomplete(finding);
    case FINDING_SCAN:
        return scan(finding);
    case FINDING_ONE_WAY_TRAFFIC:
        return one_way(finding);
    case FINDING_CAPTURE_LOSS:
        return capture_loss(finding);
    case FINDING_RESET_BY_SERVER:
        return abort_by(finding, "server");
    case FINDING_RESET_BY_CLIENT:
        return abort_by(finding, "client");
    case FINDING_LOSS_CLIENT_TO_SERVER:
    case FINDING_LOSS_SERVER_TO_CLIENT:
        return loss(finding);
    case FINDING_ZERO_WINDOW:
        return zero_window(finding);
    case FINDING_SLOW_HANDSHAKE:
        return slow_handshake(finding);
    case FINDING_SLOW_SERVER:
        return slow_server(finding);
    case FINDING_DUPLICATE_CAPTURE:
        return duplicate_capture(finding);
    case FINDING_SYN_RETRIED:
        return syn_retried(finding);
    case FINDING_SPURIOUS_RETRANSMISSIONS:
        return spurious(finding);
    case FINDING_WINDOW_LIMITED:
        return window_limited(finding);
    case FINDING_SLOW_CLIENT:
        return slow_client(finding);
    case FINDING_ROLE_GUESSED:
        return role_guessed(finding);
    case FINDING_ANALYSIS_OFF:
        return analysis_off();
    case FINDING_RESET_AFTER_CLOSE:
        return reset_after_close(finding);
    case FINDING_COUNT:
        break;
    }
    g_return_val_if_reached(NULL);
}

char *sentence_of(const struct finding *finding)
{
    char *text = text_of(finding);
    if (!finding->is_cut)
        return text;
    char *whole = g_strconcat(text, " The display filter shows only the first of them.", NULL);
    g_free(text);
    return whole;
}
