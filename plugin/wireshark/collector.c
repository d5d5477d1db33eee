/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "wireshark/compat.h"

#include "wireshark/collector.h"

#include "base/text_format.h"
#include "wireshark/link_layer.h"
#include "wireshark/name_lookup.h"
#include "wireshark/tap_input.h"

#include <epan/epan.h>
#include <epan/epan_dissect.h>
#include <epan/tap.h>

struct collector {
    struct options *options;
    struct capture *capture;
    struct tap_input input;
    GArray
        *seen; /* uint32_t: segments of each stream, filtered out or not; NULL without a filter */
    struct collector_owner owner;
    unsigned listeners;       /* beside the first one */
    uint64_t segments;        /* since the last reset */
    bool is_started;          /* the owner knows of it */
    bool has_failed;          /* nothing more is counted */
    int64_t open_interval;    /* the latest with traffic; INT64_MIN for none */
    int64_t closed_interval;  /* the latest of which the owner knows that it is over */
    struct flow_facts *facts; /* of the last report, owned */
    struct report_source source;
    struct request request; /* of the last report; what it points to is owned by options */
};

/* A power of two: some tens of times a second. */
#define SEGMENTS_BETWEEN_PROGRESS 4096

static void collector_clear(struct collector *collector)
{
    const struct request *request = &collector->options->request;
    capture_free(collector->capture);
    collector->capture = capture_new(true);
    if (request_has_intervals(request))
        capture_count_intervals(collector->capture, request->interval);
    tap_input_clear(&collector->input);
    if (collector->seen != NULL)
        g_array_set_size(collector->seen, 0);
    collector->segments = 0;
    collector->open_interval = collector->closed_interval = INT64_MIN;
    collector->has_failed = false;
}

static void collector_free(struct collector *collector)
{
    link_layer_leave(&collector->input);
    capture_free(collector->capture);
    tap_input_clear(&collector->input);
    if (collector->seen != NULL)
        g_array_free(collector->seen, TRUE);
    options_free(collector->options);
    g_free(collector->facts);
    g_free(collector);
}

/* --- taps --- */

static G_GNUC_NO_INLINE void note_icmp(struct collector *collector, const packet_info *pinfo,
                                       tvbuff_t *frame, const void *ip)
{
    struct icmp_error error;
    if (tap_input_error(&error, &collector->input.out_of_range, pinfo, frame, ip))
        capture_add_error(collector->capture, &error);
}

static tap_packet_status on_ip4(void *data, packet_info *pinfo, epan_dissect_t *edt,
                                const void *tap_data, tap_flags_t flags)
{
    (void)flags;
    struct collector *collector = data;
    if (G_UNLIKELY(tap_input_ip4(&collector->input, pinfo->num, tap_data)))
        note_icmp(collector, pinfo, edt->tvb, tap_data);
    return TAP_PACKET_DONT_REDRAW;
}

static tap_packet_status on_ip6(void *data, packet_info *pinfo, epan_dissect_t *edt,
                                const void *tap_data, tap_flags_t flags)
{
    (void)flags;
    struct collector *collector = data;
    if (G_UNLIKELY(tap_input_ip6(&collector->input, pinfo->num, tap_data)))
        note_icmp(collector, pinfo, edt->tvb, tap_data);
    return TAP_PACKET_DONT_REDRAW;
}

static void tell_progress(struct collector *collector)
{
    if (++collector->segments % SEGMENTS_BETWEEN_PROGRESS == 0)
        collector->owner.progress(collector->segments, collector->owner.data);
}

/* Inlining everything that handles a segment saves a tenth of its instructions. */
__attribute__((flatten)) static tap_packet_status
on_tcp(void *data, packet_info *pinfo, epan_dissect_t *edt, const void *tap_data, tap_flags_t flags)
{
    (void)flags;
    struct collector *collector = data;
    struct segment segment;
    tap_input_segment(&collector->input, &segment, pinfo, edt->tvb, tap_data);
    capture_add(collector->capture, &segment);
    if (collector->owner.progress != NULL)
        tell_progress(collector);
    return TAP_PACKET_REDRAW;
}

static void fail(struct collector *collector)
{
    collector->has_failed = true;
    if (collector->owner.fail == NULL)
        return;
    char width[TEXT_FORMAT_SIZE];
    char *message = g_strdup_printf(
        "the capture has more than %d million intervals of %s: give a longer one",
        MOST_INTERVALS / 1000000, format_span(width, collector->capture->intervals->width));
    collector->owner.fail(message, collector->owner.data);
    g_free(message);
}

/* In place of on_tcp(), which is to take nothing for it. */
static tap_packet_status on_tcp_in_interval(void *data, packet_info *pinfo, epan_dissect_t *edt,
                                            const void *tap_data, tap_flags_t flags)
{
    (void)flags;
    struct collector *collector = data;
    struct segment segment;
    if (collector->has_failed)
        return TAP_PACKET_DONT_REDRAW;
    tap_input_segment(&collector->input, &segment, pinfo, edt->tvb, tap_data);
    if (capture_add_in_interval(collector->capture, &segment) == NULL) {
        fail(collector);
        return TAP_PACKET_DONT_REDRAW;
    }
    if (collector->owner.progress != NULL)
        tell_progress(collector);
    return TAP_PACKET_REDRAW;
}

/* Listens beside a display filter, so that what that leaves out is taken neither for missing nor
 * for kept from the tap. */
static tap_packet_status on_any_tcp(void *data, packet_info *pinfo, epan_dissect_t *edt,
                                    const void *tap_data, tap_flags_t flags)
{
    (void)pinfo;
    (void)edt;
    (void)flags;
    struct collector *collector = data;
    uint32_t stream = tap_input_stream(tap_data);
    tap_input_note_tapped(&collector->input);
    if (stream >= collector->seen->len)
        g_array_set_size(collector->seen, stream + 1); /* cleared to 0 */
    g_array_index(collector->seen, uint32_t, stream)++;
    return TAP_PACKET_DONT_REDRAW;
}

static int64_t frame_time(const packet_info *pinfo)
{
    return CLAMP((int64_t)pinfo->abs_ts.secs, EARLIEST_SECOND, LATEST_SECOND) * NS_PER_SECOND +
           pinfo->abs_ts.nsecs;
}

static void follow_time(struct collector *collector, const struct interval_log *log, int64_t time)
{
    int64_t open = collector->open_interval;
    bool is_over = log->most > open || time >= interval_log_begins(log, (int32_t)open + 1);
    if (open > collector->closed_interval && is_over) {
        collector->closed_interval = open;
        collector->owner.interval_over(collector, (int32_t)open, collector->owner.data);
    }
    collector->open_interval = log->most;
}

/* Listens to all frames, so that an interval ends with the first of any protocol behind it. */
static tap_packet_status on_frame(void *data, packet_info *pinfo, epan_dissect_t *edt,
                                  const void *tap_data, tap_flags_t flags)
{
    (void)edt;
    (void)tap_data;
    (void)flags;
    struct collector *collector = data;
    const struct interval_log *log = collector->capture->intervals;
    if (!log->is_empty)
        follow_time(collector, log, frame_time(pinfo));
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

/* What Wireshark knows about each connection so far. */
static void gather_facts(struct collector *collector)
{
    const struct flow_table *flows = collector->capture->flows;
    size_t count = flow_table_count(flows);
    collector->facts = g_renew(struct flow_facts, collector->facts, count);
    for (size_t i = 0; i < count; i++) {
        const struct flow *flow = flow_table_at(flows, i);
        collector->facts[i] = (struct flow_facts){
            tap_input_completeness(&collector->input, flow->stream), is_partial(collector, flow)};
    }
}

static void prepare_report(struct collector *collector, enum output_format format)
{
    const struct options *options = collector->options;
    collector->source = (struct report_source){
        .capture = collector->capture,
        .facts = collector->facts,
        .untapped = tap_input_untapped(&collector->input),
        .out_of_range = collector->input.out_of_range,
        .analysed = tap_input_analysis_is_on(),
        .address_text = name_lookup_address,
        .service_name = name_lookup_service,
        .port_knowledge = name_lookup_port_knowledge,
        .plugin_version = PLUGIN_VERSION,
        .wireshark_version = epan_get_version(),
    };
    collector->request = options->request;
    collector->request.top = options_top(options, format);
    collector->request.most_connections = options_most_connections(format);
}

struct report *collector_report(struct collector *collector, enum output_format format)
{
    gather_facts(collector);
    prepare_report(collector, format);
    return report_new(&collector->source, &collector->request);
}

struct report *collector_counts(struct collector *collector, enum output_format format)
{
    prepare_report(collector, format);
    return report_new_counts(&collector->source, &collector->request);
}

static void on_draw(void *data)
{
    struct collector *collector = data;
    if (!collector->has_failed)
        collector->owner.draw(collector, collector->owner.data);
}

static void on_finish(void *data)
{
    struct collector *collector = data;
    struct collector_owner owner = collector->owner;
    bool is_known = collector->is_started;
    collector_free(collector);
    if (is_known && owner.finish != NULL)
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
    if (options->request.filter != NULL)
        collector->seen = g_array_new(FALSE, TRUE, sizeof(uint32_t));
    collector_clear(collector);
    link_layer_tell(&collector->input);

    tap_packet_cb count = request_has_intervals(&options->request) ? on_tcp_in_interval : on_tcp;
    GString *refusal =
        register_tap_listener("tcp", collector, options->request.filter, TL_REQUIRES_NOTHING,
                              on_reset, count, on_draw, on_finish);
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
    if (*error == NULL && owner->interval_over != NULL)
        *error = listen_to("frame", collector, on_frame);
    if (*error != NULL) {
        collector_stop(collector);
        return NULL;
    }
    collector->is_started = true;
    return collector;
}

void collector_stop(struct collector *collector)
{
    /* Wireshark removes one listener at a time, and the listener that was registered first last.
     * The collector ends with that one. */
    for (unsigned left = collector->listeners; left > 0; left--)
        remove_tap_listener(collector);
    remove_tap_listener(collector);
}
