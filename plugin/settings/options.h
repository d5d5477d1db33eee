/* The text after "-z tcp,asymmetry": options, then a display filter.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef TFA_OPTIONS_H
#define TFA_OPTIONS_H

#include "base/endpoint.h"

enum grouping { GROUP_BY_ENDPOINT, GROUP_BY_ADDRESS, GROUP_BY_PORT };

enum output_format { FORMAT_TEXT, FORMAT_JSON, FORMAT_NDJSON, FORMAT_CSV };

enum sort_order {
    SORT_BYTES,
    SORT_PACKETS,
    SORT_CONNECTIONS,
    SORT_RETRANSMISSIONS,
    SORT_RESETS,
    SORT_ONE_WAY,
    SORT_PCR,
    SORT_SERVER,
};

/* One server=... option. */
struct server_match {
    struct endpoint network; /* port 0: any port */
    unsigned prefix;         /* bits of the address that must agree */
    char *text;              /* as the user wrote it, owned */
};

/* One port=... option: first <= port <= last. */
struct port_range {
    uint16_t first, last;
};

struct options {
    GArray *servers; /* of struct server_match, owned */
    GArray *ports;   /* of struct port_range, owned */
    enum grouping grouping;
    enum output_format format;
    enum sort_order sort;
    uint32_t top;      /* at most so many servers; 0: not given */
    char *output_path; /* owned, or NULL for standard output */
    char *label;       /* owned, or NULL */
    char *filter;      /* display filter, owned, or NULL for none; not checked here */
    bool connections;
    bool ascii;
    bool headers; /* dissect nothing above TCP */
    bool help;
};

/* The name under which the statistic is asked for: what the argument of -z begins with. */
#define OPTIONS_COMMAND "tcp,asymmetry"

/* Parses @argument, the whole argument of -z. Returns options that the caller frees with
 * options_free(); or NULL and a message in *@error that names the wrong part and says what would be
 * right, which the caller frees with g_free(). */
struct options *options_parse(const char *argument, char **error);
void options_free(struct options *options);

/* The table of all options that the option "help" prints. The caller frees it with g_free(). */
char *options_help(void);

/* What may be behind a display filter that Wireshark refused: an option that was misspelt, or that
 * came after the filter. A sentence for the user, freed by the caller with g_free(), or NULL. */
char *options_explain_bad_filter(const char *filter);

/* Whether the user named servers or ports at all. */
bool options_name_servers(const struct options *options);

/* Whether @endpoint is among the servers and ports that the user named. True if none is named. */
bool options_match(const struct options *options, const struct endpoint *endpoint);

/* Whether @match names the address of @endpoint, and its port if it names one. */
bool server_match_fits(const struct server_match *match, const struct endpoint *endpoint);

bool port_range_fits(const struct port_range *range, uint16_t port);

#endif
