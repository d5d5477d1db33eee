/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "settings/options.h"

#include "base/edit_distance.h"
#include "base/time_units.h"
#include "settings/preference.h"

#include <arpa/inet.h>
#include <string.h>

#define MAX_TOP 1000000000U

/* A browser draws a page of so many in a second or two. */
#define HTML_SERVERS     100
#define HTML_CONNECTIONS 1000

enum option_id {
    OPTION_SERVER,
    OPTION_PORT,
    OPTION_BY,
    OPTION_FORMAT,
    OPTION_OUTPUT,
    OPTION_CONNECTIONS,
    OPTION_SORT,
    OPTION_TOP,
    OPTION_LABEL,
    OPTION_INTERVAL,
    OPTION_FAIL,
    OPTION_ASCII,
    OPTION_HEADERS,
    OPTION_HELP,
    OPTION_COUNT
};

/* The only list of options. The parser accepts these, and "help" prints these. */
static const struct option {
    const char *name;
    const char *value; /* what the value looks like, or NULL for an option without one */
    bool repeatable;
    const char *help;
} option_list[OPTION_COUNT] = {
    [OPTION_SERVER] = {"server", "ADDR, ADDR:PORT, [V6]:PORT or NET/LEN", true,
                       "only these servers; may be repeated"},
    [OPTION_PORT] = {"port", "N or N-M", true, "only these server ports; may be repeated"},
    [OPTION_BY] = {"by", "endpoint, address or port", false,
                   "what one row stands for (default: endpoint, an address and a port)"},
    [OPTION_FORMAT] = {"format", "text, json, ndjson, csv or html", false,
                       "form of the output (default: text); html is a page with plots"},
    [OPTION_OUTPUT] = {"output", "FILE", false,
                       "write to FILE; an existing FILE stays until the new one is complete"},
    [OPTION_CONNECTIONS] = {"connections", NULL, false, "also a row for each connection"},
    [OPTION_SORT] = {"sort",
                     "bytes, packets, connections, retransmissions, resets, one_way, pcr or server",
                     false, "order of the rows (default: bytes)"},
    [OPTION_TOP] = {"top", "N", false,
                    "at most N servers (default: 20 in text, 100 in html, all elsewhere)"},
    [OPTION_LABEL] = {"label", "TEXT", false, "a name for this capture in the output"},
    [OPTION_INTERVAL] = {"interval", "SECONDS", false,
                         "also the counters of each interval of time, from 0.001 to 86400 s"},
    [OPTION_FAIL] = {"fail", "chat, note, warn, error or the id of a finding", true,
                     "end with exit status 3 if the result has such a finding, or one that\n"
                     "      is worse than this severity; may be repeated"},
    [OPTION_ASCII] = {"ascii", NULL, false, "no Unicode bars or arrows"},
    [OPTION_HEADERS] = {"headers", NULL, false,
                        "dissect nothing above TCP: the same numbers in less time and memory;\n"
                        "      in this run, other -z and display filters see no application\n"
                        "      protocol, no tunnel inside TCP and nothing that is reassembled"},
    [OPTION_HELP] = {"help", NULL, false, "print this table and stop"},
};

static const char *const grouping_names[] = {"endpoint", "address", "port", NULL};
static const char *const format_names[] = {"text", "json", "ndjson", "csv", "html", NULL};
static const char *const sort_names[] = {"bytes",  "packets", "connections", "retransmissions",
                                         "resets", "one_way", "pcr",         "server",
                                         NULL};

/* With more edits than this, it is another word and not a misspelt one. */
#define MAX_MISSPELLING 2

static const char *nearest_option(const char *word)
{
    const char *nearest = NULL;
    unsigned best = MAX_MISSPELLING + 1;
    for (int i = 0; i < OPTION_COUNT; i++) {
        unsigned distance = edit_distance(word, option_list[i].name);
        if (distance < best && distance < strlen(option_list[i].name)) {
            best = distance;
            nearest = option_list[i].name;
        }
    }
    return nearest;
}

static int find_name(const char *const *names, const char *name)
{
    for (int i = 0; names[i] != NULL; i++) {
        if (strcmp(names[i], name) == 0)
            return i;
    }
    return -1;
}

/* Reads a number that has only digits and is at most @maximum. */
static bool parse_number(const char *text, uint32_t maximum, uint32_t *number)
{
    guint64 value;
    if (!g_ascii_isdigit(text[0]) ||
        !g_ascii_string_to_unsigned(text, 10, 0, maximum, &value, NULL))
        return false;
    *number = (uint32_t)value;
    return true;
}

static bool parse_address(const char *text, struct endpoint *endpoint)
{
    uint8_t bytes[ENDPOINT_ADDRESS_BYTES];
    if (inet_pton(AF_INET, text, bytes) == 1)
        endpoint_set(endpoint, FAMILY_IPV4, bytes, 4, 0);
    else if (inet_pton(AF_INET6, text, bytes) == 1)
        endpoint_set(endpoint, FAMILY_IPV6, bytes, 16, 0);
    else
        return false;
    return true;
}

/* Splits "ADDR", "ADDR:PORT", "[V6]", "[V6]:PORT" and "NET/LEN" in place. The parts point into
 * @text or are NULL. */
static bool split_server(char *text, char **address, char **port, char **prefix)
{
    *port = *prefix = NULL;
    *address = text;
    if (text[0] == '[') {
        char *close = strchr(text, ']');
        if (close == NULL || (close[1] != '\0' && close[1] != ':'))
            return false;
        if (close[1] == ':')
            *port = close + 2;
        *close = '\0';
        *address = text + 1;
        return true;
    }
    char *slash = strchr(text, '/');
    char *colon = strchr(text, ':');
    if (slash != NULL) {
        *slash = '\0';
        *prefix = slash + 1;
    } else if (colon != NULL && strchr(colon + 1, ':') == NULL) {
        *colon = '\0';
        *port = colon + 1;
    }
    return true;
}

/* Functions of one type read the parts. They return NULL or a message that the caller frees. */

static char *parse_server(struct options *options, const char *value)
{
    struct server_match match = {0};
    char *copy = g_strdup(value), *address, *port, *prefix, *error = NULL;
    uint32_t number = 0;

    if (!split_server(copy, &address, &port, &prefix) || !parse_address(address, &match.network)) {
        error = g_strdup_printf("\"%s\" is not an address: write server=10.0.0.5, "
                                "server=10.0.0.5:443, server=[2001:db8::1]:443 or "
                                "server=10.0.0.0/8",
                                value);
    } else if (port != NULL && (!parse_number(port, UINT16_MAX, &number) || number == 0)) {
        error = g_strdup_printf("\"%s\" in \"%s\" is not a port: it must be a number from 1 to "
                                "65535",
                                port, value);
    } else if (prefix != NULL && !parse_number(prefix, match.network.length * 8U, &match.prefix)) {
        error = g_strdup_printf("\"/%s\" in \"%s\" is not a prefix length: it must be a number "
                                "from 0 to %u",
                                prefix, value, match.network.length * 8U);
    }
    if (error == NULL) {
        match.network.port = (uint16_t)number;
        if (prefix == NULL)
            match.prefix = match.network.length * 8U;
        match.text = g_strdup(value);
        g_array_append_val(options->request.servers, match);
    }
    g_free(copy);
    return error;
}

static char *parse_ports(struct options *options, const char *value)
{
    char **parts = g_strsplit(value, "-", 2);
    uint32_t first = 0, last = 0;
    bool good = parse_number(parts[0], UINT16_MAX, &first) &&
                parse_number(parts[1] != NULL ? parts[1] : parts[0], UINT16_MAX, &last) &&
                first > 0;
    g_strfreev(parts);
    if (!good)
        return g_strdup_printf("\"%s\" is not a port or a range of ports: write port=443 or "
                               "port=8000-8999, with numbers from 1 to 65535",
                               value);
    if (first > last)
        return g_strdup_printf("the range \"%s\" ends before it begins: write port=%u-%u", value,
                               last, first);
    struct port_range range = {(uint16_t)first, (uint16_t)last};
    g_array_append_val(options->request.ports, range);
    return NULL;
}

static char *parse_top(struct options *options, const char *value)
{
    if (parse_number(value, MAX_TOP, &options->request.top) && options->request.top > 0)
        return NULL;
    return g_strdup_printf("\"%s\" is not a number of servers: write top=10, with a number from 1 "
                           "to %u",
                           value, MAX_TOP);
}

#define LEAST_INTERVAL   (NS_PER_SECOND / 1000)
#define LONGEST_INTERVAL (86400 * NS_PER_SECOND)

/* Reads digits with a point before, between or behind them, at most 9 of them behind it. Returns
 * ns; beyond LONGEST_INTERVAL any number that is; -1 for anything else. */
static int64_t parse_seconds(const char *text)
{
    int64_t ns = 0, unit = NS_PER_SECOND;
    if (!g_ascii_isdigit(text[0]) && !(text[0] == '.' && g_ascii_isdigit(text[1])))
        return -1;
    for (; g_ascii_isdigit(*text); text++)
        ns = MIN(ns * 10 + (*text - '0') * NS_PER_SECOND, LONGEST_INTERVAL + 1);
    if (*text == '.') {
        for (text++; g_ascii_isdigit(*text) && unit > 1; text++) {
            unit /= 10;
            ns += (*text - '0') * unit;
        }
    }
    return *text == '\0' ? ns : -1;
}

static char *parse_interval(struct options *options, const char *value)
{
    int64_t ns = parse_seconds(value);
    if (ns < LEAST_INTERVAL || ns > LONGEST_INTERVAL)
        return g_strdup_printf("\"%s\" is not an interval: write interval=10 or interval=0.5, "
                               "seconds from 0.001 to 86400 in digits and at most nine decimals",
                               value);
    options->request.interval = ns;
    return NULL;
}

static char *parse_choice(enum option_id id, const char *const *names, const char *value,
                          int *choice)
{
    *choice = find_name(names, value);
    if (*choice >= 0)
        return NULL;
    return g_strdup_printf("%s=%s is not known: %s must be %s", option_list[id].name, value,
                           option_list[id].name, option_list[id].value);
}

static char *apply_option(struct options *options, enum option_id id, const char *value)
{
    int choice = 0;
    char *error = NULL;
    switch (id) {
    case OPTION_SERVER:
        return parse_server(options, value);
    case OPTION_PORT:
        return parse_ports(options, value);
    case OPTION_TOP:
        return parse_top(options, value);
    case OPTION_INTERVAL:
        return parse_interval(options, value);
    case OPTION_BY:
        error = parse_choice(id, grouping_names, value, &choice);
        options->request.grouping = (enum grouping)choice;
        return error;
    case OPTION_FORMAT:
        error = parse_choice(id, format_names, value, &choice);
        options->format = (enum output_format)choice;
        return error;
    case OPTION_SORT:
        error = parse_choice(id, sort_names, value, &choice);
        options->request.sort = (enum sort_order)choice;
        return error;
    case OPTION_OUTPUT:
        options->output_path = g_strdup(value);
        return NULL;
    case OPTION_LABEL:
        options->request.capture_label = g_strdup(value);
        return NULL;
    case OPTION_FAIL:
        g_ptr_array_add(options->fail_names, g_strdup(value));
        return NULL;
    case OPTION_CONNECTIONS:
        options->request.connections = true;
        return NULL;
    case OPTION_ASCII:
        options->ascii = true;
        return NULL;
    case OPTION_HEADERS:
        options->headers = true;
        return NULL;
    case OPTION_HELP:
        options->help = true;
        return NULL;
    case OPTION_COUNT:
        break;
    }
    g_return_val_if_reached(NULL);
}

/* The option that @part (length @length) names, or OPTION_COUNT. *@value is the text behind "=",
 * or NULL. */
static enum option_id option_of(const char *part, size_t length, const char **value)
{
    const char *equals = memchr(part, '=', length);
    size_t name_length = equals != NULL ? (size_t)(equals - part) : length;
    *value = equals != NULL ? equals + 1 : NULL;
    for (int i = 0; i < OPTION_COUNT; i++) {
        if (strlen(option_list[i].name) == name_length &&
            strncmp(part, option_list[i].name, name_length) == 0)
            return (enum option_id)i;
    }
    return OPTION_COUNT;
}

static char *check_form(enum option_id id, const char *value, bool seen_before)
{
    const struct option *option = &option_list[id];
    if (option->value == NULL && value != NULL)
        return g_strdup_printf("the option %s takes no value: write just %s", option->name,
                               option->name);
    if (option->value != NULL && (value == NULL || value[0] == '\0'))
        return g_strdup_printf("the option %s has no value: write %s=..., where ... is %s",
                               option->name, option->name, option->value);
    if (seen_before && !option->repeatable)
        return g_strdup_printf("the option %s is given twice: give it once", option->name);
    return NULL;
}

static char *parse_parts(struct options *options, const char *text)
{
    bool seen[OPTION_COUNT] = {false};
    while (*text != '\0') {
        size_t length = strcspn(text, ",");
        const char *value;
        enum option_id id = option_of(text, length, &value);
        if (id == OPTION_COUNT) {
            options_set_filter(options, text);
            return NULL;
        }
        char *own_value = value != NULL ? g_strndup(value, (size_t)(text + length - value)) : NULL;
        char *error = check_form(id, own_value, seen[id]);
        if (error == NULL)
            error = apply_option(options, id, own_value != NULL ? own_value : "");
        g_free(own_value);
        if (error != NULL)
            return error;
        seen[id] = true;
        text += length;
        if (*text == ',')
            text++;
    }
    return NULL;
}

static char *check_together(const struct options *options)
{
    if (options->format == FORMAT_CSV && options->request.connections &&
        request_has_intervals(&options->request))
        return g_strdup("format=csv has rows of one kind: give connections or interval=..., not "
                        "both");
    return NULL;
}

void options_set_filter(struct options *options, const char *filter)
{
    g_free(options->request.filter);
    options->request.filter = g_strdup(filter);
}

struct options *options_parse(const char *argument, char **error)
{
    struct options *options = g_new0(struct options, 1);
    request_init(&options->request);
    options->fail_names = g_ptr_array_new_with_free_func(g_free);

    const char *rest = argument + strlen(OPTIONS_COMMAND);
    if (*rest == ',')
        *error = parse_parts(options, rest + 1);
    else if (*rest != '\0')
        *error = g_strdup_printf("\"%s\" is not known: write " OPTIONS_COMMAND
                                 ", and options or a display filter after another comma",
                                 argument);
    else
        *error = NULL;
    if (*error == NULL)
        *error = check_together(options);
    if (*error == NULL) {
        options->request.chooses_interval =
            options->format == FORMAT_HTML && options->request.interval == 0;
        return options;
    }
    options_free(options);
    return NULL;
}

void options_free(struct options *options)
{
    if (options == NULL)
        return;
    request_clear(&options->request);
    g_ptr_array_free(options->fail_names, TRUE);
    g_free(options->output_path);
    g_free(options);
}

char *options_help(void)
{
    GString *help = g_string_new("-z " OPTIONS_COMMAND "[,OPTION]...[,FILTER]\n"
                                 "TCP Flow Asymmetry: what flows in each direction of every TCP "
                                 "server.\n\nOptions, before the display filter:\n");
    for (int i = 0; i < OPTION_COUNT; i++) {
        const struct option *option = &option_list[i];
        g_string_append_printf(help, "  %s%s%s\n      %s\n", option->name,
                               option->value != NULL ? "=" : "",
                               option->value != NULL ? option->value : "", option->help);
    }
    g_string_append(help,
                    "\nThe first part that is not an option begins the display filter. It "
                    "runs to\nthe end and may contain commas. Values cannot contain commas.\n");
    return g_string_free(help, FALSE);
}

char *options_explain_bad_filter(const char *filter)
{
    const char *value;
    size_t word = strspn(filter, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_");
    if (word > 0 && (filter[word] == '\0' || filter[word] == ',' || filter[word] == '=')) {
        char *name = g_ascii_strdown(filter, (gssize)word);
        const char *nearest = nearest_option(name);
        g_free(name);
        if (nearest != NULL)
            return g_strdup_printf("\"%.*s\" is not an option, so it was taken for the display "
                                   "filter; did you mean \"%s\"?",
                                   (int)word, filter, nearest);
    }
    for (const char *comma = strchr(filter, ','); comma != NULL; comma = strchr(comma + 1, ',')) {
        enum option_id id = option_of(comma + 1, strcspn(comma + 1, ","), &value);
        if (id != OPTION_COUNT)
            return g_strdup_printf("the option \"%s\" must come before the display filter",
                                   option_list[id].name);
    }
    return g_strdup("the display filter begins at the first part that is not an option; "
                    "\"" OPTIONS_COMMAND ",help\" lists the options");
}

uint32_t options_top(const struct options *options, enum output_format format)
{
    if (options->request.top > 0)
        return options->request.top;
    if (format == FORMAT_HTML)
        return HTML_SERVERS;
    return format == FORMAT_TEXT ? preferences.text_servers : 0;
}

uint32_t options_most_connections(enum output_format format)
{
    return format == FORMAT_HTML ? HTML_CONNECTIONS : 0;
}
