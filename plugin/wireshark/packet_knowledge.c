/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "wireshark/compat.h"

#include "wireshark/packet_knowledge.h"

#include "connection/port_use.h"
#include "report/report.h"
#include "wireshark/name_lookup.h"
#include "wireshark/tap_input.h"

#include <epan/dissectors/packet-ip.h>
#include <epan/epan.h>

/* LIVE
 * While packets still come, what took a second to work out is kept for 20. They come if the latest
 * was captured just now. The first packets that are asked for after that may show what was kept. */
#define TIMES_KEPT 20
#define JUST_NOW_S 10

/* What is gathered. */
static struct capture *capture; /* owned; NULL: nothing yet */
static struct tap_input input;
static uint64_t gathered;     /* headers */
static int64_t latest_time_s; /* since 1970, of the frame gathered last */

/* HELD
 * A frame that a read filter leaves out has the number of the next frame, and no program shows it.
 * So the segments of a frame are held until another one has come. Whether the last frame of a file
 * is left out, nobody can know. */
static struct {
    struct expected_segment latest; /* Wireshark may have still to see it */
    enum { LATEST_NONE, LATEST_EXPECTED, LATEST_KNOWN } state;
    GArray *earlier;  /* of struct segment: of the same frame, before `latest`; owned, or NULL */
    GArray *errors;   /* of struct icmp_error, in the same frame; owned, or NULL */
    uint32_t frame;   /* whose they are */
    int64_t position; /* of that in the file */
    unsigned layer;   /* of its first header */
} held;

static bool is_analysed; /* Wireshark's analysis is on, and addresses and ports tell connections */

/* What all packets together say. */
static struct {
    struct proof_index *proofs; /* owned; NULL: not worked out yet */
    struct role *roles;         /* of each flow, owned */
    size_t flows;
    uint64_t gathered; /* when it was worked out */
    int64_t until;     /* microseconds of GLib's monotonic clock: kept so long if live */
} known;

/* What the packets so far say of roles. */
struct watched_flow {
    uint8_t server; /* enum end, by handshake, or NO_END */
    uint8_t first_syn_ack;
    bool counts;
};

static struct {
    struct role_census *census; /* owned; NULL: nobody has asked */
    GArray *flows;              /* of struct watched_flow, owned */
} present;

static const struct role_hints hints = {.port_knowledge = name_lookup_port_knowledge};

static void forget_known(void)
{
    proof_index_free(known.proofs);
    g_free(known.roles);
    memset(&known, 0, sizeof known);
}

static void free_array(GArray **array)
{
    if (*array != NULL)
        g_array_free(*array, TRUE);
    *array = NULL;
}

void packet_knowledge_clear(void)
{
    forget_known();
    if (present.census != NULL) {
        role_census_free(present.census);
        g_array_free(present.flows, TRUE);
        present.census = NULL;
    }
    capture_free(capture);
    capture = NULL;
    tap_input_clear(&input);
    gathered = 0;
    held.state = LATEST_NONE;
    held.frame = 0;
    free_array(&held.earlier);
    free_array(&held.errors);
}

/* --- roles at present --- */

static void watch_flow(const struct flow *flow)
{
    struct watched_flow *watched = &g_array_index(present.flows, struct watched_flow, flow->number);
    uint8_t before = watched->server, now = role_server_by_handshake(flow);
    if (!watched->counts && port_use_counts(flow)) {
        watched->counts = true;
        role_census_add_flow(present.census, flow);
    }
    if (before != now || watched->first_syn_ack != flow->first_syn_ack)
        role_census_note_handshake(present.census, flow);
    watched->first_syn_ack = flow->first_syn_ack;
    if (before == now)
        return;
    watched->server = now;
    if (before != NO_END)
        role_census_remove_server(present.census, &flow->ends[before]);
    role_census_add_server(present.census, &flow->ends[now]);
}

static void watch_segment(const struct flow *flow)
{
    if (flow->number == present.flows->len) {
        struct watched_flow watched = {NO_END, NO_END, port_use_counts(flow)};
        g_array_append_val(present.flows, watched);
        role_census_add_flow(present.census, flow);
    }
    watch_flow(flow);
}

static void begin_watching(void)
{
    present.census = role_census_new(capture->flows, &hints);
    present.flows = g_array_new(FALSE, FALSE, sizeof(struct watched_flow));
    for (size_t i = 0; i < flow_table_count(capture->flows); i++) {
        const struct flow *flow = flow_table_at(capture->flows, i);
        struct watched_flow watched = {role_server_by_handshake(flow), flow->first_syn_ack,
                                       port_use_counts(flow)};
        g_array_append_val(present.flows, watched);
    }
}

static struct role present_role(const struct flow *flow)
{
    if (present.census == NULL)
        begin_watching();
    return role_decide(present.census, flow);
}

/* --- gathering --- */

static void add_segment(struct segment *segment)
{
    const struct flow *flow = capture_add(capture, segment);
    if (present.census != NULL)
        watch_segment(flow);
}

static guint count_of(const GArray *array)
{
    return array != NULL ? array->len : 0;
}

static void hold(GArray **array, const void *element, guint size)
{
    if (*array == NULL)
        *array = g_array_new(FALSE, FALSE, size);
    g_array_append_vals(*array, element, 1);
}

static void drop_held(void)
{
    held.state = LATEST_NONE;
    if (held.earlier != NULL)
        g_array_set_size(held.earlier, 0);
    if (held.errors != NULL)
        g_array_set_size(held.errors, 0);
}

static bool holds(void)
{
    return held.state != LATEST_NONE || count_of(held.earlier) > 0 || count_of(held.errors) > 0;
}

/* As in the collector: inlined, it takes a tenth less. */
__attribute__((flatten)) static void add_held(void)
{
    for (guint i = 0; i < count_of(held.errors); i++)
        capture_add_error(capture, &g_array_index(held.errors, struct icmp_error, i));
    for (guint i = 0; i < count_of(held.earlier); i++)
        add_segment(&g_array_index(held.earlier, struct segment, i));
    if (held.state == LATEST_KNOWN)
        add_segment(&held.latest.segment);
    drop_held();
}

/* Decides what becomes of what is held, when @header comes. It may be of another frame, of the same
 * one dissected once more, which begins at the same layer again, or a further one of the same. */
static void follow_frames(const packet_info *pinfo, const struct frame_header *header)
{
    bool is_other = held.frame != pinfo->num || held.position != pinfo->fd->file_off ||
                    header->layer <= held.layer;
    if (holds() && held.frame != pinfo->num)
        add_held();
    else if (is_other)
        drop_held();
    else if (held.state == LATEST_KNOWN)
        hold(&held.earlier, &held.latest.segment, sizeof held.latest.segment);
    held.state = LATEST_NONE;
    if (!is_other)
        return;
    held.frame = pinfo->num;
    held.position = pinfo->fd->file_off;
    held.layer = header->layer;
}

static void gather_ip(packet_info *pinfo, tvbuff_t *frame, const void *ip)
{
    struct icmp_error error;
    bool is_v4 = WS_IP4_PTR(ip) != NULL;
    if (is_v4 ? tap_input_ip4(&input, pinfo, frame, ip, &error)
              : tap_input_ip6(&input, pinfo, frame, ip, &error))
        hold(&held.errors, &error, sizeof error);
}

static void begin_gathering(packet_info *pinfo, tvbuff_t *frame, const struct frame_header *header)
{
    if (capture == NULL) {
        capture = capture_new(true);
        capture_keep_all_witnesses(capture);
        is_analysed = tap_input_analysis_is_on() && !CONVERSATIONS_ARE_DEINTERLACED;
    }
    follow_frames(pinfo, header);
    gathered++;
    latest_time_s = pinfo->abs_ts.secs;
    if (header->ip != NULL)
        gather_ip(pinfo, frame, header->ip);
}

static bool search_latest(void)
{
    const struct flow *flow = capture_find(capture, held.latest.segment.stream);
    if (flow == NULL)
        return false;
    enum end sender = flow_sender(flow, &held.latest.segment);
    return tap_input_search(&held.latest, &flow->ends[sender], &flow->ends[end_peer(sender)]);
}

void packet_knowledge_settle(void)
{
    if (held.state != LATEST_EXPECTED)
        return;
    bool is_known = tap_input_confirm(&held.latest) || search_latest();
    held.state = is_known ? LATEST_KNOWN : LATEST_NONE;
}

bool packet_knowledge_expect(packet_info *pinfo, tvbuff_t *frame, struct frame_header *header)
{
    if (!header->is_whole || pinfo->fd->visited)
        return false;
    begin_gathering(pinfo, frame, header);
    header->is_begun = true;
    if (!is_analysed ||
        !tap_input_expect(&input, &held.latest, capture->flows, pinfo, frame, &header->tcp))
        return false;
    held.state = LATEST_EXPECTED;
    return true;
}

void packet_knowledge_gather(packet_info *pinfo, tvbuff_t *frame, struct frame_header *header)
{
    if (!header->is_begun)
        begin_gathering(pinfo, frame, header);
    if (!header->is_tcp || !header->is_whole || !tap_input_complete(&input, pinfo, &header->tcp))
        return;
    struct segment segment;
    tap_input_segment(&input, &segment, pinfo, frame, &header->tcp);
    tap_input_ends(&segment, &header->tcp);
    hold(&held.earlier, &segment, sizeof segment);
}

/* --- what all packets together say --- */

static void work_out(void)
{
    size_t flows = flow_table_count(capture->flows);
    struct flow_facts *facts = g_new0(struct flow_facts, flows);
    for (size_t i = 0; i < flows; i++)
        facts[i].completeness =
            tap_input_completeness(&input, flow_table_at(capture->flows, i)->stream);
    const struct report_source source = {
        .capture = capture,
        .facts = facts,
        .untapped = tap_input_untapped(&input),
        .out_of_range = input.out_of_range,
        .analysed = tap_input_analysis_is_on(),
        .port_knowledge = name_lookup_port_knowledge,
        .plugin_version = PLUGIN_VERSION,
        .wireshark_version = epan_get_version(),
    };
    struct request request;
    request_init(&request);
    struct report *report = report_new(&source, &request);
    known.proofs = proof_index_new(report->findings);
    known.roles = report->roles;
    report->roles = NULL;
    known.flows = flows;
    known.gathered = gathered;
    report_free(report);
    request_clear(&request);
    g_free(facts);
}

static bool is_live(void)
{
    return ABS(g_get_real_time() / G_USEC_PER_SEC - latest_time_s) < JUST_NOW_S;
}

static void refresh(void)
{
    if (known.proofs != NULL && known.gathered == gathered)
        return;
    int64_t begin = g_get_monotonic_time();
    if (known.proofs != NULL && begin < known.until && is_live())
        return;
    forget_known();
    work_out();
    int64_t end = g_get_monotonic_time();
    known.until = end + (end - begin) * TIMES_KEPT;
}

/* --- one packet --- */

static void take_times(struct packet_fact *fact, uint32_t frame)
{
    const struct handshake *handshake = &fact->flow->handshake;
    int64_t elapsed;
    fact->server_response = fact->client_gap = fact->handshake_rtt = TIME_NONE;
    if (turnaround_log_find(&capture->turnarounds, frame, fact->flow->number, fact->sender,
                            &elapsed))
        *(fact->sender == fact->role.client ? &fact->client_gap : &fact->server_response) = elapsed;
    if (handshake->state == HANDSHAKE_COMPLETE && handshake->frame == frame &&
        handshake->client == fact->sender)
        fact->handshake_rtt = handshake->server_side + handshake->client_side;
}

static bool fact_of_error(packet_info *pinfo, struct packet_fact *fact)
{
    if (known.proofs != NULL)
        fact->findings = proof_index_of_frame(known.proofs, pinfo->num);
    fact->server_response = fact->client_gap = fact->handshake_rtt = TIME_NONE;
    return fact->findings != 0;
}

static struct shown_segment shown(const struct segment *segment)
{
    return (struct shown_segment){
        .frame = segment->frame,
        .sequence = segment->sequence,
        .flags = segment->flags,
        .length = segment->payload,
        .analysis = segment->analysis,
        .has_length = segment->has_length,
        .has_sack = segment->sack_ranges > 0,
    };
}

bool packet_knowledge_of(packet_info *pinfo, struct frame_header *header, struct packet_fact *fact)
{
    memset(fact, 0, sizeof *fact);
    packet_knowledge_settle();
    if (capture == NULL)
        return false;
    add_held();
    bool was_there = pinfo->fd->visited != 0;
    if (was_there)
        refresh();
    if (!header->is_tcp)
        return fact_of_error(pinfo, fact);
    if (!header->is_found || !tap_input_complete(&input, pinfo, &header->tcp))
        return false;
    fact->flow = capture_find(capture, header->tcp.th_stream);
    if (fact->flow == NULL)
        return false;
    struct segment segment;
    tap_input_look_at(&input, &segment, pinfo, &header->tcp);
    fact->sender = flow_sender(fact->flow, &segment);
    fact->role = was_there && fact->flow->number < known.flows ? known.roles[fact->flow->number]
                                                               : present_role(fact->flow);
    fact->is_copy = capture_is_copy(capture, pinfo->num, fact->flow->number);
    take_times(fact, pinfo->num);
    if (!was_there)
        return true;
    struct shown_segment what = shown(&segment);
    fact->findings = proof_index_of_segment(known.proofs, fact->flow->number, fact->sender, &what);
    fact->lost = proof_index_lost(known.proofs, fact->flow->number, pinfo->num);
    return true;
}
