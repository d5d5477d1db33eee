/* One connection's script: every segment of it that the capture shows, with its time, as two TCP
 * stacks, the network between them and a capture point near the server would have made it.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef BENCHMARK_SCRIPT_H
#define BENCHMARK_SCRIPT_H

#include "message.h"
#include "random.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum side {
    CLIENT,
    SERVER,
};

enum tcp_flag {
    TCP_FIN = 0x01,
    TCP_SYN = 0x02,
    TCP_RST = 0x04,
    TCP_PSH = 0x08,
    TCP_ACK = 0x10,
};

#define SCRIPT_MAX_SEGMENTS  512
#define SCRIPT_MAX_MESSAGES  24
#define SCRIPT_MAX_EXCHANGES 20
#define SCRIPT_MAX_SERVERS   65535

/* What all connections of a capture have in common. */
struct traffic {
    uint32_t servers;   /* pairs of address and port, of IPv4 and again of IPv6; 0: a few busy ones
                           and some that nearly nobody asks */
    uint32_t exchanges; /* requests of each connection, at most SCRIPT_MAX_EXCHANGES; 0: one or a
                           few */
};

/* Sequence and acknowledgment numbers are relative to the initial one of the end that counts. */
struct scripted_segment {
    uint64_t time; /* microseconds since the capture began */
    uint32_t sequence, acknowledged;
    uint32_t sack_left, sack_right; /* equal: no SACK */
    uint16_t window, length, ip_id;
    uint8_t flags, sender;
};

struct script_end {
    uint8_t address[16]; /* IPv4 uses the first four bytes */
    uint16_t port;
    uint8_t hop_limit;
    uint32_t initial_sequence;
    uint32_t timestamp_base; /* of the timestamp option, milliseconds */
    uint16_t window;
    uint16_t next_ip_id;
    uint32_t sent; /* relative sequence number of what it sends next */
    struct message messages[SCRIPT_MAX_MESSAGES];
    unsigned message_count;
};

struct script {
    bool is_ipv6, has_timestamps;
    struct script_end ends[2]; /* by enum side */
    struct scripted_segment segments[SCRIPT_MAX_SEGMENTS];
    unsigned segment_count;
};

/* Writes the script of the connection with this number (from 0) of a capture of @traffic, in order
 * of time. No two connections have the same ends. May be without segments, if the capture lost all
 * it had. */
void script_write(struct script *script, const struct traffic *traffic, uint32_t number,
                  uint64_t start, struct random *random);

/* Copies the payload of a segment. */
void script_payload(const struct script *script, const struct scripted_segment *segment,
                    uint8_t *to);

#endif
