/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "wireshark/compat.h"

#include "wireshark/command_line.h"

#include "settings/options.h"
#include "settings/preference.h"

#include <glib.h>
#include <string.h>

/* tshark's options of one letter that take a value, from 4.0 to 4.6. */
#define OPTIONS_WITH_VALUE "aAbBcCdeEfFGHijJKMNoOrRsStTuUwWXyYzZ"

/* What the program was called with: each argument is ended by a zero byte. Read once, kept to the
 * end. */
static struct {
    char *all; /* NULL: not read yet, or cannot be read */
    const char *end;
} arguments;

/* Returns false if they cannot be read. */
static bool read_arguments(void)
{
    gsize length;
    if (arguments.all == NULL &&
        g_file_get_contents("/proc/self/cmdline", &arguments.all, &length, NULL))
        arguments.end = arguments.all + length;
    return arguments.all != NULL;
}

static const char *next_argument(const char *argument)
{
    return argument + strlen(argument) + 1;
}

/* What is asked of each option: its letter, or 0 for a long one; the long option; its value, or
 * NULL. */
typedef bool (*option_test)(char letter, const char *name, const char *value);

/* Whether @test holds for one of the letters of @argument, which begins with "-". @next: the
 * argument behind it, or NULL. *@takes_next: that is the value of the last letter. */
static bool test_letters(const char *argument, const char *next, option_test test, bool *takes_next)
{
    for (const char *letter = argument + 1; *letter != '\0'; letter++) {
        bool has_value = strchr(OPTIONS_WITH_VALUE, *letter) != NULL;
        *takes_next = has_value && letter[1] == '\0';
        if (test(*letter, NULL, !has_value ? NULL : *takes_next ? next : letter + 1))
            return true;
        if (has_value)
            return false;
    }
    return false;
}

/* Whether @test holds for an option. Returns @otherwise where the arguments cannot be read. */
static bool has_option(option_test test, bool otherwise)
{
    if (!read_arguments())
        return otherwise;
    bool has = false, is_value = true; /* the program's name is no option either */
    for (const char *argument = arguments.all; !has && argument < arguments.end;
         argument = next_argument(argument)) {
        const char *next = next_argument(argument);
        bool is_option = !is_value && argument[0] == '-';
        is_value = false;
        if (is_option && argument[1] == '-')
            has = test(0, argument + 2, NULL);
        else if (is_option)
            has = test_letters(argument, next < arguments.end ? next : NULL, test, &is_value);
    }
    return has;
}

bool command_line_is_tshark(void)
{
    return g_strcmp0(g_get_prgname(), "tshark") == 0;
}

static bool is_read_file(char letter, const char *name, const char *value)
{
    (void)value;
    return letter == 'r' || g_strcmp0(name, "read-file") == 0 ||
           (name != NULL && g_str_has_prefix(name, "read-file="));
}

bool command_line_captures(void)
{
    return !has_option(is_read_file, true);
}

static bool is_two_pass(char letter, const char *name, const char *value)
{
    (void)name;
    (void)value;
    return letter == '2';
}

bool command_line_reads_twice(void)
{
    return has_option(is_two_pass, true);
}

static bool is_of_trees(char letter, const char *name, const char *value)
{
    static const char *const formats[] = {"pdml", "json", "jsonraw", "ek", NULL};
    (void)name;
    return letter == 'V' || letter == 'O' ||
           (letter == 'T' && value != NULL && g_strv_contains(formats, value));
}

bool command_line_prints_trees(void)
{
    return has_option(is_of_trees, true);
}

static bool is_quiet(char letter, const char *name, const char *value)
{
    (void)name;
    (void)value;
    return letter == 'q' || letter == 'Q';
}

bool command_line_prints_no_packets(void)
{
    return has_option(is_quiet, false);
}

static bool filters_reading_by(char letter, const char *name, const char *value)
{
    (void)name;
    return letter == 'R' && (value == NULL || strstr(value, PREFERENCE_MODULE) != NULL);
}

bool command_line_reads_by_own_fields(void)
{
    return has_option(filters_reading_by, true);
}

static bool is_other_statistic(char letter, const char *name, const char *value)
{
    (void)name;
    return letter == 'U' ||
           (letter == 'X' && (value == NULL || g_str_has_prefix(value, "lua_script"))) ||
           (letter == 'z' && (value == NULL || !g_str_has_prefix(value, OPTIONS_COMMAND)));
}

bool command_line_has_other_statistic(void)
{
    return has_option(is_other_statistic, true);
}

bool command_line_has(const char *text)
{
    if (!read_arguments())
        return true;
    bool has = false;
    for (const char *argument = arguments.all; !has && argument < arguments.end;
         argument = next_argument(argument))
        has = strstr(argument, text) != NULL;
    return has;
}
