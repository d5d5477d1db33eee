/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "wireshark/compat.h"

#include "wireshark/announcer.h"

#define TABLE "tcp.port"

/* Whoever gives FTP more ports than these gets the others without this. */
#define MOST_PORTS 8

static dissector_table_t table;
static uint32_t ports[MOST_PORTS];
static unsigned port_count;

static void note_port(const char *name, ftenum_t type, void *port, void *entry, void *data)
{
    dissector_handle_t ftp = data;
    (void)name;
    (void)type;
    if (dtbl_entry_get_handle(entry) == ftp && port_count < MOST_PORTS)
        ports[port_count++] = GPOINTER_TO_UINT(port);
}

void announcer_begin(void)
{
    dissector_handle_t ftp = find_dissector("ftp");
    table = find_dissector_table(TABLE);
    port_count = 0;
    if (ftp != NULL && table != NULL)
        dissector_table_foreach(TABLE, note_port, ftp);
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

/* Of two such ports, Wireshark takes the lower one. */
void announcer_dissect(tvbuff_t *payload, packet_info *pinfo, proto_tree *tree)
{
    uint32_t low = MIN(pinfo->srcport, pinfo->destport),
             high = MAX(pinfo->srcport, pinfo->destport);
    if (is_port(low))
        dissector_try_uint_new(table, low, payload, pinfo, tree, TRUE, NULL);
    else if (is_port(high))
        dissector_try_uint_new(table, high, payload, pinfo, tree, TRUE, NULL);
}
