/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "wireshark/compat.h"

#include "wireshark/announcer.h"

/* Whoever gives FTP more ports than these gets the others without this. */
#define MOST_PORTS 8

static dissector_handle_t ftp; /* NULL: this Wireshark has none */
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

bool announcer_has_port(uint32_t source, uint32_t destination)
{
    return is_port(source) || is_port(destination);
}

/* Of two such ports, Wireshark takes the lower one. FTP is told which it is: that is the server's.
 */
void announcer_dissect(tvbuff_t *payload, packet_info *pinfo, proto_tree *tree)
{
    uint32_t low = MIN(pinfo->srcport, pinfo->destport);
    uint32_t high = MAX(pinfo->srcport, pinfo->destport), outer = pinfo->match_uint;
    if (!is_port(low) && !is_port(high))
        return;
    pinfo->match_uint = is_port(low) ? low : high;
    call_dissector_only(ftp, payload, pinfo, tree, NULL);
    pinfo->match_uint = outer;
}
