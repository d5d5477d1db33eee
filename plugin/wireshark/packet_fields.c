/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "wireshark/compat.h"

#include "wireshark/packet_fields.h"

#include "base/text_format.h"
#include "base/words.h"
#include "settings/preference.h"
#include "wireshark/command_line.h"
#include "wireshark/name_lookup.h"
#include "wireshark/packet_knowledge.h"

#include <epan/expert.h>
#include <epan/packet.h>
#include <epan/proto.h>
#include <epan/tap.h>

static int own_protocol = -1;
/* Of a helper of the protocol. Wireshark notes a layer of each frame for a dissector of a protocol:
 * that takes longer than all the rest if nobody asks for the fields. */
static int postdissector_protocol = -1;

/* --- fields --- */

enum field {
    FIELD_DIRECTION,
    FIELD_CLIENT,
    FIELD_SERVER,
    FIELD_ROLE_EVIDENCE,
    FIELD_DUPLICATE,
    FIELD_FINDING,
    FIELD_SEVERITY,
    FIELD_SERVER_RESPONSE,
    FIELD_CLIENT_GAP,
    FIELD_HANDSHAKE_RTT,
    FIELD_LOST,
    FIELD_COUNT
};

static int fields[FIELD_COUNT];
static int tree_type = -1;
static expert_field experts[FINDING_COUNT];

#define ABBREVIATION(name) PREFERENCE_MODULE "." name
#define TEXT_FIELD(index, title, name, help)                                                       \
    {                                                                                              \
        &fields[index],                                                                            \
        {                                                                                          \
            title, ABBREVIATION(name), FT_STRING, BASE_NONE, NULL, 0, help, HFILL                  \
        }                                                                                          \
    }
#define TIME_FIELD(index, title, name, help)                                                       \
    {                                                                                              \
        &fields[index],                                                                            \
        {                                                                                          \
            title, ABBREVIATION(name), FT_RELATIVE_TIME, BASE_NONE, NULL, 0, help, HFILL           \
        }                                                                                          \
    }

static void register_fields(void)
{
    static hf_register_info list[] = {
        TEXT_FIELD(FIELD_DIRECTION, "Direction", "direction",
                   "\"client to server\" or \"server to client\""),
        TEXT_FIELD(FIELD_CLIENT, "Client", "client", "Address and port of the client"),
        TEXT_FIELD(FIELD_SERVER, "Server", "server", "Address and port of the server"),
        TEXT_FIELD(FIELD_ROLE_EVIDENCE, "Role evidence", "role_evidence",
                   "What told which end is the server: handshake, known, fan_in, port, fan_out or "
                   "guess"),
        {&fields[FIELD_DUPLICATE],
         {"Duplicate", ABBREVIATION("duplicate"), FT_BOOLEAN, BASE_NONE, NULL, 0,
          "The same transmission was captured before; only there if that is so", HFILL}},
        TEXT_FIELD(FIELD_FINDING, "Finding", "finding",
                   "A finding that this packet proves, by its id; once for each"),
        TEXT_FIELD(FIELD_SEVERITY, "Severity", "severity",
                   "Severity of the finding: error, warn, note or chat"),
        TIME_FIELD(FIELD_SERVER_RESPONSE, "Server response", "server_response",
                   "Time from the client's last data to this, the server's first"),
        TIME_FIELD(FIELD_CLIENT_GAP, "Client gap", "client_gap",
                   "Time from the server's last data to this, the client's first"),
        TIME_FIELD(FIELD_HANDSHAKE_RTT, "Handshake round trip", "handshake_rtt",
                   "Time from the SYN to this, the ACK of the SYN-ACK"),
        TEXT_FIELD(FIELD_LOST, "Lost", "lost",
                   "Where the data was lost that this segment sends again: before_capture_point or "
                   "after_capture_point"),
    };
    static int *trees[] = {&tree_type};
    G_STATIC_ASSERT(G_N_ELEMENTS(list) == FIELD_COUNT);
    proto_register_field_array(own_protocol, list, G_N_ELEMENTS(list));
    proto_register_subtree_array(trees, G_N_ELEMENTS(trees));
}

/* Wireshark's severities. */
static const int expert_severities[] = {
    [SEVERITY_CHAT] = PI_CHAT,
    [SEVERITY_NOTE] = PI_NOTE,
    [SEVERITY_WARN] = PI_WARN,
    [SEVERITY_ERROR] = PI_ERROR,
};

static void register_experts(void)
{
    static const ei_register_info template = {NULL, {NULL, PI_SEQUENCE, 0, NULL, EXPFILL}};
    static ei_register_info list[FINDING_COUNT];
    for (int i = 0; i < FINDING_COUNT; i++) {
        const struct finding_kind *kind = &finding_kinds[i];
        char *name = g_strconcat(ABBREVIATION("expert."), kind->id, NULL);
        list[i] = template;
        list[i].ids = &experts[i];
        list[i].eiinfo.name = g_intern_string(name);
        list[i].eiinfo.severity = expert_severities[kind->severity];
        list[i].eiinfo.summary = kind->title;
        g_free(name);
    }
    expert_register_field_array(expert_register_protocol(own_protocol), list, FINDING_COUNT);
}

/* --- who asks --- */

static header_field_info *own_info, *expert_info; /* Wireshark's, of the two protocols */
static int expert_tap = -1;

static int dissect(tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree, void *data);

/* Whether somebody wants to see the fields of this packet. Not who counts all protocols: these
 * packets are as they would be without this plugin. */
static bool is_asked(const packet_info *pinfo, const proto_tree *tree)
{
    if (tree != NULL && (PTREE_DATA(tree)->visible || own_info->ref_type != HF_REF_TYPE_NONE ||
                         (expert_info != NULL && expert_info->ref_type != HF_REF_TYPE_NONE)))
        return true;
    return pinfo->fd->visited && have_tap_listener(expert_tap);
}

static bool adds_fields; /* behind each frame */

/* A postdissector takes its time at each frame. So there is none before somebody asks. Wireshark
 * calls it at the end of a frame: of the one, too, in which this is called. */
static void add_fields_behind_frames(void)
{
    if (!adds_fields)
        register_postdissector(create_dissector_handle(dissect, postdissector_protocol));
    adds_fields = true;
}

/* Whether nobody sees the fields of packets that come for the first time: the display filter of
 * tshark -2 asks then, too, of frames that its read filter may leave out. */
static bool hides_first_pass;

static bool is_asked_behind(const packet_info *pinfo, const proto_tree *tree)
{
    if (!is_asked(pinfo, tree) || (hides_first_pass && !pinfo->fd->visited))
        return false;
    add_fields_behind_frames();
    return true;
}

static size_t arrives(packet_info *pinfo, tvbuff_t *header, const void *ip, bool is_tcp)
{
    tvbuff_t *frame = get_data_source_tvb(pinfo->data_src->data);
    const struct arriving arriving = {pinfo, header, frame, ip};
    return packet_knowledge_add(&arriving, is_tcp);
}

static struct frame_headers_user user = {
    .is_asked = is_asked_behind,
    .arrives = arrives,
    .dissected = packet_knowledge_dissected,
};

/* --- what a packet gets --- */

static void add_text(proto_tree *tree, enum field field, const char *text)
{
    proto_item_set_generated(proto_tree_add_string(tree, fields[field], NULL, 0, 0, text));
}

static void add_time(proto_tree *tree, enum field field, int64_t time)
{
    if (time == TIME_NONE)
        return;
    const nstime_t value = {(time_t)(time / NS_PER_SECOND), (int)(time % NS_PER_SECOND)};
    proto_item_set_generated(proto_tree_add_time(tree, fields[field], NULL, 0, 0, &value));
}

static const char *direction_text(const struct packet_fact *fact)
{
    return direction_words(direction_of(fact->sender, (enum end)fact->role.client));
}

/* Freed with the packet, as an exception may end what is done with it. */
static const char *label_of(packet_info *pinfo, const struct packet_fact *fact, enum end end)
{
    char *label = endpoint_safe_label(&fact->flow->ends[end], name_lookup_address, NULL, NULL);
    const char *copy = wmem_strdup(pinfo->pool, label);
    g_free(label);
    return copy;
}

static void add_ends(packet_info *pinfo, proto_tree *tree, proto_item *top,
                     const struct packet_fact *fact)
{
    enum end client = (enum end)fact->role.client;
    const char *server = label_of(pinfo, fact, end_peer(client));
    proto_item_append_text(top, "%s, %s", direction_text(fact), server);
    add_text(tree, FIELD_DIRECTION, direction_text(fact));
    add_text(tree, FIELD_CLIENT, label_of(pinfo, fact, client));
    add_text(tree, FIELD_SERVER, server);
    add_text(tree, FIELD_ROLE_EVIDENCE, role_basis_name((enum role_basis)fact->role.basis));
}

/* Wireshark takes the protocol that it names from the packet. */
static void add_expert(packet_info *pinfo, proto_item *item, enum finding_id id)
{
    const char *protocol = pinfo->current_proto;
    pinfo->current_proto = proto_get_protocol_short_name(find_protocol_by_id(own_protocol));
    expert_add_info(pinfo, item, &experts[id]);
    pinfo->current_proto = protocol;
}

/* In order of importance. */
static void add_findings(packet_info *pinfo, proto_tree *tree, proto_item *top,
                         const struct packet_fact *fact)
{
    const char *before = fact->flow != NULL ? ", proves " : "proves ";
    for (int id = 0; id < FINDING_COUNT; id++) {
        const struct finding_kind *kind = &finding_kinds[id];
        if ((fact->findings & finding_bit((enum finding_id)id)) == 0)
            continue;
        proto_item *item = proto_tree_add_string(tree, fields[FIELD_FINDING], NULL, 0, 0, kind->id);
        proto_item_set_generated(item);
        add_text(tree, FIELD_SEVERITY, severity_name(kind->severity));
        add_expert(pinfo, item, (enum finding_id)id);
        proto_item_append_text(top, "%s%s", before, kind->id);
        before = ", ";
    }
}

static void add_fact(packet_info *pinfo, proto_tree *tree, const struct packet_fact *fact)
{
    static const char *const places[] = {
        [LOSS_BEFORE_CAPTURE_POINT] = "before_capture_point",
        [LOSS_AFTER_CAPTURE_POINT] = "after_capture_point",
    };
    proto_item *top = proto_tree_add_protocol_format(tree, own_protocol, NULL, 0, 0,
                                                     "%s: ", proto_get_protocol_name(own_protocol));
    proto_tree *own = proto_item_add_subtree(top, tree_type);
    if (fact->flow != NULL)
        add_ends(pinfo, own, top, fact);
    if (fact->is_copy) {
        proto_item_set_generated(
            proto_tree_add_boolean(own, fields[FIELD_DUPLICATE], NULL, 0, 0, true));
        proto_item_append_text(top, ", captured before");
    }
    add_findings(pinfo, own, top, fact);
    add_time(own, FIELD_SERVER_RESPONSE, fact->server_response);
    add_time(own, FIELD_CLIENT_GAP, fact->client_gap);
    add_time(own, FIELD_HANDSHAKE_RTT, fact->handshake_rtt);
    if (fact->lost != LOSS_NONE)
        add_text(own, FIELD_LOST, places[fact->lost]);
}

static int dissect(tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree, void *data)
{
    (void)data;
    unsigned count;
    struct frame_header *headers = frame_headers_get(pinfo, &count);
    bool asked = count > 0 && is_asked(pinfo, tree);
    frame_headers_clear(); /* too many items in the tree end this with an exception */
    for (unsigned i = 0; asked && i < count; i++) {
        struct packet_fact fact;
        if (packet_knowledge_of(pinfo, &headers[i], &fact))
            add_fact(pinfo, tree, &fact);
    }
    return (int)tvb_captured_length(tvb);
}

/* --- on and off ---
 *
 * tshark reads most files only once, and nobody asks for the fields: then nothing may cost anything
 * for a packet, nor the registration of the fields for each start. It is told what to print before
 * it reads a packet: by its arguments, or by a preference that names a field (a column, a colouring
 * rule). Whoever names a field makes Wireshark ask whether somebody can register it. */

static bool is_on, is_needed; /* by the preference; by what the program does */

/* Wireshark registers its expert information after all protocols. */
static void find_expert(void)
{
    int protocol = proto_get_id_by_filter_name("_ws.expert");
    if (protocol >= 0)
        expert_info = proto_registrar_get_nth((unsigned)protocol);
    expert_tap = find_tap_id("expert");
}

static void begin_file(void)
{
    find_expert();
    packet_knowledge_clear();
    frame_headers_clear();
}

static void end_file(void)
{
    packet_knowledge_clear();
    frame_headers_free();
}

static void register_what_is_needed(void)
{
    static bool is_registered;
    if (is_registered)
        return;
    is_registered = true;
    postdissector_protocol = proto_register_protocol_in_name_only(
        "TCP Flow Asymmetry of a packet", "TCP Flow Asymmetry of a packet",
        PREFERENCE_MODULE "_packet", own_protocol, FT_PROTOCOL);
    frame_headers_register();
    register_fields();
    register_experts();
    own_info = proto_registrar_get_nth((unsigned)own_protocol);
    register_init_routine(begin_file);
    register_cleanup_routine(end_file);
}

static void switch_headers(void)
{
    if (is_on && is_needed)
        frame_headers_begin(&user);
    else
        frame_headers_end();
}

static void need(void)
{
    is_needed = true;
    register_what_is_needed();
}

/* Somebody has named a field. */
static void need_fields(const char *name)
{
    (void)name;
    need();
    switch_headers();
}

void packet_fields_register(int protocol)
{
    own_protocol = protocol;
    bool is_tshark = command_line_is_tshark();
    /* Their packets may be shown once more. */
    hides_first_pass =
        is_tshark && command_line_reads_twice() && !command_line_reads_by_own_fields();
    user.wants_all = !is_tshark || command_line_reads_twice();
    if (user.wants_all || command_line_prints_trees() || command_line_has(PREFERENCE_MODULE))
        need();
    else
        proto_register_prefix(PREFERENCE_MODULE, need_fields);
}

void packet_fields_switch(bool on)
{
    is_on = on;
    switch_headers();
}
