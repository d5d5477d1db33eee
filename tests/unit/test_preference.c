/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "settings/preference.h"

#include "segments.h"
#include "settings/thresholds.h"

#define ALLOWED_IN_NAMES "abcdefghijklmnopqrstuvwxyz0123456789_"

static void restore(const struct preferences *before)
{
    preferences = *before;
}

/* --- the list --- */

static void defaults_are_in_range(void)
{
    for (size_t i = 0; i < preference_count; i++) {
        const struct preference *preference = &preference_list[i];
        g_assert_cmpuint(preference->least, <, preference->most);
        g_assert_cmpuint(*preference_value(preference), >=, preference->least);
        g_assert_cmpuint(*preference_value(preference), <=, preference->most);
        g_assert_null(preference_check(preference));
    }
}

/* Wireshark takes nothing else in a name. */
static void names_are_lower_case_and_unique(void)
{
    for (size_t i = 0; i < preference_count; i++) {
        const char *name = preference_list[i].name;
        g_assert_cmpuint(strlen(name), >, 0);
        g_assert_cmpuint(strspn(name, ALLOWED_IN_NAMES), ==, strlen(name));
        for (size_t j = 0; j < i; j++) {
            g_assert_cmpstr(name, !=, preference_list[j].name);
            g_assert_cmpstr(preference_list[i].title, !=, preference_list[j].title);
            g_assert_cmpuint(preference_list[i].offset, !=, preference_list[j].offset);
        }
    }
    g_assert_cmpuint(strspn(PREFERENCE_MODULE, ALLOWED_IN_NAMES), ==, strlen(PREFERENCE_MODULE));
}

static void help_is_a_sentence(void)
{
    for (size_t i = 0; i < preference_count; i++) {
        const char *help = preference_list[i].help;
        g_assert_true(g_ascii_isupper(help[0]));
        g_assert_true(g_str_has_suffix(help, "."));
        g_assert_null(strstr(help, ". "));
        g_assert_null(strstr(help, "  "));
        g_assert_null(strchr(help, '\n'));
        g_assert_true(g_ascii_isupper(preference_list[i].title[0]));
        g_assert_false(g_str_has_suffix(preference_list[i].title, "."));
    }
}

static void every_member_has_an_entry(void)
{
    g_assert_cmpuint(preference_count * sizeof(unsigned), ==, sizeof(struct preferences));
    for (size_t i = 0; i < preference_count; i++) {
        g_assert_cmpuint(preference_list[i].offset % sizeof(unsigned), ==, 0);
        g_assert_cmpuint(preference_list[i].offset, <, sizeof(struct preferences));
        g_assert_true((char *)preference_value(&preference_list[i]) ==
                      (char *)&preferences + preference_list[i].offset);
    }
}

/* --- values out of range --- */

static void assert_reset(const struct preference *preference, unsigned given)
{
    unsigned *value = preference_value(preference), usual = *value;
    *value = given;
    char *message = preference_check(preference);
    char *expected = g_strdup_printf(
        "The preference tcp_asymmetry.%s must be from %u to %u, not %u; %u is used.",
        preference->name, preference->least, preference->most, given, usual);
    g_assert_cmpstr(message, ==, expected);
    g_assert_cmpuint(*value, ==, usual);
    g_assert_null(preference_check(preference));
    g_free(expected);
    g_free(message);
}

static void value_out_of_range_becomes_the_default(void)
{
    for (size_t i = 0; i < preference_count; i++) {
        const struct preference *preference = &preference_list[i];
        if (preference->least > 0)
            assert_reset(preference, preference->least - 1);
        assert_reset(preference, preference->most + 1);
        assert_reset(preference, UINT_MAX);
    }
}

static void value_in_range_stays(void)
{
    for (size_t i = 0; i < preference_count; i++) {
        const struct preference *preference = &preference_list[i];
        const unsigned valid[] = {preference->least, preference->most,
                                  (preference->least + preference->most) / 2};
        unsigned *value = preference_value(preference), usual = *value;
        for (size_t j = 0; j < G_N_ELEMENTS(valid); j++) {
            *value = valid[j];
            g_assert_null(preference_check(preference));
            g_assert_cmpuint(*value, ==, valid[j]);
        }
        *value = usual;
    }
}

static void other_values_are_left_alone(void)
{
    const struct preferences before = preferences;
    preferences.scan_targets = 77;
    preferences.loss_percent = 101;
    for (size_t i = 0; i < preference_count; i++)
        g_free(preference_check(&preference_list[i]));
    g_assert_cmpuint(preferences.scan_targets, ==, 77);
    g_assert_cmpuint(preferences.loss_percent, ==, before.loss_percent);
    restore(&before);
}

/* --- what they change --- */

/* A connection of which some things may be said, or not. */
struct trouble_story {
    int64_t server_side, server_time; /* ns until the SYN-ACK, and until the answer */
    int64_t idle;                     /* ns before a reset; 0: there is none */
    int64_t closed;                   /* ns for which the client closes its window; 0: never */
    /* Of the client: segments of data, repeats that were needed, that were not, that nobody
     * answered; segments captured twice; windows filled. */
    unsigned segments, lost, spurious, ignored, copies, full;
};

static void add(struct recording *recording, bool from_client, unsigned flags, uint32_t sequence,
                uint32_t acknowledged, uint32_t payload, int64_t wait, uint16_t analysis)
{
    const struct endpoint client = end_at("10.0.0.9", 51234), server = end_at("10.0.0.5", 443);
    struct segment segment =
        segment_between(from_client ? client : server, from_client ? server : client, flags,
                        (from_client ? 1000 : 5000) + sequence,
                        (from_client ? 5000 : 1000) + acknowledged, payload);
    recording->now += wait;
    segment.time = recording->now;
    segment.analysis = analysis;
    if ((analysis & ANALYSIS_ZERO_WINDOW) != 0)
        segment.window = 0;
    recording_add(recording, segment);
}

static void tell(struct recording *recording, const struct trouble_story *story)
{
    add(recording, true, TCP_SYN, 0, 0, 0, 0, 0);
    add(recording, false, TCP_SYN | TCP_ACK, 0, 1, 0, 10 * MS + story->server_side, 0);
    add(recording, true, TCP_ACK, 1, 1, 0, 10 * MS, 0);
    uint32_t segments = MAX(story->segments, 1);
    for (uint32_t i = 0; i < segments; i++)
        add(recording, true, TCP_ACK, 1 + 10 * i, 1, 10, MS,
            i < story->full ? ANALYSIS_WINDOW_FULL : 0);
    for (uint32_t i = 0; i < story->lost; i++)
        add(recording, true, TCP_ACK, 1 + 10 * i, 1, 10, 300 * MS, 0);
    for (uint32_t i = 0; i < story->copies; i++) {
        add(recording, true, TCP_ACK, 1 + 10 * segments, 1, 0, 2 * MS + i, 0);
        add(recording, true, TCP_ACK, 1 + 10 * segments, 1, 0, 0, 0);
    }
    add(recording, false, TCP_ACK, 1, 1 + 10 * segments, 0, 10 * MS, 0); /* a round trip later */
    add(recording, false, TCP_ACK, 1, 1 + 10 * segments, 100, 10 * MS + story->server_time, 0);
    add(recording, true, TCP_ACK, 1 + 10 * segments, 101, 0, MS, 0);
    if (story->closed > 0) {
        add(recording, true, TCP_ACK, 1 + 10 * segments, 101, 0, MS, ANALYSIS_ZERO_WINDOW);
        add(recording, true, TCP_ACK, 1 + 10 * segments, 101, 0, story->closed, 0);
    }
    for (uint32_t i = 0; i < story->spurious; i++)
        add(recording, true, TCP_ACK, 1 + 10 * i, 101, 10, 300 * MS, 0);
    for (uint32_t i = 0; i < story->ignored; i++)
        add(recording, true, TCP_ACK, 1 + 10 * segments, 101, 5, 600 * MS, 0);
    if (story->idle > 0)
        add(recording, false, TCP_RST, 101, 0, 0, story->idle, 0);
}

static char *findings_of(const struct trouble_story *story)
{
    SCOPED_RECORDING recording = recording_new("tcp,asymmetry");
    tell(&recording, story);
    struct report *report = recording_report(&recording);
    const struct row *row = g_ptr_array_index(report->rows, 0);
    GString *ids = g_string_new(NULL);
    for (guint i = 0; i < row->findings->len; i++) {
        const struct finding *finding = g_ptr_array_index(row->findings, i);
        g_string_append_printf(ids, "%s%s", i > 0 ? " " : "", finding_kinds[finding->id].id);
    }
    report_free(report);
    return g_string_free(ids, FALSE);
}

struct effect_case {
    const char *name;
    size_t offset; /* in struct preferences */
    unsigned value;
    struct trouble_story story;
    const char *with_default, *with_value; /* ids of findings */
};

#define VALUE(member, value) offsetof(struct preferences, member), value

static const struct effect_case effect_cases[] = {
    {"/preference/effect/slow-handshake-sooner",
     VALUE(slow_handshake_ms, 100),
     {.server_side = 200 * MS},
     "",
     "slow_handshake"},
    {"/preference/effect/slow-handshake-later",
     VALUE(slow_handshake_ms, 700),
     {.server_side = 600 * MS},
     "slow_handshake",
     ""},
    {"/preference/effect/slow-turnaround-sooner",
     VALUE(slow_turnaround_ms, 200),
     {.server_time = 300 * MS},
     "",
     "slow_server"},
    {"/preference/effect/slow-turnaround-later",
     VALUE(slow_turnaround_ms, 3000),
     {.server_time = 2000 * MS},
     "slow_server",
     ""},
    {"/preference/effect/loss-segments-fewer",
     VALUE(loss_segments, 1),
     {.segments = 50, .lost = 1},
     "",
     "loss_client_to_server"},
    {"/preference/effect/loss-segments-more",
     VALUE(loss_segments, 4),
     {.segments = 50, .lost = 3},
     "loss_client_to_server",
     ""},
    {"/preference/effect/loss-percent-less",
     VALUE(loss_percent, 0),
     {.segments = 400, .lost = 3},
     "",
     "loss_client_to_server"},
    {"/preference/effect/loss-percent-more",
     VALUE(loss_percent, 50),
     {.segments = 50, .lost = 3},
     "loss_client_to_server",
     ""},
    {"/preference/effect/spurious-fewer",
     VALUE(spurious_segments, 1),
     {.segments = 50, .spurious = 1},
     "",
     "spurious_retransmissions"},
    {"/preference/effect/duplicates-less",
     VALUE(duplicate_percent, 1),
     {.segments = 200, .copies = 5},
     "",
     "duplicate_capture"},
    {"/preference/effect/exhausted-sooner",
     VALUE(exhausted_sends, 3),
     {.ignored = 3},
     "",
     "retries_exhausted"},
    {"/preference/effect/exhausted-later",
     VALUE(exhausted_sends, 6),
     {.ignored = 5},
     "retries_exhausted",
     ""},
    {"/preference/effect/window-limited-sooner",
     VALUE(window_full_segments, 1),
     {.segments = 50, .full = 2},
     "",
     "window_limited"},
    {"/preference/effect/zero-window-sooner",
     VALUE(zero_window_ms, 10),
     {.closed = 50 * MS},
     "",
     "zero_window"},
    {"/preference/effect/zero-window-later",
     VALUE(zero_window_ms, 200),
     {.closed = 150 * MS},
     "zero_window",
     ""},
    {"/preference/effect/zero-window-at-once", VALUE(zero_window_ms, 0), {0}, "", ""},
};

static void findings_change(gconstpointer data)
{
    const struct effect_case *c = data;
    const struct preferences before = preferences;
    char *with_default = findings_of(&c->story);
    *(unsigned *)((char *)&preferences + c->offset) = c->value;
    char *with_value = findings_of(&c->story);
    restore(&before);
    g_assert_cmpstr(with_default, ==, c->with_default);
    g_assert_cmpstr(with_value, ==, c->with_value);
    g_free(with_default);
    g_free(with_value);
}

static void idle_time_changes_what_is_told_of_a_reset(void)
{
    static const struct trouble_story story = {.idle = 400 * MS};
    static const struct {
        unsigned idle_ms;
        const char *phase;
    } cases[] = {{402, "after a complete exchange"}, {401, "after idling"}};
    const struct preferences before = preferences;
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        SCOPED_RECORDING recording = recording_new("tcp,asymmetry");
        tell(&recording, &story);
        preferences.idle_before_reset_ms = cases[i].idle_ms;
        struct report *report = recording_report(&recording);
        const struct row *row = report_complete_row(report, 0);
        const struct finding *finding = g_ptr_array_index(row->findings, 0);
        g_assert_cmpint(finding->id, ==, FINDING_RESET_BY_SERVER);
        g_assert_nonnull(strstr(finding->text, cases[i].phase));
        report_free(report);
    }
    restore(&before);
}

static void try_four_ports_in_vain(struct recording *recording)
{
    const struct endpoint client = end_at("10.0.0.9", 51234);
    for (uint16_t port = 0; port < 4; port++) {
        const struct endpoint server = end_at("10.0.0.5", (uint16_t)(100 + port));
        struct segment syn = segment_between(client, server, TCP_SYN, 1, 0, 0);
        struct segment reset = segment_between(server, client, TCP_RST | TCP_ACK, 0, 2, 0);
        syn.stream = reset.stream = port;
        recording_add(recording, syn);
        recording_add(recording, reset);
    }
}

static void fewer_targets_make_a_scan(void)
{
    static const struct {
        unsigned targets;
        enum finding_id id;
    } cases[] = {{5, FINDING_CONNECTION_REFUSED}, {4, FINDING_SCAN}};
    const struct preferences before = preferences;
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        SCOPED_RECORDING recording = recording_new("tcp,asymmetry");
        preferences.scan_targets = cases[i].targets;
        try_four_ports_in_vain(&recording);
        struct report *report = recording_report(&recording);
        const struct row *row = g_ptr_array_index(report->rows, 0);
        const struct finding *finding = g_ptr_array_index(row->findings, 0);
        g_assert_cmpint(finding->id, ==, cases[i].id);
        report_free(report);
    }
    restore(&before);
}

static void text_shows_so_many_servers(void)
{
    const struct preferences before = preferences;
    SCOPED_RECORDING recording = recording_new("tcp,asymmetry");
    preferences.text_servers = 3;
    g_assert_cmpuint(options_top(recording.options, FORMAT_TEXT), ==, 3);
    g_assert_cmpuint(options_top(recording.options, FORMAT_JSON), ==, 0);
    restore(&before);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/preference/list/defaults-are-in-range", defaults_are_in_range);
    g_test_add_func("/preference/list/names-are-lower-case-and-unique",
                    names_are_lower_case_and_unique);
    g_test_add_func("/preference/list/help-is-a-sentence", help_is_a_sentence);
    g_test_add_func("/preference/list/every-member-has-an-entry", every_member_has_an_entry);
    g_test_add_func("/preference/check/out-of-range-becomes-the-default",
                    value_out_of_range_becomes_the_default);
    g_test_add_func("/preference/check/in-range-stays", value_in_range_stays);
    g_test_add_func("/preference/check/others-are-left-alone", other_values_are_left_alone);
    for (size_t i = 0; i < G_N_ELEMENTS(effect_cases); i++)
        g_test_add_data_func(effect_cases[i].name, &effect_cases[i], findings_change);
    g_test_add_func("/preference/effect/idle-time-before-a-reset",
                    idle_time_changes_what_is_told_of_a_reset);
    g_test_add_func("/preference/effect/fewer-targets-make-a-scan", fewer_targets_make_a_scan);
    g_test_add_func("/preference/effect/servers-of-a-text", text_shows_so_many_servers);
    return g_test_run();
}
