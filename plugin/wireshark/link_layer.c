/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "wireshark/compat.h"

#include "wireshark/link_layer.h"

#include "base/network_order.h"
#include "base/plain_frame.h"
#include "wireshark/announcer.h"
#include "wireshark/command_line.h"

#include <epan/packet.h>
#include <epan/prefs-int.h>
#include <epan/proto.h>
#include <wiretap/wtap.h>

static dissector_handle_t tcp_dissector;
static bool verifies_checksums; /* of TCP */
static GPtrArray *inputs;       /* struct tap_input, not owned; NULL: none yet */

/* --- a frame --- */

/* Only the length of a frame check sequence is known to be none of the packet. */
static uint32_t check_sequence(enum link_type type, const union wtap_pseudo_header *header)
{
    bool may_have_one = type == LINK_ETHERNET && header != NULL;
    return may_have_one && header->eth.fcs_len > 0 ? (uint32_t)header->eth.fcs_len : 0;
}

static bool read_frame(struct plain_frame *plain, enum link_type type, tvbuff_t *tvb,
                       const packet_info *pinfo, const uint8_t **bytes)
{
    uint32_t behind = check_sequence(type, pinfo->pseudo_header);
    struct frame_bytes frame = {.captured = tvb_captured_length(tvb),
                                .length = tvb_reported_length(tvb)};
    if (frame.captured == 0 || frame.length < behind)
        return false;
    frame.length -= behind;
    frame.captured = MIN(frame.captured, frame.length);
    *bytes = frame.at = tvb_get_ptr(tvb, 0, (int)frame.captured);
    return plain_frame_read(plain, type, &frame);
}

static void set_addresses(packet_info *pinfo, const struct plain_frame *plain, const uint8_t *bytes)
{
    int type = plain->is_ip6 ? AT_IPv6 : AT_IPv4, length = plain->is_ip6 ? 16 : 4;
    set_address(&pinfo->net_src, type, length, bytes + plain->source_at);
    set_address(&pinfo->net_dst, type, length, bytes + plain->destination_at);
    copy_address_shallow(&pinfo->src, &pinfo->net_src);
    copy_address_shallow(&pinfo->dst, &pinfo->net_dst);
}

/* What TCP carries is shown to Wireshark only if it needs that. Otherwise it would look for
 * somebody to dissect it. */
static uint32_t shown_length(const struct plain_frame *plain, const uint8_t *bytes,
                             uint32_t captured)
{
    const uint8_t *tcp = bytes + plain->tcp_at;
    uint32_t length = MIN(plain->tcp_length, captured - plain->tcp_at), header = plain->tcp_header;
    bool is_wanted = verifies_checksums ||
                     announcer_wants(get16(tcp), get16(tcp + 2), tcp + header, length - header);
    return is_wanted ? length : header;
}

static void dissect_plain(const struct plain_frame *plain, const uint8_t *bytes, tvbuff_t *tvb,
                          packet_info *pinfo)
{
    for (guint i = 0; inputs != NULL && i < inputs->len; i++)
        tap_input_plain(g_ptr_array_index(inputs, i), pinfo->num, plain);
    set_addresses(pinfo, plain, bytes);
    uint32_t shown = shown_length(plain, bytes, tvb_captured_length(tvb));
    tvbuff_t *segment =
        tvb_new_subset_length_caplen(tvb, (int)plain->tcp_at, (int)shown, (int)plain->tcp_length);
    call_dissector_only(tcp_dissector, segment, pinfo, NULL, NULL);
}

/* A heuristic dissector may take the first frame: see is_harmless().
 * The frames that other dissectors find inside of one come here, too. */
#define FIRST_PLAIN_FRAME 2
#define LAYERS_ABOVE_LINK 1 /* "frame" */

static bool is_looked_at(const packet_info *pinfo, const proto_tree *tree)
{
    return tree != NULL || pinfo->cinfo != NULL || pinfo->num < FIRST_PLAIN_FRAME ||
           pinfo->curr_layer_num != LAYERS_ABOVE_LINK;
}

/* @usual: what Wireshark does with the frame otherwise. */
static int dissect(enum link_type type, dissector_handle_t usual, tvbuff_t *tvb, packet_info *pinfo,
                   proto_tree *tree, void *data)
{
    struct plain_frame plain;
    const uint8_t *bytes;
    if (is_looked_at(pinfo, tree) || !read_frame(&plain, type, tvb, pinfo, &bytes))
        return call_dissector_only(usual, tvb, pinfo, tree, data);
    dissect_plain(&plain, bytes, tvb, pinfo);
    return (int)tvb_captured_length(tvb);
}

/* A dissector is not told for which number of a table it is called. */
#define DISSECTOR_OF(name, type)                                                                   \
    static dissector_handle_t name##_usual;                                                        \
    static int name(tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree, void *data)               \
    {                                                                                              \
        return dissect(type, name##_usual, tvb, pinfo, tree, data);                                \
    }

DISSECTOR_OF(dissect_ethernet, LINK_ETHERNET)
DISSECTOR_OF(dissect_cooked, LINK_COOKED)
DISSECTOR_OF(dissect_cooked_2, LINK_COOKED_2)
DISSECTOR_OF(dissect_raw, LINK_RAW)
DISSECTOR_OF(dissect_raw_ip4, LINK_RAW_IP4)
DISSECTOR_OF(dissect_raw_ip6, LINK_RAW_IP6)
DISSECTOR_OF(dissect_null, LINK_NULL)
DISSECTOR_OF(dissect_loop, LINK_LOOP)

static const struct {
    int encapsulation;
    const char *protocol; /* that Wireshark dissects it as */
    dissector_t own;
    dissector_handle_t *usual;
} links[] = {
    {WTAP_ENCAP_ETHERNET, "eth", dissect_ethernet, &dissect_ethernet_usual},
    {WTAP_ENCAP_SLL, "sll", dissect_cooked, &dissect_cooked_usual},
    {WTAP_ENCAP_SLL2, "sll", dissect_cooked_2, &dissect_cooked_2_usual},
    {WTAP_ENCAP_RAW_IP, "raw", dissect_raw, &dissect_raw_usual},
    {WTAP_ENCAP_RAW_IP4, "ip", dissect_raw_ip4, &dissect_raw_ip4_usual},
    {WTAP_ENCAP_RAW_IP6, "ipv6", dissect_raw_ip6, &dissect_raw_ip6_usual},
    {WTAP_ENCAP_NULL, "null", dissect_null, &dissect_null_usual},
    {WTAP_ENCAP_LOOP, "null", dissect_loop, &dissect_loop_usual},
};

/* --- whether nothing else would be done --- */

static const char *protocol_of(dissector_handle_t handle)
{
    return proto_get_protocol_filter_name(dissector_handle_get_protocol_index(handle));
}

static bool is_enabled(dissector_handle_t handle)
{
    return proto_is_protocol_enabled(
        find_protocol_by_id(dissector_handle_get_protocol_index(handle)));
}

/* Whether Wireshark dissects @number of the table as one of these protocols, which nobody has
 * disabled. @other may be NULL. */
static bool is_dissected_as(const char *table, uint32_t number, const char *protocol,
                            const char *other)
{
    dissector_handle_t handle = dissector_get_uint_handle(find_dissector_table(table), number);
    if (handle == NULL || !is_enabled(handle))
        return false;
    const char *name = protocol_of(handle);
    return strcmp(name, protocol) == 0 || (other != NULL && strcmp(name, other) == 0);
}

static bool are_layers_usual(void)
{
    static const struct {
        const char *table;
        uint32_t number;
        const char *protocol, *other;
    } layers[] = {
        {"ethertype", 0x0800, "ip", NULL},
        {"ethertype", 0x86DD, "ipv6", NULL},
        {"ethertype", 0x8100, "vlan", NULL},
        {"ethertype", 0x88A8, "ieee8021ad", "vlan"},
        {"null.type", 2, "ip", NULL},
        {"null.type", 24, "ipv6", NULL},
        {"null.type", 28, "ipv6", NULL},
        {"null.type", 30, "ipv6", NULL},
        {"ip.proto", 6, "tcp", "tcp_asymmetry_tcp"}, /* frame_headers, which calls the other */
    };
    for (size_t i = 0; i < G_N_ELEMENTS(layers); i++) {
        if (!is_dissected_as(layers[i].table, layers[i].number, layers[i].protocol,
                             layers[i].other))
            return false;
    }
    return true;
}

static bool is_default(const char *module_name, const char *name)
{
    module_t *module = prefs_find_module(module_name);
    pref_t *preference = module != NULL ? prefs_find_preference(module, name) : NULL;
    return preference == NULL || prefs_pref_is_default(preference);
}

/* Those that decide where a packet begins or ends, or who dissects it. */
static bool are_preferences_usual(void)
{
    return is_default("eth", "fcs") && is_default("eth", "trailer_length") &&
           is_default("eth", "interpret_as_fw1_monitor") && is_default("eth", "deduplicate_dmac") &&
           is_default("ip", "try_heuristic_first") && is_default("ipv6", "try_heuristic_first") &&
           !CONVERSATIONS_ARE_DEINTERLACED;
}

/* Wireshark shows each Ethernet frame to these before anything else. "f5fileinfo" knows the first
 * frame of a file by its beginning, "fp_eth" a type that is none of a plain frame, and "tte_eth"
 * only shows an address in another way. */
static bool is_harmless(const struct heur_dtbl_entry *entry)
{
    static const char *const names[] = {"f5fileinfo", "fp_eth", "tte_eth", NULL};
    return g_strv_contains(names, entry->short_name);
}

static void look_at_heuristic(const char *table, struct heur_dtbl_entry *entry, void *data)
{
    (void)table;
    bool *are_harmless = data;
    if (entry->enabled && !is_harmless(entry))
        *are_harmless = false;
}

static bool are_heuristics_harmless(void)
{
    bool are_harmless = true;
    heur_dissector_table_foreach("eth", look_at_heuristic, &are_harmless);
    return are_harmless;
}

static bool may_begin(void)
{
    return tcp_dissector != NULL && !command_line_reads_twice() &&
           !command_line_has_other_statistic() && are_layers_usual() && are_preferences_usual() &&
           are_heuristics_harmless();
}

/* --- standing before --- */

static bool is_on(const char *name)
{
    module_t *tcp = prefs_find_module("tcp");
    pref_t *preference = tcp != NULL ? prefs_find_preference(tcp, name) : NULL;
    return preference == NULL || prefs_get_bool_value(preference, pref_current);
}

void link_layer_begin(void)
{
    tcp_dissector = find_dissector("tcp");
    if (!may_begin())
        return;
    verifies_checksums = is_on("check_checksum");
    dissector_table_t table = find_dissector_table("wtap_encap");
    for (size_t i = 0; i < G_N_ELEMENTS(links); i++) {
        uint32_t number = (uint32_t)links[i].encapsulation;
        if (!is_dissected_as("wtap_encap", number, links[i].protocol, NULL))
            continue;
        *links[i].usual = dissector_get_uint_handle(table, number);
        dissector_add_uint("wtap_encap", number, create_dissector_handle(links[i].own, -1));
    }
}

void link_layer_tell(struct tap_input *input)
{
    if (inputs == NULL)
        inputs = g_ptr_array_new();
    g_ptr_array_add(inputs, input);
}

void link_layer_leave(struct tap_input *input)
{
    if (inputs != NULL)
        g_ptr_array_remove(inputs, input);
}
