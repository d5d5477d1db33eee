/* Generates a large capture (pcap) of many TCP connections at the same time, for measurements: the
 * same bytes on every machine, in memory that does not grow with the number of connections.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "frame.h"
#include "random.h"
#include "script.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SEED                    2025
#define CAPTURE_BEGAN           1740992400 /* 2025-03-03 09:00:00 UTC */
#define MICROSECONDS_PER_SECOND 1000000
#define START_EVERY             1000 /* a connection, microseconds on average */

/* At that rate some hundred are open; the others wait. */
#define MAX_OPEN        2048
#define MAX_CONNECTIONS 100000000 /* with more, pairs of ends would come twice */

struct connection {
    struct script script;
    unsigned next; /* index of the segment that comes next */
};

struct generator {
    struct traffic traffic;
    struct random random;
    uint32_t begun, wanted; /* connections */
    uint64_t next_start;    /* microseconds */
    /* Open connections first, as a heap by the time of their next segment; the others are free. */
    struct connection *connections[MAX_OPEN];
    unsigned open;
};

/* --- the heap --- */

static bool is_before(const struct connection *one, const struct connection *other)
{
    return one->script.segments[one->next].time < other->script.segments[other->next].time;
}

static void swap(struct generator *generator, unsigned one, unsigned other)
{
    struct connection *connection = generator->connections[one];
    generator->connections[one] = generator->connections[other];
    generator->connections[other] = connection;
}

static void sift_up(struct generator *generator, unsigned index)
{
    for (unsigned parent; index > 0; index = parent) {
        parent = (index - 1) / 2;
        if (!is_before(generator->connections[index], generator->connections[parent]))
            return;
        swap(generator, index, parent);
    }
}

static void sift_down(struct generator *generator)
{
    for (unsigned index = 0, first;; index = first) {
        first = index;
        for (unsigned child = 2 * index + 1; child <= 2 * index + 2; child++) {
            if (child < generator->open &&
                is_before(generator->connections[child], generator->connections[first]))
                first = child;
        }
        if (first == index)
            return;
        swap(generator, index, first);
    }
}

/* --- connections --- */

static uint64_t first_time(const struct generator *generator)
{
    const struct connection *connection = generator->connections[0];
    return connection->script.segments[connection->next].time;
}

static void begin(struct generator *generator)
{
    struct connection *connection = generator->connections[generator->open];
    connection->next = 0;
    script_write(&connection->script, &generator->traffic, generator->begun++,
                 generator->next_start, &generator->random);
    generator->next_start += random_between(&generator->random, 1, 2 * START_EVERY);
    if (connection->script.segment_count > 0)
        sift_up(generator, generator->open++);
}

static void begin_due(struct generator *generator)
{
    while (generator->begun < generator->wanted && generator->open < MAX_OPEN &&
           (generator->open == 0 || generator->next_start <= first_time(generator))) {
        begin(generator);
    }
    /* One that had to wait begins now, and not in the past. */
    if (generator->open == MAX_OPEN && generator->next_start < first_time(generator))
        generator->next_start = first_time(generator);
}

static void advance(struct generator *generator)
{
    struct connection *connection = generator->connections[0];
    if (++connection->next == connection->script.segment_count)
        swap(generator, 0, --generator->open);
    sift_down(generator);
}

/* --- the file --- */

/* The file is little-endian wherever this runs. */
static void put32(uint8_t *to, uint32_t value)
{
    for (int i = 0; i < 4; i++)
        to[i] = (uint8_t)(value >> 8 * i);
}

static void write_file_header(FILE *file)
{
    uint8_t header[24] = {0xD4, 0xC3, 0xB2, 0xA1, 2, 0, 4}; /* microseconds, version 2.4 */
    put32(header + 16, 65535);
    put32(header + 20, 1); /* Ethernet */
    fwrite(header, sizeof header, 1, file);
}

static void write_first(const struct generator *generator, FILE *file)
{
    const struct connection *connection = generator->connections[0];
    const struct scripted_segment *segment = &connection->script.segments[connection->next];
    uint8_t header[16], frame[FRAME_MAX_BYTES];
    uint32_t length = frame_write(frame, &connection->script, segment);
    put32(header, CAPTURE_BEGAN + (uint32_t)(segment->time / MICROSECONDS_PER_SECOND));
    put32(header + 4, (uint32_t)(segment->time % MICROSECONDS_PER_SECOND));
    put32(header + 8, length);
    put32(header + 12, length);
    fwrite(header, sizeof header, 1, file);
    fwrite(frame, length, 1, file);
}

static void generate(uint32_t wanted, struct traffic traffic, FILE *file)
{
    struct generator generator = {.traffic = traffic, .random = {SEED}, .wanted = wanted};
    struct connection *pool = calloc(MAX_OPEN, sizeof *pool);
    if (pool == NULL)
        abort();
    for (unsigned i = 0; i < MAX_OPEN; i++)
        generator.connections[i] = &pool[i];

    write_file_header(file);
    for (begin_due(&generator); generator.open > 0; begin_due(&generator)) {
        write_first(&generator, file);
        advance(&generator);
    }
    free(pool);
}

/* --- the command --- */

static bool read_count(const char *text, unsigned long most, uint32_t *count)
{
    char *end;
    unsigned long value = strtoul(text, &end, 10);
    *count = (uint32_t)value;
    return text[0] >= '0' && text[0] <= '9' && *end == '\0' && value <= most;
}

int main(int argc, char **argv)
{
    uint32_t wanted;
    struct traffic traffic = {0};
    if (argc < 3 || argc > 5 || !read_count(argv[1], MAX_CONNECTIONS, &wanted) ||
        (argc > 3 && !read_count(argv[3], SCRIPT_MAX_SERVERS, &traffic.servers)) ||
        (argc > 4 && !read_count(argv[4], SCRIPT_MAX_EXCHANGES, &traffic.exchanges))) {
        fprintf(stderr,
                "usage: %s CONNECTIONS FILE [SERVERS [EXCHANGES]]\nFILE may be - for standard "
                "output. Without SERVERS, or with 0, a few\nservers are busy. EXCHANGES are the "
                "requests of each connection.\n",
                argv[0]);
        return 2;
    }
    FILE *file = strcmp(argv[2], "-") == 0 ? stdout : fopen(argv[2], "wb");
    if (file == NULL) {
        perror(argv[2]);
        return 1;
    }
    generate(wanted, traffic, file);
    bool failed = ferror(file) != 0;
    if (fclose(file) != 0 || failed) {
        perror(argv[2]);
        return 1;
    }
    return 0;
}
