/* All that differs between Wireshark's versions, and the reader of its TCP tap data's headers.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef TFA_COMPAT_H
#define TFA_COMPAT_H

#include <wireshark.h>
#include <ws_version.h>

#include <epan/conversation.h>
#include <epan/dissectors/packet-tcp.h>
#include <epan/packet_info.h>
#include <epan/prefs.h>
#include <epan/stat_tap_ui.h>

#define WIRESHARK_AT_LEAST(major, minor)                                                           \
    (WIRESHARK_VERSION_MAJOR > (major) ||                                                          \
     (WIRESHARK_VERSION_MAJOR == (major) && WIRESHARK_VERSION_MINOR >= (minor)))

/* What a stat_tap_init_cb returns: nothing up to 4.4, and whether it succeeded from 4.6 on. */
#if WIRESHARK_AT_LEAST(4, 6)
#define STAT_TAP_INIT_RESULT bool
#define STAT_TAP_INIT_DONE   return true
#else
#define STAT_TAP_INIT_RESULT void
#define STAT_TAP_INIT_DONE   return
#endif

/* What a funnel_bt_cb_t and a heur_dissector_t return. */
#if WIRESHARK_AT_LEAST(4, 4)
#define FUNNEL_BUTTON_RESULT bool
#define HEURISTIC_RESULT     bool
#else
#define FUNNEL_BUTTON_RESULT gboolean
#define HEURISTIC_RESULT     gboolean
#endif

/* What a preference that is on or off is. */
#if WIRESHARK_AT_LEAST(4, 4)
#define PREFERENCE_BOOL bool
#else
#define PREFERENCE_BOOL gboolean
#endif

/* Whether Wireshark keeps selective acknowledgments only if it tracks bytes in flight. It needs
 * them to recognise a fast retransmission. */
#define SACK_NEEDS_BYTES_IN_FLIGHT WIRESHARK_AT_LEAST(4, 4)

/* Whether the tap gets a segment whose options the snap length cut. */
#define TAPS_GET_CUT_OPTIONS WIRESHARK_AT_LEAST(4, 4)

/* Whether the user makes the interface or the VLAN part of conversations, beside the addresses. */
#if WIRESHARK_AT_LEAST(4, 4)
#define CONVERSATIONS_ARE_DEINTERLACED (prefs.conversation_deinterlacing_key != 0)
#else
#define CONVERSATIONS_ARE_DEINTERLACED false
#endif

/* The conversation of a TCP segment, or NULL. From 4.4 on, a preference can make the interface or
 * VLAN part of it. Only find_conversation_strat() knows that. */
static inline conversation_t *compat_find_conversation(packet_info *pinfo, const tcp_info_t *tcp)
{
    conversation_t *conversation = find_conversation(
        pinfo->num, &tcp->ip_src, &tcp->ip_dst, CONVERSATION_TCP, tcp->th_sport, tcp->th_dport, 0);
#if WIRESHARK_AT_LEAST(4, 6)
    if (conversation == NULL)
        conversation = find_conversation_strat(pinfo, CONVERSATION_TCP, 0, false);
#elif WIRESHARK_AT_LEAST(4, 4)
    if (conversation == NULL)
        conversation = find_conversation_strat(pinfo, CONVERSATION_TCP, 0);
#endif
    return conversation;
}

#endif
