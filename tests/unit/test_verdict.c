/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "report/verdict.h"

#include "segments.h"

#define MOST_NAMES 3

static char *parse(const char *const *names, finding_ids *ids)
{
    GPtrArray *array = g_ptr_array_new();
    for (int i = 0; i < MOST_NAMES && names[i] != NULL; i++)
        g_ptr_array_add(array, (gpointer)names[i]);
    char *error = verdict_parse(array, ids);
    g_ptr_array_free(array, TRUE);
    return error;
}

/* --- names --- */

static const struct name_case {
    const char *name;
    const char *names[MOST_NAMES];
    enum finding_id with[2], without[2];
} name_cases[] = {
    {"/verdict/names/id",
     {"zero_window"},
     {FINDING_ZERO_WINDOW, FINDING_ZERO_WINDOW},
     {FINDING_FORGED_RESET, FINDING_WINDOW_LIMITED}},
    {"/verdict/names/severity-and-all-that-is-worse",
     {"warn"},
     {FINDING_ZERO_WINDOW, FINDING_FORGED_RESET},
     {FINDING_WINDOW_LIMITED, FINDING_RESET_AFTER_CLOSE}},
    {"/verdict/names/worst-severity",
     {"error"},
     {FINDING_FORGED_RESET, FINDING_RETRIES_EXHAUSTED},
     {FINDING_ZERO_WINDOW, FINDING_RESET_AFTER_CLOSE}},
    {"/verdict/names/least-severity",
     {"chat"},
     {FINDING_RESET_AFTER_CLOSE, FINDING_FORGED_RESET},
     {FINDING_COUNT, FINDING_COUNT}},
    {"/verdict/names/several-add-up",
     {"error", "window_limited", "reset_after_close"},
     {FINDING_WINDOW_LIMITED, FINDING_RESET_AFTER_CLOSE},
     {FINDING_ZERO_WINDOW, FINDING_SYN_RETRIED}},
};

static void names_stand_for(gconstpointer data)
{
    const struct name_case *c = data;
    finding_ids ids;
    g_assert_null(parse(c->names, &ids));
    for (int i = 0; i < 2; i++) {
        g_assert_cmpuint(ids & finding_bit(c->with[i]), !=, 0);
        if (c->without[i] != FINDING_COUNT)
            g_assert_cmpuint(ids & finding_bit(c->without[i]), ==, 0);
    }
}

static void every_id_stands_for_itself(void)
{
    for (int id = 0; id < FINDING_COUNT; id++) {
        const char *const names[MOST_NAMES] = {finding_kinds[id].id};
        finding_ids ids;
        g_assert_null(parse(names, &ids));
        g_assert_cmpuint(ids, ==, finding_bit((enum finding_id)id));
    }
}

static void no_name_stands_for_nothing(void)
{
    const char *const names[MOST_NAMES] = {NULL};
    finding_ids ids;
    g_assert_null(parse(names, &ids));
    g_assert_cmpuint(ids, ==, 0);
}

static const struct error_case {
    const char *name;
    const char *names[MOST_NAMES];
    const char *says;
} error_cases[] = {
    {"/verdict/error/misspelt-id", {"conection_refused"}, "did you mean fail=connection_refused?"},
    {"/verdict/error/misspelt-severity", {"warning"}, "did you mean fail=warn?"},
    {"/verdict/error/upper-case", {"Error"}, "did you mean fail=error?"},
    {"/verdict/error/upper-case-severity", {"WARN"}, "did you mean fail=warn?"},
    {"/verdict/error/upper-case-id", {"No_Response"}, "did you mean fail=no_response?"},
    {"/verdict/error/beginning-of-two",
     {"loss"},
     "did you mean fail=loss_client_to_server, fail=loss_server_to_client or fail=capture_loss?"},
    {"/verdict/error/beginning-of-three",
     {"slow"},
     "did you mean fail=slow_handshake, fail=slow_server or fail=slow_client?"},
    {"/verdict/error/beginning-of-more",
     {"Reset"},
     "did you mean fail=reset_by_server, fail=reset_by_client or fail=reset_after_close?"},
    {"/verdict/error/part", {"mtu"}, "did you mean fail=path_mtu_blackhole?"},
    {"/verdict/error/nothing-near",
     {"foo"},
     "nor the id of a finding, such as no_response; the manual lists the ids"},
    {"/verdict/error/behind-a-good-one", {"error", "zero_windows"}, "\"zero_windows\""},
};

static void error_names_the_nearest(gconstpointer data)
{
    const struct error_case *c = data;
    finding_ids ids;
    char *error = parse(c->names, &ids);
    g_assert_nonnull(error);
    if (strstr(error, c->says) == NULL)
        g_error("\"%s\" does not say %s", error, c->says);
    g_free(error);
}

/* --- reports --- */

#define ASKS(ip)                                                                                   \
    .client = "10.0.0.9", .server = (ip), .client_port = 51000, .server_port = 443,                \
    .request = 100, .response = 900, .server_time = MS

static const struct verdict_case {
    const char *name, *argument;
    const char *names[MOST_NAMES];
    bool fails;
} verdict_cases[] = {
    {"/verdict/no-name", "tcp,asymmetry", {NULL}, false},
    {"/verdict/its-id", "tcp,asymmetry", {"one_way_traffic"}, true},
    {"/verdict/another-id", "tcp,asymmetry", {"zero_window"}, false},
    {"/verdict/one-of-several", "tcp,asymmetry", {"zero_window", "one_way_traffic"}, true},
    {"/verdict/its-severity", "tcp,asymmetry", {"warn"}, true},
    {"/verdict/less-severe", "tcp,asymmetry", {"note"}, true},
    {"/verdict/more-severe", "tcp,asymmetry", {"error"}, false},
    {"/verdict/of-a-row-that-is-not-shown",
     "tcp,asymmetry,server=10.0.0.5",
     {"one_way_traffic"},
     false},
};

/* A server without findings, and one of whose connection only the client was captured. */
static void report_fails(gconstpointer data)
{
    static const struct story healthy = {ASKS("10.0.0.5")};
    static const struct story one_legged = {ASKS("10.0.0.6"), .server_unseen = true,
                                            .client_resets = true};
    const struct verdict_case *c = data;
    SCOPED_RECORDING recording = recording_new(c->argument);
    recording_connect(&recording, 0, &healthy);
    recording_connect(&recording, 1, &one_legged);
    struct report *report = recording_report(&recording);
    finding_ids ids;
    g_assert_null(parse(c->names, &ids));
    g_assert_cmpint(verdict_fails(report, ids), ==, c->fails);
    report_free(report);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    ADD_CASES(name_cases, names_stand_for);
    g_test_add_func("/verdict/names/every-id", every_id_stands_for_itself);
    g_test_add_func("/verdict/names/none", no_name_stands_for_nothing);
    ADD_CASES(error_cases, error_names_the_nearest);
    ADD_CASES(verdict_cases, report_fails);
    return g_test_run();
}
