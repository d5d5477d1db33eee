/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "script.h"

#include <assert.h>
#include <string.h>

#define MICROSECONDS_PER_MILLISECOND 1000
#define MICROSECONDS_PER_SECOND      1000000

/* Shares of connections, per mille. Large networks show more of some, but then the whole capture is
 * about them. */
enum trouble {
    NO_ANSWER,
    REFUSED,
    SYN_REPEATED,
    ONE_WAY,
    CAPTURE_GAP,
    MID_STREAM,
    RESET_BY_CLIENT,
    RESET_BY_SERVER,
    RESET_AFTER_CLOSE,
    ZERO_WINDOW,
    REORDERED,
    NOT_CLOSED,
    TROUBLES,
    NO_TROUBLE = TROUBLES,
};

static const uint32_t trouble_shares[TROUBLES] = {
    [NO_ANSWER] = 10,         [REFUSED] = 8,     [SYN_REPEATED] = 10,    [ONE_WAY] = 15,
    [CAPTURE_GAP] = 15,       [MID_STREAM] = 8,  [RESET_BY_CLIENT] = 10, [RESET_BY_SERVER] = 10,
    [RESET_AFTER_CLOSE] = 12, [ZERO_WINDOW] = 8, [REORDERED] = 10,       [NOT_CLOSED] = 20,
};

/* Of data segments, per mille. */
#define LOST_SHARE     8
#define SPURIOUS_SHARE 1

#define IPV6_SHARE         150
#define NO_TIMESTAMP_SHARE 200 /* Windows */

enum service {
    HTTP,
    TLS,
    TEXT,
};

static const struct service_port {
    uint16_t port;
    uint8_t service;
} service_ports[] = {
    /* As often as it stands here. The last ones belong to no dissector. */
    {80, HTTP}, {80, HTTP}, {80, HTTP}, {80, HTTP}, {443, TLS},   {443, TLS},
    {443, TLS}, {443, TLS}, {443, TLS}, {80, HTTP}, {7001, TEXT}, {24007, TEXT},
};

#define SERVERS              144
#define CLIENTS              4096
#define FIRST_EPHEMERAL_PORT 32768 /* Linux */
#define LAST_EPHEMERAL_PORT  60999

/* What is needed only while the script is written. */
struct author {
    struct script *script;
    const struct traffic *traffic;
    struct random *random;
    enum trouble trouble;
    enum service service;
    uint64_t now;          /* microseconds */
    uint32_t answer_in[2]; /* microseconds until an end's answer passes the capture point */
    uint32_t segment_size; /* largest payload of one segment */
};

static enum side other(enum side side)
{
    return side == CLIENT ? SERVER : CLIENT;
}

/* --- segments --- */

static struct scripted_segment *add(struct author *author, uint64_t time, enum side sender,
                                    unsigned flags)
{
    struct script *script = author->script;
    struct script_end *end = &script->ends[sender];
    assert(script->segment_count < SCRIPT_MAX_SEGMENTS);
    struct scripted_segment *segment = &script->segments[script->segment_count++];
    *segment = (struct scripted_segment){
        .time = time,
        .sequence = end->sent,
        .acknowledged = flags & TCP_ACK ? script->ends[other(sender)].sent : 0,
        .window = end->window,
        .ip_id = end->next_ip_id++,
        .flags = (uint8_t)flags,
        .sender = (uint8_t)sender,
    };
    return segment;
}

static void add_ack(struct author *author, uint64_t time, enum side sender, uint32_t acknowledged)
{
    add(author, time, sender, TCP_ACK)->acknowledged = acknowledged;
}

static void add_sack(struct author *author, uint64_t time, enum side sender, uint32_t acknowledged,
                     uint32_t left, uint32_t right)
{
    struct scripted_segment *segment = add(author, time, sender, TCP_ACK);
    segment->acknowledged = acknowledged;
    segment->sack_left = left;
    segment->sack_right = right;
}

/* --- a burst of data, and what happens to it --- */

enum mishap {
    NO_MISHAP,
    LOST_BEFORE_CAPTURE,
    LOST_AFTER_CAPTURE,
    LATE,     /* overtaken by the next one */
    SPURIOUS, /* sent again for nothing */
};

struct burst {
    enum side sender;
    uint32_t first;  /* relative sequence number */
    uint32_t length; /* bytes */
    uint32_t size;   /* of a full segment */
    uint32_t count;  /* segments */
    uint32_t gap;    /* microseconds between two */
    uint64_t start;  /* microseconds */
    enum mishap mishap;
    bool is_answered_by_data; /* the last segment needs no ACK of its own */
    uint32_t missing;         /* index of the segment of the mishap */
    uint64_t repair;          /* when that one passes after all, microseconds */
};

static uint32_t sequence_of(const struct burst *burst, uint32_t index)
{
    uint32_t offset = index * burst->size;
    return burst->first + (offset < burst->length ? offset : burst->length);
}

static uint64_t time_of(const struct burst *burst, uint32_t index)
{
    return burst->start + (uint64_t)index * burst->gap;
}

static void add_data(struct author *author, const struct burst *burst, uint32_t index,
                     uint64_t time)
{
    bool is_last = index == burst->count - 1;
    struct scripted_segment *segment =
        add(author, time, burst->sender, TCP_ACK | (is_last ? TCP_PSH : 0U));
    segment->sequence = sequence_of(burst, index);
    segment->length = (uint16_t)(sequence_of(burst, index + 1) - segment->sequence);
}

static bool is_missing(const struct burst *burst, uint32_t index)
{
    return burst->mishap != NO_MISHAP && burst->mishap != SPURIOUS && index == burst->missing;
}

static void choose_mishap(struct author *author, struct burst *burst)
{
    struct random *random = author->random;
    for (uint32_t i = 0; i < burst->count && burst->mishap == NO_MISHAP; i++) {
        burst->missing = i;
        if (random_per_mille(random, LOST_SHARE))
            burst->mishap =
                random_per_mille(random, 400) ? LOST_BEFORE_CAPTURE : LOST_AFTER_CAPTURE;
        else if (random_per_mille(random, SPURIOUS_SHARE))
            burst->mishap = SPURIOUS;
    }
    if (author->trouble == REORDERED && burst->count >= 2) {
        burst->mishap = LATE;
        burst->missing = random_between(random, 0, burst->count - 2);
        author->trouble = NO_TROUBLE;
    }

    uint32_t later = burst->count - 1 - burst->missing;
    uint32_t answer_in = author->answer_in[other(burst->sender)];
    if (burst->mishap == LATE)
        burst->repair = time_of(burst, burst->missing + 1) + burst->gap / 2;
    else if (later >= 3) /* duplicate ACKs */
        burst->repair = time_of(burst, burst->missing + 3) + answer_in + 20;
    else
        burst->repair = time_of(burst, burst->count - 1) +
                        random_between(random, 200, 400) * MICROSECONDS_PER_MILLISECOND;
}

/* The receiver acknowledges every second segment and the last one, and any that shows a hole. */
static void answer(struct author *author, const struct burst *burst, uint32_t index)
{
    enum side receiver = other(burst->sender);
    uint64_t passes = time_of(burst, index), time = passes + author->answer_in[receiver];
    bool has_hole = burst->mishap != NO_MISHAP && burst->mishap != SPURIOUS &&
                    index > burst->missing && passes < burst->repair;
    if (is_missing(burst, index))
        return;
    if (has_hole)
        add_sack(author, time, receiver, sequence_of(burst, burst->missing),
                 sequence_of(burst, burst->missing + 1), sequence_of(burst, index + 1));
    else if (index == burst->count - 1 ? !burst->is_answered_by_data : index % 2 == 1)
        add_ack(author, time, receiver, sequence_of(burst, index + 1));
}

/* Sends the segment of the mishap, again or at last, and the receiver's answer. */
static void repair(struct author *author, const struct burst *burst)
{
    enum side receiver = other(burst->sender);
    uint32_t received = burst->missing + 1;
    while (received < burst->count && time_of(burst, received) < burst->repair)
        received++;
    add_data(author, burst, burst->missing, burst->repair);
    uint32_t again = burst->mishap == SPURIOUS ? sequence_of(burst, burst->missing) : 0;
    uint32_t again_end = burst->mishap == SPURIOUS ? sequence_of(burst, burst->missing + 1) : 0;
    add_sack(author, burst->repair + author->answer_in[receiver], receiver,
             sequence_of(burst, received), again, again_end);
}

static void send(struct author *author, enum side sender, uint32_t length)
{
    struct script_end *end = &author->script->ends[sender];
    struct burst burst = {
        .sender = sender,
        .first = end->sent,
        .length = length,
        .size = author->segment_size,
        .count = (length + author->segment_size - 1) / author->segment_size,
        .gap = random_between(author->random, 12, 120),
        .start = author->now,
    };
    choose_mishap(author, &burst);
    burst.is_answered_by_data =
        sender == CLIENT && burst.mishap == NO_MISHAP && random_per_mille(author->random, 600);
    for (uint32_t i = 0; i < burst.count; i++) {
        if (is_missing(&burst, i) && burst.mishap != LOST_AFTER_CAPTURE)
            end->next_ip_id++; /* that of the one not captured here */
        else
            add_data(author, &burst, i, time_of(&burst, i));
    }
    end->sent += length;
    for (uint32_t i = 0; i < burst.count; i++)
        answer(author, &burst, i);
    author->now = time_of(&burst, burst.count - 1);
    if (burst.mishap != NO_MISHAP) {
        repair(author, &burst);
        author->now = burst.repair > author->now ? burst.repair : author->now;
    }
    author->now += author->answer_in[other(sender)];
}

/* --- the connection's life --- */

/* SYNs at 0, 1, 3, 7 s, as Linux sends them. */
static void add_syns(struct author *author, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        uint64_t wait = i == 0 ? 0 : (UINT64_C(1) << (i - 1)) * MICROSECONDS_PER_SECOND;
        author->now += wait;
        add(author, author->now, CLIENT, TCP_SYN);
    }
}

static void shake_hands(struct author *author)
{
    struct script_end *ends = author->script->ends;
    add_syns(author, author->trouble == SYN_REPEATED ? 2 : 1);
    ends[CLIENT].sent = 1;
    author->now += author->answer_in[SERVER];
    add(author, author->now, SERVER, TCP_SYN | TCP_ACK);
    ends[SERVER].sent = 1;
    author->now += author->answer_in[CLIENT];
    add(author, author->now, CLIENT, TCP_ACK);
}

static uint32_t say(struct author *author, enum side speaker, enum message_kind kind, uint32_t body)
{
    struct script_end *end = &author->script->ends[speaker];
    assert(end->message_count < SCRIPT_MAX_MESSAGES);
    struct message *message = &end->messages[end->message_count++];
    *message = message_make(kind, body, (uint32_t)random_bits(author->random));
    return message_length(message);
}

static void close_window(struct author *author, enum side reader)
{
    struct script_end *end = &author->script->ends[reader];
    uint16_t window = end->window;
    end->window = 0;
    author->now += 40 * MICROSECONDS_PER_MILLISECOND;
    add(author, author->now, reader, TCP_ACK);
    author->now += 200 * MICROSECONDS_PER_MILLISECOND;
    add(author, author->now, other(reader), TCP_ACK)->sequence--; /* Linux's zero window probe */
    author->now += author->answer_in[reader];
    add(author, author->now, reader, TCP_ACK);
    end->window = window;
    author->now += 150 * MICROSECONDS_PER_MILLISECOND;
    add(author, author->now, reader, TCP_ACK);
    author->now += author->answer_in[other(reader)];
}

/* A response, of which some connections see only the first part. Returns false where that ends the
 * connection. */
static bool respond(struct author *author, uint32_t length)
{
    uint32_t half = length / 2;
    switch (author->trouble) {
    case RESET_BY_SERVER:
    case RESET_BY_CLIENT:
        send(author, SERVER, half);
        author->now += random_between(author->random, 100, 900);
        add(author, author->now, author->trouble == RESET_BY_SERVER ? SERVER : CLIENT,
            TCP_RST | TCP_ACK);
        return false;
    case ZERO_WINDOW:
        author->trouble = NO_TROUBLE;
        send(author, SERVER, half);
        close_window(author, CLIENT);
        send(author, SERVER, length - half);
        return true;
    default:
        send(author, SERVER, length);
        return true;
    }
}

/* Most responses are small, a few need several segments. */
static uint32_t response_body(struct random *random)
{
    uint32_t kind = random_between(random, 1, 100);
    if (kind <= 60)
        return random_between(random, 60, 400);
    return kind <= 93 ? random_between(random, 400, 1600) : random_between(random, 1600, 6000);
}

static uint32_t say_request(struct author *author)
{
    struct random *random = author->random;
    switch (author->service) {
    case HTTP:
        if (random_per_mille(random, 100))
            return say(author, CLIENT, MESSAGE_HTTP_POST, random_between(random, 20, 400));
        return say(author, CLIENT, MESSAGE_HTTP_GET, 0);
    case TLS:
        return say(author, CLIENT, MESSAGE_TLS_DATA, random_between(random, 60, 400));
    case TEXT:
        break;
    }
    return say(author, CLIENT, MESSAGE_TEXT, random_between(random, 20, 300));
}

static uint32_t say_response(struct author *author)
{
    static const enum message_kind kinds[] = {
        [HTTP] = MESSAGE_HTTP_RESPONSE, [TLS] = MESSAGE_TLS_DATA, [TEXT] = MESSAGE_TEXT};
    return say(author, SERVER, kinds[author->service], response_body(author->random));
}

/* TLS 1.3: the client's last message of it goes out with the first request. Returns its length. */
static uint32_t shake_hands_of_tls(struct author *author)
{
    uint32_t body = random_between(author->random, 60, 300); /* most resume a session */
    send(author, CLIENT, say(author, CLIENT, MESSAGE_TLS_CLIENT_HELLO, 0));
    author->now += random_between(author->random, 300, 1500);
    send(author, SERVER, say(author, SERVER, MESSAGE_TLS_SERVER_HELLO, body));
    return say(author, CLIENT, MESSAGE_TLS_CLIENT_FINISH, 53);
}

/* Returns false if the connection broke on the way. */
static bool converse(struct author *author)
{
    struct random *random = author->random;
    uint32_t unsent = author->service == TLS ? shake_hands_of_tls(author) : 0;
    unsigned exchanges = author->traffic->exchanges;
    if (exchanges == 0)
        exchanges = random_per_mille(random, 120) ? random_between(random, 2, 3) : 1;
    for (unsigned i = 0; i < exchanges; i++) {
        if (i > 0) /* the user thinks */
            author->now += random_between(random, 20, 600) * MICROSECONDS_PER_MILLISECOND;
        send(author, CLIENT, unsent + say_request(author));
        unsent = 0;
        author->now += random_between(random, 500, 60000);
        if (!respond(author, say_response(author)))
            return false;
    }
    return true;
}

static void add_fin(struct author *author, enum side sender)
{
    add(author, author->now, sender, TCP_FIN | TCP_ACK);
    author->script->ends[sender].sent++;
}

static void close_connection(struct author *author)
{
    struct random *random = author->random;
    enum side first = random_per_mille(random, 700) ? CLIENT : SERVER;
    if (author->trouble == NOT_CLOSED)
        return;
    author->now += random_between(random, 1, 50) * MICROSECONDS_PER_MILLISECOND;
    add_fin(author, first);
    author->now += author->answer_in[other(first)];
    if (author->trouble == RESET_AFTER_CLOSE) {
        add(author, author->now, other(first), TCP_RST | TCP_ACK);
        return;
    }
    add_fin(author, other(first));
    author->now += author->answer_in[first];
    add(author, author->now, first, TCP_ACK);
}

static void live(struct author *author)
{
    if (author->trouble == NO_ANSWER) {
        add_syns(author, random_between(author->random, 2, 4));
        return;
    }
    if (author->trouble == REFUSED) {
        add_syns(author, 1);
        author->script->ends[CLIENT].sent = 1;
        author->now += author->answer_in[SERVER];
        struct scripted_segment *reset = add(author, author->now, SERVER, TCP_RST | TCP_ACK);
        reset->window = 0;
        return;
    }
    shake_hands(author);
    if (converse(author))
        close_connection(author);
}

/* --- what the capture lacks --- */

static bool is_in_gap(const struct author *author, unsigned index, unsigned gap)
{
    const struct scripted_segment *segment = &author->script->segments[index];
    switch (author->trouble) {
    case ONE_WAY:
        return segment->sender == gap % 2;
    case CAPTURE_GAP:
        return index == gap;
    case MID_STREAM:
        return segment->sequence == 0 || index == 2;
    default:
        return false;
    }
}

static void lose(struct author *author)
{
    struct script *script = author->script;
    unsigned kept = 0, count = script->segment_count;
    unsigned gap = random_between(author->random, 3, count > 4 ? count - 2 : 3);
    for (unsigned i = 0; i < count; i++) {
        if (!is_in_gap(author, i, gap))
            script->segments[kept++] = script->segments[i];
    }
    script->segment_count = kept;
}

/* Nearly in order already, and equal times must stay in order. */
static void sort_by_time(struct script *script)
{
    for (unsigned i = 1; i < script->segment_count; i++) {
        struct scripted_segment segment = script->segments[i];
        unsigned place = i;
        for (; place > 0 && script->segments[place - 1].time > segment.time; place--)
            script->segments[place] = script->segments[place - 1];
        script->segments[place] = segment;
    }
}

/* --- the ends --- */

static void set_address(struct script_end *end, bool is_ipv6, uint32_t network, uint32_t host)
{
    uint8_t ipv4[] = {10, (uint8_t)network, (uint8_t)(host >> 8), (uint8_t)host};
    memset(end->address, 0, sizeof end->address);
    if (!is_ipv6) {
        memcpy(end->address, ipv4, sizeof ipv4);
        return;
    }
    memcpy(end->address, "\x20\x01\x0d\xb8", 4);
    end->address[5] = ipv4[1];
    end->address[14] = ipv4[2];
    end->address[15] = ipv4[3];
}

static void choose_stack(struct script_end *end, struct random *random)
{
    end->initial_sequence = (uint32_t)random_bits(random);
    end->timestamp_base = (uint32_t)random_bits(random);
    end->next_ip_id = (uint16_t)random_bits(random);
    end->window = 502; /* with Linux's window scale of 7, 64 KB */
    end->sent = 0;
    end->message_count = 0;
}

/* Of the usual servers, those with low numbers are the busy ones. */
static uint32_t choose_server(const struct author *author)
{
    uint32_t wanted = author->traffic->servers;
    if (wanted > 0)
        return random_between(author->random, 0, wanted - 1);
    return random_between(author->random, 0, random_between(author->random, 0, SERVERS - 1));
}

/* A client uses its ports one after the other, so that no pair of ends comes twice. */
static void choose_ends(struct author *author, uint32_t number)
{
    struct script *script = author->script;
    struct random *random = author->random;
    struct script_end *client = &script->ends[CLIENT], *server = &script->ends[SERVER];
    uint32_t ports = LAST_EPHEMERAL_PORT - FIRST_EPHEMERAL_PORT + 1;
    uint32_t client_number = number * 1201 % CLIENTS, round = number / CLIENTS;
    uint32_t offset = client_number * 4999; /* clients started at different times */
    uint32_t server_number = choose_server(author);
    const struct service_port *service =
        &service_ports[server_number % (sizeof service_ports / sizeof *service_ports)];

    choose_stack(client, random);
    choose_stack(server, random);
    script->is_ipv6 = random_per_mille(random, IPV6_SHARE);
    set_address(client, script->is_ipv6, 100, client_number);
    set_address(server, script->is_ipv6, 20, server_number + 1);
    client->port = (uint16_t)(FIRST_EPHEMERAL_PORT + (offset + round) % ports);
    server->port = service->port;
    author->service = service->service;

    script->has_timestamps = !random_per_mille(random, NO_TIMESTAMP_SHARE);
    client->hop_limit = (uint8_t)((script->has_timestamps ? 64U : 128U) - 8 - client_number % 12);
    server->hop_limit = 64;
    author->segment_size = (script->is_ipv6 ? 1440U : 1460U) - (script->has_timestamps ? 12U : 0U);
    author->answer_in[SERVER] = random_between(random, 40, 400);
    author->answer_in[CLIENT] = random_between(random, 2, 60) * MICROSECONDS_PER_MILLISECOND;
}

static enum trouble choose_trouble(struct random *random)
{
    uint32_t value = random_between(random, 0, 999);
    for (enum trouble trouble = 0; trouble < TROUBLES; trouble++) {
        if (value < trouble_shares[trouble])
            return trouble;
        value -= trouble_shares[trouble];
    }
    return NO_TROUBLE;
}

void script_write(struct script *script, const struct traffic *traffic, uint32_t number,
                  uint64_t start, struct random *random)
{
    struct author author = {.script = script, .traffic = traffic, .random = random, .now = start};
    script->segment_count = 0;
    author.trouble = choose_trouble(random);
    choose_ends(&author, number);
    live(&author);
    lose(&author);
    sort_by_time(script);
}

void script_payload(const struct script *script, const struct scripted_segment *segment,
                    uint8_t *to)
{
    const struct script_end *end = &script->ends[segment->sender];
    uint32_t wanted = segment->sequence - 1, left = segment->length; /* the SYN counts as one */
    uint32_t start = 0;
    for (unsigned i = 0; i < end->message_count && left > 0; i++) {
        uint32_t length = message_length(&end->messages[i]);
        if (wanted < start + length) {
            uint32_t part = start + length - wanted < left ? start + length - wanted : left;
            message_copy(&end->messages[i], wanted - start, part, to);
            to += part;
            wanted += part;
            left -= part;
        }
        start += length;
    }
}
