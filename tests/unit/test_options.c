/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "settings/options.h"

#include "segments.h"

#include <string.h>

static struct options *parse_well(const char *argument)
{
    char *error = NULL;
    struct options *options = options_parse(argument, &error);
    g_assert_cmpstr(error, ==, NULL);
    g_assert_nonnull(options);
    return options;
}

static void defaults(void)
{
    static const char *const empty[] = {"tcp,asymmetry", "tcp,asymmetry,"};
    for (size_t i = 0; i < G_N_ELEMENTS(empty); i++) {
        struct options *options = parse_well(empty[i]);
        g_assert_cmpuint(options->request.servers->len, ==, 0);
        g_assert_cmpuint(options->request.ports->len, ==, 0);
        g_assert_cmpint(options->request.grouping, ==, GROUP_BY_ENDPOINT);
        g_assert_cmpint(options->format, ==, FORMAT_TEXT);
        g_assert_cmpint(options->request.sort, ==, SORT_BYTES);
        g_assert_cmpuint(options->request.top, ==, 0);
        g_assert_null(options->output_path);
        g_assert_null(options->request.capture_label);
        g_assert_null(options->request.filter);
        g_assert_false(options->request.connections);
        g_assert_false(options->ascii);
        g_assert_false(options->help);
        g_assert_false(request_names_servers(&options->request));
        options_free(options);
    }
}

static void free_of_nothing_does_nothing(void)
{
    options_free(NULL);
}

/* --- intervals --- */

static const struct interval_case {
    const char *name, *argument;
    int64_t expected; /* ns */
} interval_cases[] = {
    {"/options/interval/none", "tcp,asymmetry", 0},
    {"/options/interval/seconds", "tcp,asymmetry,interval=10", 10 * S},
    {"/options/interval/fraction", "tcp,asymmetry,interval=0.25", 250 * MS},
    {"/options/interval/no-digits-before-point", "tcp,asymmetry,interval=.5", 500 * MS},
    {"/options/interval/no-digits-behind-point", "tcp,asymmetry,interval=5.", 5 * S},
    {"/options/interval/all-nanoseconds", "tcp,asymmetry,interval=1.000000001", S + 1},
    {"/options/interval/shortest", "tcp,asymmetry,interval=0.001", MS},
    {"/options/interval/longest", "tcp,asymmetry,interval=86400.000", 86400 * S},
};

static void interval_is_in_seconds(gconstpointer data)
{
    const struct interval_case *c = data;
    struct options *options = parse_well(c->argument);
    g_assert_cmpint(options->request.interval, ==, c->expected);
    g_assert_cmpint(request_has_intervals(&options->request), ==, c->expected > 0);
    g_assert_false(options->request.chooses_interval);
    options_free(options);
}

/* --- choices and switches --- */

struct choice_case {
    const char *name, *option;
    size_t member; /* offset of an int in struct options */
    int value;
};

#define CHOICE(option, member, value)                                                              \
    {                                                                                              \
        "/options/choice/" option, option, offsetof(struct options, member), value                 \
    }

static const struct choice_case choice_cases[] = {
    CHOICE("by=endpoint", request.grouping, GROUP_BY_ENDPOINT),
    CHOICE("by=address", request.grouping, GROUP_BY_ADDRESS),
    CHOICE("by=port", request.grouping, GROUP_BY_PORT),
    CHOICE("format=text", format, FORMAT_TEXT),
    CHOICE("format=json", format, FORMAT_JSON),
    CHOICE("format=ndjson", format, FORMAT_NDJSON),
    CHOICE("format=csv", format, FORMAT_CSV),
    CHOICE("format=html", format, FORMAT_HTML),
    CHOICE("sort=bytes", request.sort, SORT_BYTES),
    CHOICE("sort=packets", request.sort, SORT_PACKETS),
    CHOICE("sort=connections", request.sort, SORT_CONNECTIONS),
    CHOICE("sort=retransmissions", request.sort, SORT_RETRANSMISSIONS),
    CHOICE("sort=resets", request.sort, SORT_RESETS),
    CHOICE("sort=one_way", request.sort, SORT_ONE_WAY),
    CHOICE("sort=pcr", request.sort, SORT_PCR),
    CHOICE("sort=server", request.sort, SORT_SERVER),
    CHOICE("top=1", request.top, 1),
    CHOICE("top=20", request.top, 20),
    CHOICE("top=1000000000", request.top, 1000000000),
};

static void choice_is_taken(gconstpointer data)
{
    const struct choice_case *c = data;
    char *argument = g_strconcat("tcp,asymmetry,", c->option, NULL);
    struct options *options = parse_well(argument);
    int value;
    memcpy(&value, (const char *)options + c->member, sizeof value);
    g_assert_cmpint(value, ==, c->value);
    g_assert_null(options->request.filter);
    options_free(options);
    g_free(argument);
}

static void switches_are_taken_one_by_one(void)
{
    struct options *options = parse_well("tcp,asymmetry,connections");
    g_assert_true(options->request.connections);
    g_assert_false(options->ascii);
    g_assert_false(options->help);
    options_free(options);
    options = parse_well("tcp,asymmetry,ascii");
    g_assert_false(options->request.connections);
    g_assert_true(options->ascii);
    options_free(options);
    options = parse_well("tcp,asymmetry,help");
    g_assert_true(options->help);
    options_free(options);
}

static void names_to_fail_with_are_kept_in_order(void)
{
    struct options *options = parse_well("tcp,asymmetry,fail=warn,top=3,fail=no_response");
    g_assert_cmpuint(options->fail_names->len, ==, 2);
    g_assert_cmpstr(g_ptr_array_index(options->fail_names, 0), ==, "warn");
    g_assert_cmpstr(g_ptr_array_index(options->fail_names, 1), ==, "no_response");
    options_free(options);
}

static void texts_are_taken_whole(void)
{
    struct options *options =
        parse_well("tcp,asymmetry,label=a = b;c,output=/tmp/my file=1.json,tcp");
    g_assert_cmpstr(options->request.capture_label, ==, "a = b;c");
    g_assert_cmpstr(options->output_path, ==, "/tmp/my file=1.json");
    g_assert_cmpstr(options->request.filter, ==, "tcp");
    options_free(options);
}

/* --- servers --- */

struct server_case {
    const char *name;
    const char *value, *address;
    uint16_t port;
    unsigned prefix;
};

static const struct server_case server_cases[] = {
    {"/options/server/ipv4", "10.0.0.5", "10.0.0.5", 0, 32},
    {"/options/server/ipv4-with-port", "10.0.0.5:443", "10.0.0.5", 443, 32},
    {"/options/server/smallest-port", "10.0.0.5:1", "10.0.0.5", 1, 32},
    {"/options/server/largest-port", "10.0.0.5:65535", "10.0.0.5", 65535, 32},
    {"/options/server/ipv4-network", "10.0.0.0/8", "10.0.0.0", 0, 8},
    {"/options/server/ipv4-whole-network", "0.0.0.0/0", "0.0.0.0", 0, 0},
    {"/options/server/ipv4-network-of-one", "10.0.0.5/32", "10.0.0.5", 0, 32},
    {"/options/server/ipv6", "2001:db8::1", "2001:db8::1", 0, 128},
    {"/options/server/ipv6-in-brackets", "[2001:db8::1]", "2001:db8::1", 0, 128},
    {"/options/server/ipv6-with-port", "[2001:db8::1]:443", "2001:db8::1", 443, 128},
    {"/options/server/ipv6-upper-case", "[2001:DB8::1]:443", "2001:db8::1", 443, 128},
    {"/options/server/ipv6-network", "2001:db8::/32", "2001:db8::", 0, 32},
    {"/options/server/ipv6-network-of-one", "::1/128", "::1", 0, 128},
};

static void server_is_taken(gconstpointer data)
{
    const struct server_case *c = data;
    char *argument = g_strconcat("tcp,asymmetry,server=", c->value, NULL);
    struct options *options = parse_well(argument);
    g_assert_cmpuint(options->request.servers->len, ==, 1);
    const struct server_match *match =
        &g_array_index(options->request.servers, struct server_match, 0);
    struct endpoint expected = end_at(c->address, c->port);
    g_assert_true(endpoint_equal(&match->network, &expected));
    g_assert_cmpuint(match->prefix, ==, c->prefix);
    g_assert_cmpstr(match->text, ==, c->value);
    g_assert_true(request_names_servers(&options->request));
    options_free(options);
    g_free(argument);
}

static void servers_and_ports_may_be_repeated(void)
{
    struct options *options = parse_well("tcp,asymmetry,server=10.0.0.5,port=443,server=10.0.0.6,"
                                         "port=8000-8999,server=10.0.0.5");
    g_assert_cmpuint(options->request.servers->len, ==, 3);
    g_assert_cmpuint(options->request.ports->len, ==, 2);
    options_free(options);
}

struct port_case {
    const char *name, *value;
    uint16_t first, last;
};

static const struct port_case port_cases[] = {
    {"/options/port/number", "443", 443, 443},
    {"/options/port/smallest", "1", 1, 1},
    {"/options/port/largest", "65535", 65535, 65535},
    {"/options/port/range", "8000-8999", 8000, 8999},
    {"/options/port/range-of-one", "80-80", 80, 80},
    {"/options/port/all", "1-65535", 1, 65535},
};

static void port_is_taken(gconstpointer data)
{
    const struct port_case *c = data;
    char *argument = g_strconcat("tcp,asymmetry,port=", c->value, NULL);
    struct options *options = parse_well(argument);
    g_assert_cmpuint(options->request.ports->len, ==, 1);
    const struct port_range *range = &g_array_index(options->request.ports, struct port_range, 0);
    g_assert_cmpuint(range->first, ==, c->first);
    g_assert_cmpuint(range->last, ==, c->last);
    g_assert_true(request_names_servers(&options->request));
    options_free(options);
    g_free(argument);
}

/* --- filters --- */

struct filter_case {
    const char *name, *rest, *filter;
};

static const struct filter_case filter_cases[] = {
    {"/options/filter/alone", "ip.addr==10.0.0.5", "ip.addr==10.0.0.5"},
    {"/options/filter/behind-options", "ascii,format=csv,ip.addr==10.0.0.5", "ip.addr==10.0.0.5"},
    {"/options/filter/with-commas", "connections,tcp.port in {80,443,8080}",
     "tcp.port in {80,443,8080}"},
    {"/options/filter/with-a-comma-in-a-string", "http.host==\"a,connections\"",
     "http.host==\"a,connections\""},
    {"/options/filter/options-behind-it-belong-to-it", "tcp,ascii", "tcp,ascii"},
    {"/options/filter/option-name-as-the-beginning-of-a-field", "server.name==1", "server.name==1"},
    {"/options/filter/option-name-in-upper-case", "ASCII", "ASCII"},
    {"/options/filter/space-before-an-option-name", " ascii", " ascii"},
    {"/options/filter/misspelt-option", "ascii,formt=json", "formt=json"},
    {"/options/filter/empty-part-begins-it", ",ascii", ",ascii"},
};

static void filter_is(gconstpointer data)
{
    const struct filter_case *c = data;
    char *argument = g_strconcat("tcp,asymmetry,", c->rest, NULL);
    struct options *options = parse_well(argument);
    g_assert_cmpstr(options->request.filter, ==, c->filter);
    options_free(options);
    g_free(argument);
}

/* --- errors --- */

struct error_case {
    const char *name, *rest;
    const char *part;  /* what is wrong, which the message must name */
    const char *right; /* what would be right, which it must say */
};

static const struct error_case error_cases[] = {
    {"/options/error/server-is-a-name", "server=www.example.com", "\"www.example.com\"",
     "server=10.0.0.5:443"},
    {"/options/error/server-too-short", "server=10.0.0", "\"10.0.0\"", "server=10.0.0.5"},
    {"/options/error/server-out-of-range", "server=10.0.0.256", "\"10.0.0.256\"",
     "server=10.0.0.5"},
    {"/options/error/server-is-only-a-port", "server=:443", "\":443\"", "server=10.0.0.5:443"},
    {"/options/error/server-port-0", "server=10.0.0.5:0", "\"0\" in \"10.0.0.5:0\"",
     "from 1 to 65535"},
    {"/options/error/server-port-65536", "server=10.0.0.5:65536", "\"65536\"", "from 1 to 65535"},
    {"/options/error/server-port-negative", "server=10.0.0.5:-1", "\"-1\"", "from 1 to 65535"},
    {"/options/error/server-port-empty", "server=10.0.0.5:", "\"\" in \"10.0.0.5:\"",
     "from 1 to 65535"},
    {"/options/error/server-port-not-a-number", "server=[::1]:http", "\"http\"", "from 1 to 65535"},
    {"/options/error/ipv4-prefix-too-long", "server=10.0.0.0/33", "\"/33\" in \"10.0.0.0/33\"",
     "from 0 to 32"},
    {"/options/error/ipv6-prefix-too-long", "server=2001:db8::/129", "\"/129\"", "from 0 to 128"},
    {"/options/error/prefix-empty", "server=10.0.0.0/", "\"/\" in \"10.0.0.0/\"", "from 0 to 32"},
    {"/options/error/prefix-as-mask", "server=10.0.0.0/255.0.0.0", "\"/255.0.0.0\"",
     "from 0 to 32"},
    {"/options/error/network-with-port", "server=10.0.0.0/8:443", "10.0.0.0/8:443", "from 0 to 32"},
    {"/options/error/bracket-not-closed", "server=[::1", "\"[::1\"", "server=[2001:db8::1]:443"},
    {"/options/error/text-behind-the-bracket", "server=[::1]443", "\"[::1]443\"",
     "server=[2001:db8::1]:443"},
    {"/options/error/brackets-around-nothing", "server=[]:443", "\"[]:443\"",
     "server=[2001:db8::1]:443"},
    {"/options/error/server-empty", "server=", "server", "ADDR:PORT"},
    {"/options/error/server-without-value", "server", "server", "ADDR:PORT"},
    {"/options/error/port-0", "port=0", "\"0\"", "from 1 to 65535"},
    {"/options/error/port-65536", "port=65536", "\"65536\"", "from 1 to 65535"},
    {"/options/error/port-beyond-64-bits", "port=18446744073709551617", "\"18446744073709551617\"",
     "from 1 to 65535"},
    {"/options/error/port-is-a-name", "port=https", "\"https\"", "port=443"},
    {"/options/error/port-with-sign", "port=+80", "\"+80\"", "port=443"},
    {"/options/error/port-with-space", "port= 80", "\" 80\"", "port=443"},
    {"/options/error/port-with-fraction", "port=80.5", "\"80.5\"", "port=443"},
    {"/options/error/port-range-open-end", "port=80-", "\"80-\"", "port=8000-8999"},
    {"/options/error/port-range-open-start", "port=-80", "\"-80\"", "port=8000-8999"},
    {"/options/error/port-range-of-three", "port=1-2-3", "\"1-2-3\"", "port=8000-8999"},
    {"/options/error/port-range-from-0", "port=0-80", "\"0-80\"", "from 1 to 65535"},
    {"/options/error/port-range-backwards", "port=90-80", "\"90-80\"", "port=80-90"},
    {"/options/error/port-empty", "port=", "port", "N-M"},
    {"/options/error/by-unknown", "by=host", "by=host", "endpoint, address or port"},
    {"/options/error/by-upper-case", "by=Address", "by=Address", "endpoint, address or port"},
    {"/options/error/by-without-value", "by", "by", "endpoint, address or port"},
    {"/options/error/format-unknown", "format=xml", "format=xml",
     "text, json, ndjson, csv or html"},
    {"/options/error/format-empty", "format=", "format", "text, json, ndjson, csv or html"},
    {"/options/error/sort-unknown", "sort=size", "sort=size", "one_way"},
    {"/options/error/top-0", "top=0", "\"0\"", "from 1 to"},
    {"/options/error/top-negative", "top=-1", "\"-1\"", "from 1 to"},
    {"/options/error/top-too-large", "top=1000000001", "\"1000000001\"", "1000000000"},
    {"/options/error/top-not-a-number", "top=ten", "\"ten\"", "top=10"},
    {"/options/error/output-without-value", "output", "output", "FILE"},
    {"/options/error/output-empty", "output=", "output", "FILE"},
    {"/options/error/label-empty", "label=", "label", "TEXT"},
    {"/options/error/connections-with-value", "connections=yes", "connections",
     "write just connections"},
    {"/options/error/ascii-with-value", "ascii=1", "ascii", "write just ascii"},
    {"/options/error/help-with-empty-value", "help=", "help", "write just help"},
    {"/options/error/format-twice", "format=csv,format=json", "format", "once"},
    {"/options/error/fail-without-name", "fail=", "fail", "the id of a finding"},
    {"/options/error/interval-0", "interval=0", "\"0\"", "from 0.001 to 86400"},
    {"/options/error/interval-negative", "interval=-1", "\"-1\"", "interval=10"},
    {"/options/error/interval-not-a-number", "interval=ten", "\"ten\"", "interval=0.5"},
    {"/options/error/interval-with-unit", "interval=10s", "\"10s\"", "seconds"},
    {"/options/error/interval-exponent", "interval=1e1", "\"1e1\"", "seconds"},
    {"/options/error/interval-point-alone", "interval=.", "\".\"", "digits"},
    {"/options/error/interval-two-points", "interval=1..5", "\"1..5\"", "digits"},
    {"/options/error/interval-below-a-nanosecond", "interval=1.0000000001", "\"1.0000000001\"",
     "seconds"},
    {"/options/error/interval-too-short", "interval=0.000999999", "\"0.000999999\"", "from 0.001"},
    {"/options/error/interval-too-long", "interval=86400.000000001", "\"86400.000000001\"",
     "to 86400"},
    {"/options/error/interval-far-too-long", "interval=99999999999999999999999999",
     "\"99999999999999999999999999\"", "to 86400"},
    {"/options/error/interval-twice", "interval=1,interval=1", "interval", "once"},
    {"/options/error/interval-beside-connections-in-csv", "format=csv,interval=1,connections",
     "connections", "format=csv"},
    {"/options/error/top-twice", "top=1,top=1", "top", "once"},
    {"/options/error/by-twice", "by=port,by=port", "by", "once"},
    {"/options/error/ascii-twice", "ascii,ascii", "ascii", "once"},
    {"/options/error/output-twice", "output=a,output=b", "output", "once"},
    {"/options/error/behind-good-options", "ascii,label=x,top=x,tcp", "\"x\"", "top=10"},
};

static void error_explains(gconstpointer data)
{
    const struct error_case *c = data;
    char *argument = g_strconcat("tcp,asymmetry,", c->rest, NULL);
    char *error = NULL;
    g_assert_null(options_parse(argument, &error));
    g_assert_nonnull(error);
    if (strstr(error, c->part) == NULL)
        g_error("\"%s\" does not name %s", error, c->part);
    if (strstr(error, c->right) == NULL)
        g_error("\"%s\" does not say that %s is right", error, c->right);
    g_assert_null(strchr(error, '\n'));
    g_free(error);
    g_free(argument);
}

static void other_command_is_an_error(void)
{
    char *error = NULL;
    g_assert_null(options_parse("tcp,asymmetrycsv", &error));
    g_assert_nonnull(strstr(error, "\"tcp,asymmetrycsv\""));
    g_assert_nonnull(strstr(error, "write tcp,asymmetry"));
    g_free(error);
}

/* --- filters that Wireshark refused --- */

struct refusal_case {
    const char *name, *filter;
    const char *says;
    const char *never_says; /* or NULL */
};

static const struct refusal_case refusal_cases[] = {
    {"/options/refused-filter/letter-missing", "formt=json", "did you mean \"format\"", NULL},
    {"/options/refused-filter/letter-too-many", "connectionss", "did you mean \"connections\"",
     NULL},
    {"/options/refused-filter/singular", "connection", "did you mean \"connections\"", NULL},
    {"/options/refused-filter/letters-swapped", "srever=10.0.0.5", "did you mean \"server\"", NULL},
    {"/options/refused-filter/upper-case", "ASCII", "did you mean \"ascii\"", NULL},
    {"/options/refused-filter/names-the-wrong-word", "Sortt=pcr,tcp", "\"Sortt\" is not an option",
     NULL},
    {"/options/refused-filter/followed-by-an-option", "lable=x,ascii", "did you mean \"label\"",
     "must come before"},
    {"/options/refused-filter/option-behind-a-filter", "tcp.port==80,ascii",
     "\"ascii\" must come before", "did you mean"},
    {"/options/refused-filter/option-with-value-behind-a-filter", "tcp.port in {80,443},top=5",
     "\"top\" must come before", NULL},
    {"/options/refused-filter/another-word", "nonsense", "is not an option", "did you mean"},
    {"/options/refused-filter/no-word-at-all", "((", "is not an option", "did you mean"},
    {"/options/refused-filter/field-near-an-option-name", "ports.x==1", "is not an option",
     "did you mean"},
    {"/options/refused-filter/points-to-the-help", "((", "tcp,asymmetry,help", NULL},
};

static void refusal_explains(gconstpointer data)
{
    const struct refusal_case *c = data;
    char *text = options_explain_bad_filter(c->filter);
    g_assert_nonnull(text);
    if (strstr(text, c->says) == NULL)
        g_error("\"%s\" does not say %s", text, c->says);
    if (c->never_says != NULL && strstr(text, c->never_says) != NULL)
        g_error("\"%s\" says %s", text, c->never_says);
    g_free(text);
}

/* --- help --- */

static void help_lists_all_options(void)
{
    static const char *const names[] = {
        "server=", "port=", "by=",    "format=", "output=", "connections",
        "sort=",   "top=",  "label=", "fail=",   "ascii",   "help"};
    char *help = options_help();
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
        char *line = g_strconcat("\n  ", names[i], NULL);
        if (strstr(help, line) == NULL)
            g_error("the help has no option %s", names[i]);
        g_free(line);
    }
    g_assert_nonnull(strstr(help, "-z tcp,asymmetry["));
    g_assert_true(g_str_has_suffix(help, "\n"));
    g_free(help);
}

static void help_fits_a_terminal(void)
{
    char *help = options_help();
    char **lines = g_strsplit(help, "\n", -1);
    for (char **line = lines; *line != NULL; line++)
        g_assert_cmpuint(strlen(*line), <=, 100);
    g_strfreev(lines);
    g_free(help);
}

/* --- how many servers --- */

struct top_case {
    const char *name, *options;
    enum output_format format;
    uint32_t top; /* 0: all */
};

static const struct top_case top_cases[] = {
    {"/options/top/20-in-text", "", FORMAT_TEXT, 20},
    {"/options/top/all-in-json", "", FORMAT_JSON, 0},
    {"/options/top/all-in-ndjson", "", FORMAT_NDJSON, 0},
    {"/options/top/all-in-csv", "", FORMAT_CSV, 0},
    {"/options/top/100-in-html", "", FORMAT_HTML, 100},
    {"/options/top/as-the-user-says-in-text", ",top=23", FORMAT_TEXT, 23},
    {"/options/top/as-the-user-says-in-json", ",top=23", FORMAT_JSON, 23},
};

static void top_is(gconstpointer data)
{
    const struct top_case *c = data;
    char *argument = g_strconcat("tcp,asymmetry", c->options, NULL);
    struct options *options = parse_well(argument);
    g_assert_cmpuint(options_top(options, c->format), ==, c->top);
    options_free(options);
    g_free(argument);
}

static void only_a_page_limits_its_connections(void)
{
    g_assert_cmpuint(options_most_connections(FORMAT_HTML), ==, 1000);
    g_assert_cmpuint(options_most_connections(FORMAT_JSON), ==, 0);
    g_assert_cmpuint(options_most_connections(FORMAT_TEXT), ==, 0);
}

static void only_a_page_chooses_its_intervals(void)
{
    static const struct {
        const char *argument;
        bool chooses;
    } cases[] = {{"tcp,asymmetry", false},
                 {"tcp,asymmetry,format=json", false},
                 {"tcp,asymmetry,format=html", true},
                 {"tcp,asymmetry,format=html,interval=2", false},
                 {"tcp,asymmetry,interval=2,format=html", false}};
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        struct options *options = parse_well(cases[i].argument);
        g_assert_true(options->request.chooses_interval == cases[i].chooses);
        options_free(options);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/options/defaults", defaults);
    g_test_add_func("/options/connections-of-a-page", only_a_page_limits_its_connections);
    g_test_add_func("/options/intervals-of-a-page", only_a_page_chooses_its_intervals);
    g_test_add_func("/options/free-of-nothing-does-nothing", free_of_nothing_does_nothing);
    ADD_CASES(interval_cases, interval_is_in_seconds);
    for (size_t i = 0; i < G_N_ELEMENTS(choice_cases); i++)
        g_test_add_data_func(choice_cases[i].name, &choice_cases[i], choice_is_taken);
    g_test_add_func("/options/switches", switches_are_taken_one_by_one);
    g_test_add_func("/options/fail", names_to_fail_with_are_kept_in_order);
    g_test_add_func("/options/texts-are-taken-whole", texts_are_taken_whole);
    for (size_t i = 0; i < G_N_ELEMENTS(server_cases); i++)
        g_test_add_data_func(server_cases[i].name, &server_cases[i], server_is_taken);
    g_test_add_func("/options/servers-and-ports-may-be-repeated",
                    servers_and_ports_may_be_repeated);
    for (size_t i = 0; i < G_N_ELEMENTS(port_cases); i++)
        g_test_add_data_func(port_cases[i].name, &port_cases[i], port_is_taken);
    for (size_t i = 0; i < G_N_ELEMENTS(filter_cases); i++)
        g_test_add_data_func(filter_cases[i].name, &filter_cases[i], filter_is);
    for (size_t i = 0; i < G_N_ELEMENTS(error_cases); i++)
        g_test_add_data_func(error_cases[i].name, &error_cases[i], error_explains);
    g_test_add_func("/options/error/other-command", other_command_is_an_error);
    for (size_t i = 0; i < G_N_ELEMENTS(refusal_cases); i++)
        g_test_add_data_func(refusal_cases[i].name, &refusal_cases[i], refusal_explains);
    g_test_add_func("/options/help/lists-all-options", help_lists_all_options);
    g_test_add_func("/options/help/fits-a-terminal", help_fits_a_terminal);
    for (size_t i = 0; i < G_N_ELEMENTS(top_cases); i++)
        g_test_add_data_func(top_cases[i].name, &top_cases[i], top_is);
    return g_test_run();
}
