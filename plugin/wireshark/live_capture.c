/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "wireshark/compat.h"

#include "wireshark/live_capture.h"

#include <glib.h>
#include <string.h>

/* tshark's options of one letter that take a value, from 4.0 to 4.6. */
#define OPTIONS_WITH_VALUE "aAbBcCdeEfFGHijJKMNoOrRsStTuUwWXyYzZ"

#define SHORT_NAME 'r'
#define LONG_NAME  "--read-file"

/* Whether @argument, of letters behind "-", has the option. *@takes_next: the next argument is the
 * value of another one. */
static bool has_option(const char *argument, bool *takes_next)
{
    *takes_next = false;
    for (const char *letter = argument + 1; *letter != '\0'; letter++) {
        if (*letter == SHORT_NAME)
            return true;
        if (strchr(OPTIONS_WITH_VALUE, *letter) != NULL) {
            *takes_next = letter[1] == '\0';
            return false;
        }
    }
    return false;
}

static bool is_long_option(const char *argument)
{
    return g_str_has_prefix(argument, LONG_NAME) &&
           strchr("=", argument[strlen(LONG_NAME)]) != NULL; /* "=", or the end */
}

/* @arguments: each ended by a zero byte. */
static bool reads_file(const char *arguments, gsize length)
{
    const char *end = arguments + length;
    bool is_value = true; /* the program's name is no option either */
    for (const char *argument = arguments; argument < end; argument += strlen(argument) + 1) {
        bool is_option = !is_value && argument[0] == '-';
        is_value = false;
        if (!is_option)
            continue;
        if (argument[1] == '-' ? is_long_option(argument) : has_option(argument, &is_value))
            return true;
    }
    return false;
}

bool live_capture_is_running(void)
{
    char *arguments;
    gsize length;
    if (!g_file_get_contents("/proc/self/cmdline", &arguments, &length, NULL))
        return false;
    bool is_running = !reads_file(arguments, length);
    g_free(arguments);
    return is_running;
}
