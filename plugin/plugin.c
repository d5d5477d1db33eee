/* Entry points of the plugin: registers the statistic that "tshark -z tcp,asymmetry" asks for.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#define WS_BUILD_DLL
#include "compat.h"

#include "collector.h"
#include "options.h"
#include "output_file.h"

#include <epan/tap.h>
#include <stdlib.h>
#include <string.h>

#define TITLE "TCP Flow Asymmetry"

/* The status with which the built-in taps leave on a bad argument. */
#define EXIT_BAD_ARGUMENT 1

WS_DLL_PUBLIC_DEF const gchar plugin_version[] = PLUGIN_VERSION;
WS_DLL_PUBLIC_DEF const int plugin_want_major = WIRESHARK_VERSION_MAJOR;
WS_DLL_PUBLIC_DEF const int plugin_want_minor = WIRESHARK_VERSION_MINOR;

WS_DLL_PUBLIC void plugin_register(void);
#if WIRESHARK_AT_LEAST(4, 4)
WS_DLL_PUBLIC uint32_t plugin_describe(void);
#endif

static void complain(const char *message)
{
    fprintf(stderr, "tshark: -z " OPTIONS_COMMAND ": %s\n", message);
}

/* Leaves as the built-in taps do: from 4.6 on tshark would end without a word if this returned
 * false, and before that go on. */
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

static STAT_TAP_INIT_RESULT start(const char *argument, void *data)
{
    (void)data;
    char *error = NULL;
    struct options *options = options_parse(argument, &error);
    if (options == NULL)
        fail(error, NULL);
    if (options->help)
        print_help(options);
    error = output_file_check(options->output_path);
    if (error != NULL)
        fail(error, NULL);

    char *hint = options->filter != NULL ? options_explain_bad_filter(options->filter) : NULL;
    if (collector_start(options, &error) == NULL)
        fail(error, hint);
    g_free(hint);
    STAT_TAP_INIT_DONE;
}

static stat_tap_ui statistic = {
    .group = REGISTER_PACKET_STAT_GROUP_UNSORTED,
    .title = TITLE,
    .cli_string = OPTIONS_COMMAND,
    .tap_init_cb = start,
};

static void register_statistic(void)
{
    /* Elsewhere the name belongs to the statistics table, and the first registration wins. */
    if (g_strcmp0(g_get_prgname(), "tshark") == 0)
        register_stat_tap_ui(&statistic, NULL);
}

void plugin_register(void)
{
    static const tap_plugin plugin = {.register_tap_listener = register_statistic};
    tap_register_plugin(&plugin);
}

#if WIRESHARK_AT_LEAST(4, 4)
uint32_t plugin_describe(void)
{
    return 1U << 4; /* a tap listener */
}
#endif
