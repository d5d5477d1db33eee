/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "wireshark/compat.h"

#include "wireshark/announcer.h"

/* Whoever gives FTP more ports than these gets the others without this. */
#define MOST_PORTS 8

/* With this begins the first message of either end, RFC 6143 section 7.1.1. Wireshark's dissector
 * takes small letters, too. */
static const char vnc_begin[] = "RFB ";
#define VNC_BEGIN_LENGTH (sizeof vnc_begin - 1)

static dissector_handle_t ftp;      /* NULL: this Wireshark has none */
static struct heur_dtbl_entry *vnc; /* likewise */
static dissector_table_t tcp_ports;
static uint32_t ports[MOST_PORTS];
static unsigned port_count;

static void note_port(const char *table, ftenum_t type, void *port, void *entry, void *data)
{
    (void)table;
    (void)type;
    (void)data;
    if (dtbl_entry_get_handle(entry) == ftp && port_count < MOST_PORTS)
        ports[port_count++] = GPOINTER_TO_UINT(port);
}

void announcer_begin(void)
{
    ftp = find_dissector("ftp");
    vnc = find_heur_dissector_by_unique_short_name("vnc_tcp");
    tcp_ports = find_dissector_table("tcp.port");
    port_count = 0;
    if (ftp != NULL)
        dissector_table_foreach("tcp.port", note_port, NULL);
}

static bool is_port(uint32_t port)
{
    for (unsigned i = 0; i < port_count; i++) {
        if (ports[i] == port)
            return true;
    }
    return false;
}

static bool is_vnc(const uint8_t *payload, uint32_t length)
{
    return length >= VNC_BEGIN_LENGTH && (payload[0] == 'R' || payload[0] == 'r') &&
           g_ascii_strncasecmp((const char *)payload, vnc_begin, VNC_BEGIN_LENGTH) == 0;
}

bool announcer_wants(uint32_t source, uint32_t destination, const uint8_t *payload, uint32_t length)
{
    return is_port(source) || is_port(destination) || G_UNLIKELY(is_vnc(payload, length));
}

/* Of two such ports, Wireshark takes the lower one. FTP is told which it is: that is the server's.
 */
static void dissect_ftp(tvbuff_t *payload, packet_info *pinfo, proto_tree *tree)
{
    uint32_t low = MIN(pinfo->srcport, pinfo->destport);
    uint32_t high = MAX(pinfo->srcport, pinfo->destport), outer = pinfo->match_uint;
    if (!is_port(low) && !is_port(high))
        return;
    pinfo->match_uint = is_port(low) ? low : high;
    call_dissector_only(ftp, payload, pinfo, tree, NULL);
    pinfo->match_uint = outer;
}

static bool is_registered(uint32_t port)
{
    return dissector_get_uint_handle(tcp_ports, port) != NULL;
}

/* Wireshark asks the dissectors of the ports first. Whether they would reject VNC is not tried
 * here: that would dissect something else. */
static void dissect_vnc(tvbuff_t *payload, packet_info *pinfo, proto_tree *tree)
{
    uint32_t length = tvb_captured_length(payload);
    if (vnc != NULL && vnc->enabled && is_vnc(tvb_get_ptr(payload, 0, (int)length), length) &&
        !is_registered(pinfo->srcport) && !is_registered(pinfo->destport))
        call_heur_dissector_direct(vnc, payload, pinfo, tree, NULL);
}

void announcer_dissect(tvbuff_t *payload, packet_info *pinfo, proto_tree *tree)
{
    dissect_ftp(payload, pinfo, tree);
    dissect_vnc(payload, pinfo, tree);
}
