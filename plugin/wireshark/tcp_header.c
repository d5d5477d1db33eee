/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "wireshark/compat.h"

#include "wireshark/tcp_header.h"

#include "wireshark/tcp_options.h"

#define TCP_FLAGS 0x0FFF

static void take_sack_ranges(tcp_info_t *tcp, const uint8_t *at, const uint8_t *end)
{
    for (; end - at >= 8 && tcp->num_sack_ranges < MAX_TCP_SACK_RANGES; at += 8) {
        tcp->sack_left_edge[tcp->num_sack_ranges] = get32(at);
        tcp->sack_right_edge[tcp->num_sack_ranges] = get32(at + 4);
        tcp->num_sack_ranges++;
    }
}

static void take_options(tcp_info_t *tcp, const uint8_t *at, const uint8_t *end)
{
    static char is_multipath; /* only its being matters */
    const uint8_t *option;
    unsigned length;
    if (tcp_options_are_timestamps(at, end))
        return;
    while ((option = tcp_options_next(&at, end, &length)) != NULL) {
        if (*option == TCP_OPTION_SACK)
            take_sack_ranges(tcp, option + 2, option + length);
        else if (*option == TCP_OPTION_MULTIPATH)
            tcp->th_mptcp = (void *)&is_multipath;
    }
}

void tcp_header_read(tcp_info_t *tcp, const uint8_t *bytes, const struct tcp_extent *extent)
{
    unsigned read = MIN(extent->captured, TCP_LARGEST_HEADER), header = tcp_header_length(bytes);
    tcp->num_sack_ranges = 0;
    tcp->th_mptcp = NULL;
    tcp->th_sport = get16(bytes);
    tcp->th_dport = get16(bytes + 2);
    tcp->th_rawseq = tcp->th_seq = get32(bytes + 4);
    tcp->th_rawack = tcp->th_ack = get32(bytes + 8);
    tcp->th_hlen = (uint8_t)header;
    tcp->th_flags = get16(bytes + 12) & TCP_FLAGS;
    tcp->th_win = get16(bytes + 14);
    tcp->th_have_seglen = !extent->is_fragment && extent->length >= header;
    tcp->th_seglen = tcp->th_have_seglen ? extent->length - header : 0;
    if (header > TCP_SMALLEST_HEADER && read > TCP_SMALLEST_HEADER)
        take_options(tcp, bytes + TCP_SMALLEST_HEADER, bytes + MIN(read, header));
}

bool tcp_header_is_whole(unsigned captured, unsigned length)
{
    return captured >= TCP_SMALLEST_HEADER && length >= TCP_SMALLEST_HEADER &&
           (captured >= length || TAPS_GET_CUT_OPTIONS);
}
