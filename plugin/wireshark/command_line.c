/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "wireshark/compat.h"

#include "wireshark/command_line.h"

#include <glib.h>
#include <string.h>

/* tshark's options of one letter that take a value, from 4.0 to 4.6. */
#define OPTIONS_WITH_VALUE "aAbBcCdeEfFGHijJKMNoOrRsStTuUwWXyYzZ"

/* Whether @argument, of letters behind "-", has option @wanted. *@takes_next: the next argument is
 * the value of another one. */
static bool has_letter(const char *argument, char wanted, bool *takes_next)
{
    *takes_next = false;
    for (const char *letter = argument + 1; *letter != '\0'; letter++) {
        if (*letter == wanted)
            return true;
        if (strchr(OPTIONS_WITH_VALUE, *letter) != NULL) {
            *takes_next = letter[1] == '\0';
            return false;
        }
    }
    return false;
}

static bool is_long_option(const char *argument, const char *name)
{
    return name != NULL && g_str_has_prefix(argument, name) &&
           strchr("=", argument[strlen(name)]) != NULL; /* "=", or the end */
}

/* @arguments: each ended by a zero byte. @name: of the long option that means the same as @letter,
 * or NULL. */
static bool have_option(const char *arguments, gsize length, char letter, const char *name)
{
    const char *end = arguments + length;
    bool is_value = true; /* the program's name is no option either */
    for (const char *argument = arguments; argument < end; argument += strlen(argument) + 1) {
        bool is_option = !is_value && argument[0] == '-';
        is_value = false;
        if (!is_option)
            continue;
        if (argument[1] == '-' ? is_long_option(argument, name)
                               : has_letter(argument, letter, &is_value))
            return true;
    }
    return false;
}

/* Returns @otherwise where the arguments cannot be read. */
static bool has_option(char letter, const char *name, bool otherwise)
{
    char *arguments;
    gsize length;
    if (!g_file_get_contents("/proc/self/cmdline", &arguments, &length, NULL))
        return otherwise;
    bool has = have_option(arguments, length, letter, name);
    g_free(arguments);
    return has;
}

bool command_line_is_tshark(void)
{
    return g_strcmp0(g_get_prgname(), "tshark") == 0;
}

bool command_line_captures(void)
{
    return !has_option('r', "--read-file", true);
}

bool command_line_reads_twice(void)
{
    return has_option('2', NULL, true);
}
