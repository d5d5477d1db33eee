/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "wireshark/compat.h"

#include "wireshark/command.h"

#include "output/output_file.h"
#include "output/render.h"
#include "output/render_json.h"
#include "report/verdict.h"
#include "wireshark/collector.h"
#include "wireshark/command_line.h"
#include "wireshark/headers_only.h"

#include <epan/tap.h>
#include <inttypes.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

/* The exit status of the built-in taps after a bad argument. */
#define EXIT_BAD_ARGUMENT 1

/* It could not be written, or what is asked for takes too much. */
#define EXIT_NO_RESULT 2

#define EXIT_UNACCEPTED_FINDING 3

/* EL of ECMA-48, which every current terminal knows. */
#define CLEAR_TO_END_OF_LINE "\033[K"

static void complain(const char *message)
{
    fprintf(stderr, "tshark: -z " OPTIONS_COMMAND ": %s\n", message);
}

/* Exits like the built-in taps. If this returned false, tshark 4.6 and later would end without a
 * message, and earlier versions would go on. */
static void fail(char *error, char *hint)
{
    complain(error);
    if (hint != NULL)
        complain(hint);
    g_free(error);
    g_free(hint);
    exit(EXIT_BAD_ARGUMENT);
}

static void print_help(struct options *options)
{
    char *error = NULL, *help = options_help();
    struct output_file *output = output_file_open(NULL, &error);
    fputs(help, output_file_stream(output));
    error = output_file_close(output);
    g_free(help);
    options_free(options);
    if (error != NULL)
        fail(error, NULL);
    exit(EXIT_SUCCESS);
}

/* --- the report --- */

/* Of all statistics of a run together. */
static bool lacks_result, has_unaccepted;

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

/* Returns the message of what went wrong, or NULL. Notes whether the report has one of the findings
 * @unaccepted. */
static char *write_report(struct collector *collector, finding_ids unaccepted)
{
    const struct options *options = collector_options(collector);
    struct render_settings settings = settings_for(options);
    struct report *report = collector_report(collector, options->format);
    /* The file is made only now: if the report fails, for example for lack of memory, no file is
     * left. */
    char *error = render_to_file(options->format, report, &settings, options->output_path);
    has_unaccepted |= verdict_fails(report, unaccepted);
    report_free(report);
    return error;
}

/* --- progress --- */

#define PROGRESS_INTERVAL (G_USEC_PER_SEC / 2)

/* One line for all statistics of a run, only on a terminal. */
static struct {
    gint64 began, shown; /* microseconds of g_get_monotonic_time() */
    bool is_visible;
} progress;

static void on_progress(uint64_t segments, void *data)
{
    (void)data;
    gint64 now = g_get_monotonic_time();
    if (now - progress.shown < PROGRESS_INTERVAL)
        return;
    progress.shown = now;
    progress.is_visible = true;
    double seconds = (double)(now - progress.began) / G_USEC_PER_SEC;
    fprintf(stderr, "\r%" PRIu64 " TCP segments, %.0f a second" CLEAR_TO_END_OF_LINE, segments,
            (double)segments / seconds);
}

static void end_progress(void)
{
    if (progress.is_visible)
        fputs("\r" CLEAR_TO_END_OF_LINE, stderr);
    progress.is_visible = false;
}

/* @data: the findings with which the result fails. */
static void on_draw(struct collector *collector, void *data)
{
    const finding_ids *unaccepted = data;
    end_progress();
    char *error = write_report(collector, *unaccepted);
    if (error == NULL)
        return;
    complain(error);
    lacks_result = true;
    g_free(error);
}

static void on_fail(const char *message, void *data)
{
    (void)data;
    end_progress();
    complain(message);
    lacks_result = true;
}

/* If writing fails, the result at the end says so. */
static void on_interval_over(struct collector *collector, int32_t index, void *data)
{
    (void)data;
    end_progress();
    struct report *report = collector_counts(collector, collector_options(collector)->format);
    render_provisional(report, index, stdout);
    fflush(stdout);
    report_free(report);
}

/* Whoever follows a capture wants each interval as soon as it is over. A file becomes complete in
 * one go, and a file to read is there at once. */
static bool follows_intervals(const struct options *options)
{
    return options->request.interval > 0 && options->format == FORMAT_NDJSON &&
           options->output_path == NULL && command_line_captures();
}

/* tshark removes listeners when all statistics of the run have written their results, so that an
 * exit takes nothing from the others. */
static void on_finish(void *data)
{
    g_free(data);
    if (lacks_result)
        exit(EXIT_NO_RESULT);
    if (has_unaccepted)
        exit(EXIT_UNACCEPTED_FINDING);
}

/* --- the command --- */

/* The result that is written last would replace the others of the run. Returns the message if
 * another statistic of it writes to the file at @path, or NULL. */
static char *check_unshared(const char *path)
{
    static GHashTable *targets; /* set of char *; lives as long as the program */
    char *target = output_file_target(path);
    if (targets == NULL)
        targets = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    if (target == NULL || g_hash_table_add(targets, target))
        return NULL;
    return g_strdup_printf("another -z of this run writes to \"%s\" too: give each its own "
                           "output=FILE",
                           path);
}

/* Returns the message of what stands against the output that @options ask for, or NULL. */
static char *check_output(const struct options *options)
{
    const char *lack = render_lacks(options->format);
    if (lack != NULL)
        return g_strdup(lack);
    if (options->format == FORMAT_HTML && output_file_is_terminal(options->output_path))
        return g_strdup("format=html is a page for a browser, not for a terminal: add "
                        "output=FILE.html");
    char *error = output_file_check(options->output_path);
    return error != NULL ? error : check_unshared(options->output_path);
}

static STAT_TAP_INIT_RESULT start(const char *argument, void *data)
{
    (void)data;
    char *error = NULL;
    struct options *options = options_parse(argument, &error);
    if (options == NULL)
        fail(error, NULL);
    if (options->help)
        print_help(options);
    finding_ids unaccepted;
    error = verdict_parse(options->fail_names, &unaccepted);
    if (error == NULL)
        error = check_output(options);
    if (error != NULL)
        fail(error, NULL);

    if (options->headers)
        headers_only_begin();
    char *hint = options->request.filter != NULL
                     ? options_explain_bad_filter(options->request.filter)
                     : NULL;
    struct collector_owner owner = {
        .draw = on_draw,
        .fail = on_fail,
        .interval_over = follows_intervals(options) ? on_interval_over : NULL,
        .finish = on_finish,
        .data = g_memdup2(&unaccepted, sizeof unaccepted),
    };
    if (isatty(STDERR_FILENO)) {
        progress.began = progress.shown = g_get_monotonic_time();
        owner.progress = on_progress;
    }
    if (collector_start(options, &owner, &error) == NULL)
        fail(error, hint);
    g_free(hint);
    STAT_TAP_INIT_DONE;
}

void command_register(const char *title)
{
    static stat_tap_ui statistic = {
        .group = REGISTER_PACKET_STAT_GROUP_UNSORTED,
        .cli_string = OPTIONS_COMMAND,
        .tap_init_cb = start,
    };
    if (!command_line_is_tshark())
        return;
    statistic.title = title;
    register_stat_tap_ui(&statistic, NULL);
}
