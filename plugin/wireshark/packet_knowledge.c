/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "wireshark/compat.h"

#include "wireshark/packet_knowledge.h"

#include "connection/port_use.h"
#include "report/report.h"
#include "wireshark/name_lookup.h"
#include "wireshark/tap_input.h"
#include "wireshark/tcp_header.h"

#include <epan/epan.h>

/* LIVE
 * While packets still come, what took a second to work out is kept for 20. They come if the latest
 * was captured just now, or if it is the one that is asked for, as where Wireshark reads a file
 * through a read filter. The first packets that are asked for after that may show what was kept. */
#define TIMES_KEPT 20
#define JUST_NOW_S 10

static struct arrival_log arrivals; /* that are in no capture yet */

/* What is gathered. */
static struct capture *capture; /* owned; NULL: nothing yet */
static uint64_t untapped;       /* TCP headers that Wireshark could not dissect */
static uint64_t gathered;       /* headers */
static int64_t latest_time_s;   /* since 1970, of the latest */

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
    gathered = untapped = 0;
    arrival_log_clear(&arrivals);
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

static const struct tcp_analysis *find_analysis(const struct arrival *arrival,
                                                const tcp_info_t *tcp)
{
    if (arrival->analysis != NULL)
        return arrival->analysis;
    return tap_input_analysis(find_conversation(arrival->frame, &tcp->ip_src, &tcp->ip_dst,
                                                CONVERSATION_TCP, tcp->th_sport, tcp->th_dport, 0));
}

static void add_segment(struct segment *segment)
{
    const struct flow *flow = capture_add(capture, segment);
    if (present.census != NULL)
        watch_segment(flow);
}

/* As in the collector: inlined, it takes a tenth less. */
__attribute__((flatten)) static void take_arrival(const struct arrival *arrival)
{
    struct icmp_error error;
    struct segment segment;
    tcp_info_t tcp;
    if (arrival_error(arrival, &error)) {
        capture_add_error(capture, &error);
        return;
    }
    const struct tcp_analysis *analysis = NULL;
    if (arrival_read(arrival, &tcp) && tcp_header_is_whole(arrival->captured, tcp.th_hlen))
        analysis = find_analysis(arrival, &tcp);
    if (analysis == NULL) {
        untapped += (arrival->marks & ARRIVAL_COUNTS) != 0;
        return;
    }
    tcp.th_stream = analysis->stream;
    arrival_segment(arrival, &tcp, &segment);
    segment.analysis = tap_input_marks(analysis, &segment);
    add_segment(&segment);
}

/* Makes segments of the arrivals, but of those of the latest frame if Wireshark has still to
 * dissect it. */
static void gather(bool but_latest)
{
    if (capture == NULL) {
        capture = capture_new(true);
        capture_keep_all_witnesses(capture);
    }
    arrival_log_take(&arrivals, but_latest, take_arrival);
}

size_t packet_knowledge_add(const struct arriving *arriving, bool is_tcp)
{
    if (arrival_log_is_full(&arrivals) && arrivals.frame != arriving->pinfo->num)
        gather(true);
    gathered++;
    latest_time_s = arriving->pinfo->abs_ts.secs;
    if (!is_tcp) {
        arrival_log_add_icmp(&arrivals, arriving);
        return 0;
    }
    size_t number = arrival_log_add_tcp(&arrivals, arriving);
    bool is_told_later = CONVERSATIONS_ARE_DEINTERLACED;
    return is_told_later ? number : 0;
}

void packet_knowledge_dissected(packet_info *pinfo, size_t number)
{
    struct arrival *arrival = arrival_log_at(&arrivals, number);
    tcp_info_t tcp;
    if (arrival_read(arrival, &tcp))
        arrival->analysis = tap_input_analysis(compat_find_conversation(pinfo, &tcp));
}

/* --- what all packets together say --- */

static void work_out(void)
{
    const struct report_source source = {
        .capture = capture,
        .untapped = untapped,
        .out_of_range = arrivals.out_of_range,
        .analysed = tap_input_analysis_is_on(),
        .port_knowledge = name_lookup_port_knowledge,
        .plugin_version = PLUGIN_VERSION,
        .wireshark_version = epan_get_version(),
    };
    struct request request;
    request_init(&request);
    struct report *report = report_new_findings(&source, &request);
    known.proofs = proof_index_new(report->findings);
    known.roles = report->roles;
    report->roles = NULL;
    known.flows = flow_table_count(capture->flows);
    known.gathered = gathered;
    report_free(report);
    request_clear(&request);
}

static bool is_live(void)
{
    return ABS(g_get_real_time() / G_USEC_PER_SEC - latest_time_s) < JUST_NOW_S;
}

static void refresh(uint32_t frame)
{
    if (known.proofs != NULL && known.gathered == gathered)
        return;
    int64_t begin = g_get_monotonic_time();
    bool is_coming = frame == arrivals.frame || is_live();
    if (known.proofs != NULL && begin < known.until && is_coming)
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

/* What a display filter sees of a segment, and its ends. */
static bool look_at(packet_info *pinfo, tcp_info_t *tcp, struct segment *segment)
{
    const struct tcp_analysis *analysis = tap_input_analysis(compat_find_conversation(pinfo, tcp));
    if (analysis == NULL)
        return false;
    tcp->th_stream = analysis->stream;
    tap_input_header(segment, tcp);
    tap_input_ends(segment, tcp);
    segment->frame = pinfo->num;
    segment->analysis = tap_input_marks(analysis, segment);
    return true;
}

bool packet_knowledge_of(packet_info *pinfo, struct frame_header *header, struct packet_fact *fact)
{
    struct segment segment;
    memset(fact, 0, sizeof *fact);
    gather(false);
    bool was_there = pinfo->fd->visited != 0;
    if (was_there)
        refresh(pinfo->num);
    if (!header->is_tcp)
        return fact_of_error(pinfo, fact);
    if (!header->is_found || !look_at(pinfo, &header->tcp, &segment))
        return false;
    fact->flow = capture_find(capture, segment.stream);
    if (fact->flow == NULL)
        return false;
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
