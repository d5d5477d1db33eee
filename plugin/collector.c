/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "compat.h"

#include "collector.h"
#include "duplicate.h"
#include "names.h"
#include "output_file.h"
#include "render.h"
#include "tap_input.h"
#include "trouble.h"

#include <epan/epan.h>
#include <epan/prefs-int.h>
#include <epan/prefs.h>
#include <epan/tap.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define EXIT_WRITING_FAILED 2

struct collector {
    struct options *options;
    struct flow_table *flows;
    GArray *turnarounds; /* of struct turnaround */
    struct trouble_store *troubles;
    GArray
        *seen; /* uint32_t: segments of each stream, filtered out or not; NULL without a filter */
    struct duplicate_filter *duplicates; /* NULL until the first segment */
    struct ip_facts ip;
    bool writing_failed;
};

static void collector_clear(struct collector *collector)
{
    flow_table_free(collector->flows);
    trouble_store_free(collector->troubles);
    g_array_set_size(collector->turnarounds, 0);
    if (collector->seen != NULL)
        g_array_set_size(collector->seen, 0);
    duplicate_filter_free(collector->duplicates);
    collector->troubles = trouble_store_new();
    collector->flows = flow_table_new();
    collector->duplicates = NULL;
    collector->ip = (struct ip_facts){0};
}

static void collector_free(struct collector *collector)
{
    flow_table_free(collector->flows);
    trouble_store_free(collector->troubles);
    g_array_free(collector->turnarounds, TRUE);
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

static tap_packet_status on_tcp(void *data, packet_info *pinfo, epan_dissect_t *edt,
                                const void *tap_data, tap_flags_t flags)
{
    (void)edt;
    (void)flags;
    struct collector *collector = data;
    struct segment segment;
    tap_input_segment(&segment, &collector->ip, pinfo, tap_data);

    struct flow *flow = flow_table_find(collector->flows, segment.stream);
    if (flow == NULL || flow->ends[END_A].port == flow->ends[END_B].port)
        tap_input_ends(&segment, tap_data);
    if (flow == NULL)
        flow = flow_table_add(collector->flows, &segment);
    tap_input_analysis(&segment, flow, pinfo, tap_data);

    enum end sender = flow_sender(flow, &segment);
    if (collector->duplicates == NULL)
        collector->duplicates = duplicate_filter_new();
    segment.is_duplicate = duplicate_filter_check(collector->duplicates, &segment, sender == END_B);
    struct flow_marks before = flow_marks_of(flow);
    trouble_note(collector->troubles, flow, sender, &segment);
    int64_t elapsed = flow_apply(flow, sender, &segment);
    if (flow_marks_call_for_times(&before, flow, elapsed))
        trouble_note_times(collector->troubles, flow, sender, &segment, &before, elapsed);
    if (elapsed != TIME_NONE) {
        struct turnaround turnaround = turnaround_make(flow->number, sender, elapsed);
        g_array_append_val(collector->turnarounds, turnaround);
    }
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

static bool sequence_analysis_is_on(void)
{
    module_t *tcp = prefs_find_module("tcp");
    pref_t *preference =
        tcp != NULL ? prefs_find_preference(tcp, "analyze_sequence_numbers") : NULL;
    return preference == NULL || prefs_get_bool_value(preference, pref_current);
}

static struct render_settings settings_for(const struct options *options)
{
    struct winsize window;
    bool is_terminal = options->output_path == NULL && isatty(STDOUT_FILENO) &&
                       ioctl(STDOUT_FILENO, TIOCGWINSZ, &window) == 0;
    return (struct render_settings){
        .text_width = is_terminal ? window.ws_col : TEXT_DEFAULT_WIDTH,
        .unicode = !options->ascii && g_get_charset(NULL),
    };
}

/* Whether the display filter kept segments of @flow from the tap. */
static bool is_partial(const struct collector *collector, const struct flow *flow)
{
    uint64_t own = (uint64_t)flow_segments(flow, END_A) + flow_segments(flow, END_B);
    return collector->seen != NULL && flow->stream < collector->seen->len &&
           g_array_index(collector->seen, uint32_t, flow->stream) > own;
}

static char *write_report(const struct collector *collector)
{
    const struct options *options = collector->options;
    struct report_source source = {
        .flows = collector->flows,
        .turnarounds = collector->turnarounds,
        .evidence = trouble_store_evidence(collector->troubles),
        .untapped =
            options->filter == NULL ? collector->ip.untapped + collector->ip.expects_tcp : 0,
        .options = options,
        .analysed = sequence_analysis_is_on(),
        .address_text = names_address,
        .service_name = names_service,
        .port_knowledge = names_port_knowledge,
        .plugin_version = PLUGIN_VERSION,
        .wireshark_version = epan_get_version(),
    };
    struct render_settings settings = settings_for(options);
    char *error = NULL;
    struct output_file *output = output_file_open(options->output_path, &error);
    if (output == NULL)
        return error;
    for (size_t i = 0; i < flow_table_count(collector->flows); i++) {
        struct flow *flow = flow_table_at(collector->flows, i);
        flow->completeness = tap_input_completeness(flow);
        flow->is_partial = is_partial(collector, flow);
    }
    struct report *report = report_new(&source);
    render(options->format, report, &settings, output_file_stream(output));
    report_free(report);
    return output_file_close(output);
}

static void on_draw(void *data)
{
    struct collector *collector = data;
    char *error = write_report(collector);
    if (error != NULL) {
        fprintf(stderr, "tshark: -z " OPTIONS_COMMAND ": %s\n", error);
        collector->writing_failed = true;
        g_free(error);
    }
}

static void on_finish(void *data)
{
    struct collector *collector = data;
    bool failed = collector->writing_failed;
    collector_free(collector);
    if (failed)
        exit(EXIT_WRITING_FAILED);
}

/* Returns the message of what went wrong, or NULL. */
static char *listen_to(const char *tap, struct collector *collector, tap_packet_cb on_packet)
{
    GString *error = register_tap_listener(tap, collector, NULL, TL_REQUIRES_NOTHING, NULL,
                                           on_packet, NULL, NULL);
    return error != NULL ? g_string_free(error, FALSE) : NULL;
}

struct collector *collector_start(struct options *options, char **error)
{
    struct collector *collector = g_new0(struct collector, 1);
    collector->options = options;
    collector->turnarounds = g_array_new(FALSE, FALSE, sizeof(struct turnaround));
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
    return *error == NULL ? collector : NULL;
}
