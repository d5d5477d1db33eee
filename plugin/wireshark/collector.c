/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "wireshark/compat.h"

#include "wireshark/collector.h"
#include "connection/duplicate_frame.h"
#include "wireshark/name_lookup.h"
#include "wireshark/tap_input.h"
#include "connection/trouble.h"

#include <epan/epan.h>
#include <epan/tap.h>

struct collector {
    struct options *options;
    struct flow_table *flows;
    struct turnaround_log turnarounds;
    struct trouble_store *troubles;
    GArray
        *seen; /* uint32_t: segments of each stream, filtered out or not; NULL without a filter */
    struct duplicate_filter *duplicates; /* NULL until the first segment */
    struct ip_facts ip;
    struct collector_owner owner;
    unsigned listeners; /* beside the first one */
    struct report_source source;
    struct options shown; /* of the report: owns nothing */
    uint64_t segments;    /* since the last reset */
};

/* A power of two: some tens of times a second. */
#define SEGMENTS_BETWEEN_PROGRESS 4096

static void collector_clear(struct collector *collector)
{
    flow_table_free(collector->flows);
    trouble_store_free(collector->troubles);
    g_free(collector->turnarounds.all);
    collector->turnarounds = (struct turnaround_log){0};
    if (collector->seen != NULL)
        g_array_set_size(collector->seen, 0);
    duplicate_filter_free(collector->duplicates);
    collector->troubles = trouble_store_new();
    collector->flows = flow_table_new();
    collector->duplicates = NULL;
    collector->ip = (struct ip_facts){0};
    collector->segments = 0;
}

static void collector_free(struct collector *collector)
{
    flow_table_free(collector->flows);
    trouble_store_free(collector->troubles);
    g_free(collector->turnarounds.all);
    if (collector->seen != NULL)
        g_array_free(collector->seen, TRUE);
    duplicate_filter_free(collector->duplicates);
    options_free(collector->options);
    g_free(collector);
}

/* --- taps --- */

static tap_packet_status on_ip4(void *data, packet_info *pinfo, epan_dissect_t *edt,
                                const void *tap_data, tap_flags_t flags)
{
    (void)edt;
    (void)flags;
    struct collector *collector = data;
    tap_input_ip4(&collector->ip, pinfo, tap_data);
    return TAP_PACKET_DONT_REDRAW;
}

static tap_packet_status on_ip6(void *data, packet_info *pinfo, epan_dissect_t *edt,
                                const void *tap_data, tap_flags_t flags)
{
    (void)edt;
    (void)flags;
    struct collector *collector = data;
    tap_input_ip6(&collector->ip, pinfo, tap_data);
    return TAP_PACKET_DONT_REDRAW;
}

static struct flow *begin_flow(struct collector *collector, const struct segment *segment)
{
    if (collector->duplicates == NULL)
        collector->duplicates = duplicate_filter_new();
    return flow_table_add(collector->flows, segment);
}

static void tell_progress(struct collector *collector)
{
    if (++collector->segments % SEGMENTS_BETWEEN_PROGRESS == 0)
        collector->owner.progress(collector->segments, collector->owner.data);
}

static void note_new_data(struct collector *collector, const struct flow *flow, enum end sender,
                          const struct segment *segment, const struct flow_change *change)
{
    trouble_note_turn(collector->troubles, flow, sender, segment, change);
    if (change->turnaround != TIME_NONE)
        turnaround_log_add(&collector->turnarounds,
                           turnaround_make(flow->number, sender, change->turnaround));
}

/* Inlining all that a segment goes through saves a tenth of its instructions. */
__attribute__((flatten)) static tap_packet_status
on_tcp(void *data, packet_info *pinfo, epan_dissect_t *edt, const void *tap_data, tap_flags_t flags)
{
    (void)edt;
    (void)flags;
    struct collector *collector = data;
    struct segment segment;
    tap_input_segment(&segment, &collector->ip, pinfo, tap_data);

    if (collector->owner.progress != NULL)
        tell_progress(collector);

    struct flow *flow = flow_table_find(collector->flows, segment.stream);
    if (flow == NULL || flow->ends[END_A].port == flow->ends[END_B].port)
        tap_input_ends(&segment, tap_data);
    if (flow == NULL)
        flow = begin_flow(collector, &segment);
    tap_input_analysis(&segment, flow, pinfo, tap_data);

    enum end sender = flow_sender(flow, &segment);
    segment.is_copy = duplicate_filter_check(collector->duplicates, &segment, sender == END_B);
    trouble_note(collector->troubles, flow, sender, &segment);
    struct flow_change change = flow_apply(flow, sender, &segment);
    if (change.went_on)
        trouble_note_handshake(collector->troubles, flow, sender, &segment, &change);
    if (change.has_new_data)
        note_new_data(collector, flow, sender, &segment, &change);
    return TAP_PACKET_REDRAW;
}

/* Listens beside a display filter, so that what that leaves out is not taken for missing. */
static tap_packet_status on_any_tcp(void *data, packet_info *pinfo, epan_dissect_t *edt,
                                    const void *tap_data, tap_flags_t flags)
{
    (void)pinfo;
    (void)edt;
    (void)flags;
    struct collector *collector = data;
    uint32_t stream = tap_input_stream(tap_data);
    if (stream >= collector->seen->len)
        g_array_set_size(collector->seen, stream + 1); /* cleared to 0 */
    g_array_index(collector->seen, uint32_t, stream)++;
    return TAP_PACKET_DONT_REDRAW;
}

static void on_reset(void *data)
{
    collector_clear(data);
}

/* --- the report --- */

/* Whether the display filter kept segments of @flow from the tap. */
static bool is_partial(const struct collector *collector, const struct flow *flow)
{
    uint64_t own = (uint64_t)flow_segments(flow, END_A) + flow_segments(flow, END_B);
    return collector->seen != NULL && flow->stream < collector->seen->len &&
           g_array_index(collector->seen, uint32_t, flow->stream) > own;
}

const struct options *collector_options(const struct collector *collector)
{
    return collector->options;
}

struct report *collector_report(struct collector *collector, enum output_format format)
{
    const struct options *options = collector->options;
    collector->shown = *options;
    collector->shown.format = format;
    collector->source = (struct report_source){
        .flows = collector->flows,
        .turnarounds = &collector->turnarounds,
        .evidence = trouble_store_evidence(collector->troubles),
        .untapped =
            options->filter == NULL ? collector->ip.untapped + collector->ip.expects_tcp : 0,
        .options = &collector->shown,
        .analysed = tap_input_analysis_is_on(),
        .address_text = name_lookup_address,
        .service_name = name_lookup_service,
        .port_knowledge = name_lookup_port_knowledge,
        .plugin_version = PLUGIN_VERSION,
        .wireshark_version = epan_get_version(),
    };
    for (size_t i = 0; i < flow_table_count(collector->flows); i++) {
        struct flow *flow = flow_table_at(collector->flows, i);
        flow->completeness = tap_input_completeness(flow);
        flow->is_partial = is_partial(collector, flow);
    }
    return report_new(&collector->source);
}

static void on_draw(void *data)
{
    struct collector *collector = data;
    collector->owner.draw(collector, collector->owner.data);
}

static void on_finish(void *data)
{
    struct collector *collector = data;
    struct collector_owner owner = collector->owner;
    collector_free(collector);
    if (owner.finish != NULL)
        owner.finish(owner.data);
}

/* --- listening --- */

/* Returns the message of what went wrong, or NULL. */
static char *listen_to(const char *tap, struct collector *collector, tap_packet_cb on_packet)
{
    GString *error = register_tap_listener(tap, collector, NULL, TL_REQUIRES_NOTHING, NULL,
                                           on_packet, NULL, NULL);
    if (error == NULL)
        collector->listeners++;
    return error != NULL ? g_string_free(error, FALSE) : NULL;
}

struct collector *collector_start(struct options *options, const struct collector_owner *owner,
                                  char **error)
{
    struct collector *collector = g_new0(struct collector, 1);
    collector->options = options;
    collector->owner = *owner;
    if (options->filter != NULL)
        collector->seen = g_array_new(FALSE, TRUE, sizeof(uint32_t));
    collector_clear(collector);

    GString *refusal = register_tap_listener("tcp", collector, options->filter, TL_REQUIRES_NOTHING,
                                             on_reset, on_tcp, on_draw, on_finish);
    if (refusal != NULL) {
        *error = g_string_free(refusal, FALSE);
        collector_free(collector);
        return NULL;
    }
    *error = listen_to("ip", collector, on_ip4);
    if (*error == NULL)
        *error = listen_to("ipv6", collector, on_ip6);
    if (*error == NULL && collector->seen != NULL)
        *error = listen_to("tcp", collector, on_any_tcp);
    if (*error == NULL)
        return collector;
    collector_stop(collector);
    return NULL;
}

void collector_stop(struct collector *collector)
{
    /* Wireshark removes one listener at a time, the one registered first last: its end is ours. */
    for (unsigned left = collector->listeners; left > 0; left--)
        remove_tap_listener(collector);
    remove_tap_listener(collector);
}
