/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "finding/finding.h"

const struct finding_kind finding_kinds[FINDING_COUNT] = {
    [FINDING_FORGED_RESET] = {"forged_reset", SEVERITY_ERROR, SIDE_BY,
                              "Reset that does not come from the end in whose name it was sent"},
    [FINDING_INJECTED_DATA] = {"injected_data", SEVERITY_ERROR, SIDE_BY,
                               "Data that does not come from the end in whose name it was sent"},
    [FINDING_SEQUENCE_REWRITTEN] =
        {"sequence_rewritten", SEVERITY_ERROR, SIDE_DIRECTION,
         "SACK ranges that do not fit: a box renumbers sequence numbers"},
    [FINDING_REPLY_FROM_OTHER_ADDRESS] = {"reply_from_other_address", SEVERITY_ERROR, SIDE_BY,
                                          "Answered by another address than was asked"},
    [FINDING_LISTEN_QUEUE_FULL] =
        {"listen_queue_full", SEVERITY_ERROR, SIDE_BY,
         "Ignored, though the port serves others: its accept queue is full"},
    [FINDING_PATH_MTU_BLACKHOLE] = {"path_mtu_blackhole", SEVERITY_ERROR, SIDE_BY,
                                    "Large segments do not arrive, though small ones do"},
    [FINDING_RETRIES_EXHAUSTED] = {"retries_exhausted", SEVERITY_ERROR, SIDE_BY,
                                   "Sent again and again without an answer"},
    [FINDING_STALE_CONNECTION] = {"stale_connection", SEVERITY_WARN, SIDE_BY,
                                  "SYN answered for an older connection"},
    [FINDING_NO_RESPONSE] = {"no_response", SEVERITY_WARN, SIDE_NONE,
                             "Connection attempt without any answer"},
    [FINDING_CONNECTION_REFUSED] = {"connection_refused", SEVERITY_WARN, SIDE_BY,
                                    "Connection refused"},
    [FINDING_HANDSHAKE_INCOMPLETE] = {"handshake_incomplete", SEVERITY_WARN, SIDE_BY,
                                      "The client never answered the SYN-ACK"},
    [FINDING_HANDSHAKE_REJECTED] = {"handshake_rejected", SEVERITY_WARN, SIDE_BY,
                                    "The client answered the SYN-ACK with a reset"},
    [FINDING_SCAN] = {"scan", SEVERITY_WARN, SIDE_BY, "Part of a scan"},
    [FINDING_ONE_WAY_TRAFFIC] = {"one_way_traffic", SEVERITY_WARN, SIDE_DIRECTION,
                                 "The data of the other direction was not captured"},
    [FINDING_CAPTURE_LOSS] = {"capture_loss", SEVERITY_WARN, SIDE_DIRECTION,
                              "The file lacks segments before this"},
    [FINDING_PEER_GONE] = {"peer_gone", SEVERITY_WARN, SIDE_BY, "Keep-alives without an answer"},
    [FINDING_CONNECTION_UNKNOWN] = {"connection_unknown", SEVERITY_WARN, SIDE_BY,
                                    "Reset by an end that no longer knows the connection"},
    [FINDING_RESET_BY_SERVER] = {"reset_by_server", SEVERITY_WARN, SIDE_NONE,
                                 "Connection reset by the server"},
    [FINDING_RESET_BY_CLIENT] = {"reset_by_client", SEVERITY_WARN, SIDE_NONE,
                                 "Connection reset by the client"},
    [FINDING_LOSS_CLIENT_TO_SERVER] = {"loss_client_to_server", SEVERITY_WARN, SIDE_DIRECTION,
                                       "Lost from client to server, sent again"},
    [FINDING_LOSS_SERVER_TO_CLIENT] = {"loss_server_to_client", SEVERITY_WARN, SIDE_DIRECTION,
                                       "Lost from server to client, sent again"},
    [FINDING_ZERO_WINDOW] = {"zero_window", SEVERITY_WARN, SIDE_BY,
                             "The receiver keeps its window closed"},
    [FINDING_SLOW_HANDSHAKE] = {"slow_handshake", SEVERITY_WARN, SIDE_BY, "Slow handshake"},
    [FINDING_SLOW_SERVER] = {"slow_server", SEVERITY_WARN, SIDE_NONE, "The server answered slowly"},
    [FINDING_ICMP_ERROR] = {"icmp_error", SEVERITY_WARN, SIDE_NONE,
                            "ICMP error about this connection"},
    [FINDING_DUPLICATE_CAPTURE] = {"duplicate_capture", SEVERITY_NOTE, SIDE_NONE,
                                   "Captured more than once"},
    [FINDING_SYN_RETRIED] = {"syn_retried", SEVERITY_NOTE, SIDE_BY,
                             "SYN or SYN-ACK sent again before the connection was established"},
    [FINDING_SPURIOUS_RETRANSMISSIONS] = {"spurious_retransmissions", SEVERITY_NOTE, SIDE_DIRECTION,
                                          "Sent again though it had arrived"},
    [FINDING_WINDOW_LIMITED] = {"window_limited", SEVERITY_NOTE, SIDE_BY,
                                "The receiver's window limits the transfer"},
    [FINDING_OFFLOAD_CAPTURE] =
        {"offload_capture", SEVERITY_NOTE, SIDE_NONE,
         "Longer than a segment on the wire: captured before it was cut, or after it was merged"},
    [FINDING_SLOW_CLIENT] = {"slow_client", SEVERITY_NOTE, SIDE_NONE, "The client went on slowly"},
    [FINDING_ROLE_GUESSED] = {"role_guessed", SEVERITY_NOTE, SIDE_NONE,
                              "Which end is the server is a guess"},
    [FINDING_ANALYSIS_OFF] = {"analysis_off", SEVERITY_NOTE, SIDE_NONE,
                              "Analysis of sequence numbers is off"},
    [FINDING_RESET_AFTER_CLOSE] = {"reset_after_close", SEVERITY_CHAT, SIDE_BY,
                                   "Reset after the close"},
};

const char *severity_name(enum severity severity)
{
    static const char *const names[] = {"chat", "note", "warn", "error"};
    return names[severity];
}

void finding_free(gpointer data)
{
    struct finding *finding = data;
    g_free(finding->detail);
    g_free(finding->text);
    g_free(finding->filter);
    g_free(finding);
}

const struct finding *finding_headline(const GPtrArray *findings)
{
    if (findings->len == 0)
        return NULL;
    const struct finding *strongest = g_ptr_array_index(findings, 0);
    return finding_kinds[strongest->id].severity > SEVERITY_CHAT ? strongest : NULL;
}
