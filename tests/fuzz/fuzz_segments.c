/* Fuzzes all behind the border to Wireshark: bytes -> segments -> counters, findings, every output,
 * and the table that is right after each segment.
 *
 * The bytes say how each segment differs from what its connection would send next, so that small
 * changes of them lead from one plausible connection to another, and large ones to nonsense.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "live/live_table.h"
#include "output/render.h"
#include "report/intervals.h"
#include "segments.h"
#include "settings/preference.h"

#include <stdlib.h>
#include <wsutil/wsjson.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define MOST_STREAMS  24
#define MOST_SEGMENTS 400

/* What tap_input.c lets pass, so that differences of times do not overflow. */
#define EARLIEST (EARLIEST_SECOND * NS_PER_SECOND)
#define LATEST   (LATEST_SECOND * NS_PER_SECOND + NS_PER_SECOND - 1)

/* --- reading the bytes --- */

struct source {
    const uint8_t *data;
    size_t size;
};

/* The next byte, 0 behind the end. */
static uint8_t take(struct source *source)
{
    if (source->size == 0)
        return 0;
    source->size--;
    return *source->data++;
}

static uint32_t take_word(struct source *source)
{
    uint32_t high = take(source);
    return high << 8 | take(source);
}

/* 0 to 15 as they are, above that ever larger: a byte reaches any 32-bit number's size. */
static uint32_t magnitude(uint8_t byte)
{
    return byte < 16 ? byte : (uint32_t)(16 + byte % 16) << ((byte - 16) / 16 * 2);
}

/* --- segments --- */

struct speaker {
    struct endpoint ends[2];
    uint32_t next[2];         /* sequence number that comes next */
    uint32_t acknowledged[2]; /* the last one that this end sent */
    bool begun;
};

struct world {
    struct source source;
    struct speaker speakers[MOST_STREAMS];
    int64_t now;
    uint16_t ip_id;
    bool has_timestamps; /* in all segments */
    bool has_error;      /* error is to be added behind the segment */
    struct icmp_error error;
};

/* Few addresses and ports, so that connections share them. */
static struct endpoint take_end(struct source *source)
{
    static const uint16_t ports[] = {443, 80, 22, 50000, 50001, 50002, 1500, 0, 65535, 3306};
    static const uint8_t address_of_all[ENDPOINT_ADDRESS_BYTES] = {10, 0, 0, 1, 0xFE, 0x80};
    uint8_t address[ENDPOINT_ADDRESS_BYTES], choice = take(source);
    memcpy(address, address_of_all, sizeof address);
    address[3] = choice & 7;
    struct endpoint endpoint;
    uint16_t port = ports[(choice >> 3) % G_N_ELEMENTS(ports)];
    uint8_t kind = take(source);
    enum address_family family = kind < 128 ? FAMILY_IPV4 : kind < 224 ? FAMILY_IPV6 : FAMILY_OTHER;
    size_t length = family == FAMILY_IPV4 ? 4 : family == FAMILY_IPV6 ? 16 : kind & 31;
    endpoint_set(&endpoint, family, address, MIN(length, sizeof address), port);
    return endpoint;
}

static void begin(struct speaker *speaker, struct source *source)
{
    speaker->begun = true;
    for (int i = 0; i < 2; i++) {
        speaker->ends[i] = take_end(source);
        speaker->next[i] = take_word(source) << 16;
    }
}

/* A clock of 10 ms, and what may be wrong with it. */
static void take_timestamps(struct world *world, struct segment *segment)
{
    segment->has_timestamps = true;
    segment->ts_value += take(&world->source);
    segment->ts_echo += take(&world->source);
}

/* A router's or host's error that quotes @segment, or its answer. */
static void take_error(struct world *world, const struct segment *segment)
{
    struct source *source = &world->source;
    uint8_t choice = take(source);
    bool back = (choice & 1) != 0;
    world->has_error = true;
    world->error = (struct icmp_error){
        .source = back ? segment->destination : segment->source,
        .destination = back ? segment->source : segment->destination,
        .reporter = choice & 2 ? segment->destination : take_end(source),
        .time = segment->time,
        .sequence = segment->sequence,
        .mtu = choice & 4 ? magnitude(take(source)) : 0,
        .type = choice >> 4,
        .code = take(source),
        .is_v6 = (choice & 8) != 0,
    };
}

static void take_sack(struct source *source, struct segment *segment, uint32_t base, uint8_t counts)
{
    segment->sack_ranges = (counts & 7) > SEGMENT_SACK_RANGES ? 0 : counts & 7;
    for (unsigned i = 0; i < segment->sack_ranges; i++) {
        segment->sack_left[i] = base + magnitude(take(source)) - (counts & 8 ? 4096 : 0);
        segment->sack_right[i] = segment->sack_left[i] + magnitude(take(source));
    }
}

/* @wait of at most an eighth of all 64 bits. */
static void pass_time(struct world *world, int64_t wait)
{
    world->now = CLAMP(world->now + wait, EARLIEST, LATEST);
}

static void take_time(struct world *world)
{
    uint8_t step = take(&world->source), power = step & 63;
    bool back = (step & 64) != 0;
    int64_t wait = power == 0 && !back ? 0 : (int64_t)1 << MIN(power, 60);
    if (power == 63)
        world->now = back ? EARLIEST : LATEST;
    else
        pass_time(world, back ? -wait : wait);
}

/* What is changed of the segment that would come next: a bit for each. */
enum change {
    CHANGE_SEQUENCE = 1,
    CHANGE_ACKNOWLEDGED = 2,
    CHANGE_WINDOW = 4,
    CHANGE_ANALYSIS = 8,
    CHANGE_IP = 16,
    CHANGE_OPTIONS = 32,
    CHANGE_LENGTH = 64,
    CHANGE_TIME = 128,
};

static void take_ip(struct world *world, struct segment *segment)
{
    uint8_t choice = take(&world->source);
    segment->hop_limit = (uint8_t)(choice & 15 ? 50 + (choice & 15) : 255);
    segment->has_hop_limit = (choice & 16) == 0;
    segment->ip_id = choice & 32 ? 0 : (uint16_t)(world->ip_id - (choice >> 6) * 3);
}

/* SACK ranges, and in the upper half of the same byte what else options and ICMP say. */
static void take_options_of(struct world *world, struct segment *segment)
{
    uint8_t choice = take(&world->source);
    take_sack(&world->source, segment, segment->acknowledged, choice);
    if (choice & 16)
        take_timestamps(world, segment);
    if (choice & 32)
        segment->mss = (uint16_t)take_word(&world->source);
    segment->is_multipath = (choice & 64) != 0;
    if (choice & 128)
        take_error(world, segment);
}

static void apply_changes(struct world *world, struct segment *segment, uint8_t changes)
{
    struct source *source = &world->source;
    if (changes & CHANGE_SEQUENCE)
        segment->sequence += (uint32_t)(int16_t)take_word(source) * (take(source) & 1 ? 65536 : 1);
    if (changes & CHANGE_ACKNOWLEDGED)
        segment->acknowledged += (uint32_t)(int16_t)take_word(source);
    if (changes & CHANGE_WINDOW)
        segment->window = magnitude(take(source));
    if (changes & CHANGE_ANALYSIS)
        segment->analysis = (uint16_t)take_word(source);
    if (changes & CHANGE_IP)
        take_ip(world, segment);
    if (changes & CHANGE_OPTIONS)
        take_options_of(world, segment);
    if (changes & CHANGE_LENGTH) {
        uint8_t payload = take(source);
        segment->payload = magnitude(payload);
        segment->has_length = payload != 255;
    }
}

static struct segment take_segment(struct world *world)
{
    static const uint32_t payloads[] = {0, 1, 100, 536, 1448, 1448, 1460, 65000};
    struct source *source = &world->source;
    uint8_t who = take(source), flags = take(source), changes = take(source);
    unsigned stream = (who >> 1) % MOST_STREAMS;
    struct speaker *speaker = &world->speakers[stream];
    if (!speaker->begun)
        begin(speaker, source);
    unsigned sender = who & 1;
    if (changes & CHANGE_TIME)
        take_time(world);
    else
        pass_time(world, NS_PER_MS);
    world->ip_id++;

    struct segment segment =
        segment_between(speaker->ends[sender], speaker->ends[1 - sender], flags & 0x1F,
                        speaker->next[sender], speaker->next[1 - sender], payloads[flags >> 5]);
    segment.stream = stream;
    segment.time = world->now;
    segment.hop_limit = (uint8_t)(60 + sender);
    segment.has_hop_limit = true;
    segment.ip_id = world->ip_id;
    segment.has_timestamps = world->has_timestamps;
    segment.ts_value = segment.ts_echo = (uint32_t)(world->now / (10 * NS_PER_MS));
    segment.mss = (flags & TCP_SYN) != 0 ? 1460 : 0;
    apply_changes(world, &segment, changes);
    segment.frame_bytes = segment.payload + HEADER_BYTES;
    segment.reset_window = (uint16_t)segment.window;

    uint32_t end = segment_data_end(&segment) + ((segment.flags & TCP_FIN) != 0);
    if (sequence_after(end, speaker->next[sender]))
        speaker->next[sender] = end;
    return segment;
}

/* --- what has to be so --- */

static uint64_t segments_of(const struct row *row)
{
    return row->totals[0].count[COUNTER_PACKETS] + row->totals[1].count[COUNTER_PACKETS];
}

static void check_finding(const struct finding *finding)
{
    g_assert_cmpuint(finding->stream_count, <=, FINDING_STREAMS);
    g_assert_true(finding->text != NULL && g_utf8_validate(finding->text, -1, NULL));
    g_assert_true(finding->filter != NULL && finding->filter[0] != 0);
    g_assert_true(finding->id == FINDING_ANALYSIS_OFF || finding->count > 0);
}

/* Every segment is in exactly one row if all rows are shown, and in no row twice. */
static void check_report(const struct report *report, uint64_t segments)
{
    uint64_t sum = 0;
    g_assert_cmpuint(report->segments, ==, segments);
    for (guint i = 0; i < report->rows->len; i++) {
        const struct row *row = report_complete_row(report, i);
        sum += segments_of(row);
        for (guint j = 0; j < row->findings->len; j++)
            check_finding(g_ptr_array_index(row->findings, j));
    }
    g_assert_cmpuint(sum, <=, segments);
    if (!request_names_servers(report->request) && report->rows->len == report->groups)
        g_assert_cmpuint(sum, ==, segments);
}

static const struct row *row_of(const struct report *report, const struct endpoint *server)
{
    for (guint i = 0; i < report->rows->len; i++) {
        const struct row *row = g_ptr_array_index(report->rows, i);
        if (endpoint_equal(&row->server, server))
            return row;
    }
    return NULL;
}

static void check_same(const struct row *live, const struct row *row)
{
    g_assert_cmpuint(live->connections, ==, row->connections);
    g_assert_cmpuint(live->one_way_connections, ==, row->one_way_connections);
    for (int direction = 0; direction < 2; direction++)
        for (int i = 0; i < COUNTER_COUNT; i++)
            g_assert_cmpuint(live->totals[direction].count[i], ==, row->totals[direction].count[i]);
    for (int i = 0; i < ROLE_BASIS_COUNT; i++)
        g_assert_cmpuint(live->basis[i], ==, row->basis[i]);
}

/* What a row counted in its intervals is together what it counted. */
static void check_intervals(const struct report *report)
{
    for (guint i = 0; i < report->rows->len; i++) {
        const struct row *row = g_ptr_array_index(report->rows, i);
        struct intervals *intervals = intervals_new(report, i);
        struct totals sums[2] = {TOTALS_NONE, TOTALS_NONE};
        int64_t last = INT64_MIN;
        struct row interval;
        while (intervals_next(intervals, &interval)) {
            g_assert_cmpint(interval.first_time, >, last);
            last = interval.first_time;
            for (int direction = 0; direction < 2; direction++)
                totals_add(&sums[direction], &interval.totals[direction]);
        }
        intervals_free(intervals);
        for (int j = 0; j < 2 * COUNTER_COUNT; j++)
            g_assert_cmpuint(sums[j / COUNTER_COUNT].count[j % COUNTER_COUNT], ==,
                             row->totals[j / COUNTER_COUNT].count[j % COUNTER_COUNT]);
    }
}

/* The table that is kept along has the rows of a report made at the end. */
static void check_live(struct live_table *live, const struct report *report)
{
    enum row_kind kind;
    uint32_t index;
    while (live_table_next_changed(live, &kind, &index))
        ;
    for (uint32_t i = 0; i < live_table_rows(live, ROW_CONNECTION); i++) {
        struct row row;
        live_table_row(live, ROW_CONNECTION, i, &row);
    }
    bool comparable = report->request->grouping == GROUP_BY_ENDPOINT &&
                      !request_names_servers(report->request) &&
                      report->rows->len == report->servers;
    for (uint32_t i = 0; i < live_table_rows(live, ROW_SERVER); i++) {
        struct row row;
        live_table_row(live, ROW_SERVER, i, &row);
        if (!comparable || live_table_item(live, ROW_SERVER, i) == LIVE_OTHERS)
            continue;
        const struct row *expected = row_of(report, &row.server);
        g_assert_nonnull(expected);
        check_same(&row, expected);
    }
}

/* With no tokens to fill, Wireshark's parser counts them; what is wrong is negative. */
static bool is_json(const char *text)
{
    return json_parse(text, NULL, 0) > 0;
}

/* Nothing that a terminal obeys. */
static void check_text(const char *text)
{
    for (; *text != 0; text++)
        g_assert_true(*text == '\n' || *text == '\r' || (uint8_t)*text >= 32);
}

static void check_output(const char *text, size_t length, enum output_format format)
{
    g_assert_true(g_utf8_validate(text, (gssize)length, NULL));
    if (format == FORMAT_TEXT || format == FORMAT_CSV)
        check_text(text);
    if (format == FORMAT_JSON)
        g_assert_true(is_json(text));
    if (format != FORMAT_NDJSON)
        return;
    char **lines = g_strsplit(text, "\n", -1);
    for (char **line = lines; *line != NULL && **line != 0; line++)
        g_assert_true(is_json(*line));
    g_strfreev(lines);
}

static void check_rendered(const struct report *report, enum output_format format,
                           const struct render_settings *settings)
{
    char *text = NULL;
    size_t length = 0;
    FILE *out = open_memstream(&text, &length);
    render(format, report, settings, out);
    g_assert_cmpint(fclose(out), ==, 0);
    check_output(text, length, format);
    free(text);
}

/* --- a run --- */

static const char *take_options(struct source *source)
{
    static const char *const options[] = {
        "",
        ",connections",
        ",connections,sort=pcr",
        ",by=address,sort=resets",
        ",by=port,sort=server,connections",
        ",top=1,connections,sort=one_way",
        ",server=10.0.0.1",
        ",server=10.0.0.0/30,port=443-50000,connections",
        ",server=[a00::]:80,label=x",
        ",port=50001,sort=packets",
        ",sort=retransmissions,connections,tcp.port == 80",
        ",sort=connections,by=address,connections",
    };
    return options[take(source) % G_N_ELEMENTS(options)];
}

/* Low thresholds let a few segments reach every finding. */
static void lower_thresholds(void)
{
    preferences.loss_segments = preferences.spurious_segments = preferences.duplicate_percent = 1;
    preferences.window_full_segments = 1;
    preferences.exhausted_sends = 3;
    preferences.scan_targets = 2;
    preferences.zero_window_ms = 0;
}

static unsigned knowledge_of(uint16_t port)
{
    return port == 443 || port == 3306 ? PORT_NAMED | PORT_DISSECTED
           : port == 1500              ? PORT_NAMED
                                       : 0;
}

static void count_segments(struct world *world, struct recording *recording,
                           struct live_table *live)
{
    while (world->source.size > 0 && recording->frame < MOST_SEGMENTS) {
        struct segment segment = take_segment(world);
        const struct flow *known = capture_find(recording->capture, segment.stream);
        if (known != NULL)
            live_table_before(live, known);
        live_table_after(live, recording_add(recording, segment));
        if (!world->has_error)
            continue;
        world->has_error = false;
        world->error.frame = recording->frame;
        capture_add_error(recording->capture, &world->error);
    }
}

/* What Wireshark says of each connection; the caller frees it. */
static struct flow_facts *facts_of(const struct capture *capture, bool has_partial)
{
    size_t count = flow_table_count(capture->flows);
    struct flow_facts *facts = g_new(struct flow_facts, count);
    for (size_t i = 0; i < count; i++)
        facts[i] = (struct flow_facts){(uint8_t)i, has_partial && i % 2 == 0};
    return facts;
}

static void report_all(struct recording *recording, struct live_table *live, uint8_t form)
{
    static const enum output_format formats[] = {FORMAT_TEXT, FORMAT_JSON, FORMAT_NDJSON,
                                                 FORMAT_CSV};
    enum output_format format = formats[form % G_N_ELEMENTS(formats)];
    struct render_settings settings = {(form & 64) == 0 ? TEXT_DEFAULT_WIDTH : TEXT_LEAST_WIDTH,
                                       (form & 128) == 0};

    struct report *report = recording_report(recording);
    check_report(report, recording->frame);
    check_live(live, report);
    if (report->interval > 0)
        check_intervals(report);
    check_rendered(report, format, &settings);
    report_free(report);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct preferences defaults;
    static bool has_defaults;
    if (!has_defaults)
        defaults = preferences;
    has_defaults = true;
    preferences = defaults;

    struct world world = {.source = {data, size}, .now = TEST_EPOCH, .ip_id = 1};
    char *argument = g_strconcat(OPTIONS_COMMAND, take_options(&world.source), NULL);
    uint8_t settings = take(&world.source), form = take(&world.source);
    if (settings & 1)
        lower_thresholds();
    world.has_timestamps = settings & 128;
    struct recording recording = recording_new(argument);
    if (form & 32)
        capture_count_intervals(recording.capture, 0);
    recording.source.analysed = (settings & 2) == 0;
    recording.source.untapped = settings & 4;
    recording.source.out_of_range = settings & 64;
    if (settings & 8)
        recording.source.port_knowledge = knowledge_of;
    struct role_hints hints = {.port_knowledge = recording.source.port_knowledge};
    struct live_table *live = live_table_new(recording.capture->flows, &hints,
                                             settings & 16 ? 2 : 1000, recording.source.analysed);

    count_segments(&world, &recording, live);
    struct flow_facts *facts = facts_of(recording.capture, (settings & 32) != 0);
    recording.source.facts = facts;
    report_all(&recording, live, form);

    g_free(facts);
    live_table_free(live);
    recording_clear(&recording);
    g_free(argument);
    return 0;
}
