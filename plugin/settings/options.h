/* The text after "-z tcp,asymmetry": options, then a display filter.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef TFA_OPTIONS_H
#define TFA_OPTIONS_H

#include "settings/request.h"

enum output_format { FORMAT_TEXT, FORMAT_JSON, FORMAT_NDJSON, FORMAT_CSV, FORMAT_HTML };

struct options {
    struct request request; /* its filter is not checked here */
    enum output_format format;
    char *output_path;     /* owned, or NULL for standard output */
    GPtrArray *fail_names; /* of char *: findings that the user does not accept; not checked here;
                              owned */
    bool ascii;
    bool headers; /* dissect nothing above TCP */
    bool help;
};

/* The name of the statistic, with which the argument of -z begins. */
#define OPTIONS_COMMAND "tcp,asymmetry"

/* Parses @argument, the whole argument of -z. Returns options that the caller frees with
 * options_free(). If the argument is wrong, returns NULL and a message in *@error, which the caller
 * frees with g_free(). The message names the wrong part and says what would be right. */
struct options *options_parse(const char *argument, char **error);
void options_free(struct options *options);

/* Makes @filter the display filter, also where it looks like an option; NULL for none. */
void options_set_filter(struct options *options, const char *filter);

/* The table of all options that the option "help" prints. The caller frees it with g_free(). */
char *options_help(void);

/* Why Wireshark may have refused the display filter: an option was misspelt, or came after the
 * filter. A sentence for the user, which the caller frees with g_free(), or NULL. */
char *options_explain_bad_filter(const char *filter);

/* How many servers @format shows at most unless the user says otherwise; 0 for all. */
uint32_t options_top(const struct options *options, enum output_format format);

/* How many connections @format shows at most; 0 for all. */
uint32_t options_most_connections(enum output_format format);

#endif
