/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "connection/icmp_error.h"

enum { ICMP_UNREACHABLE = 3, ICMP_QUENCH = 4, ICMP_EXCEEDED = 11 };
enum { ICMP6_UNREACHABLE = 1, ICMP6_TOO_BIG = 2, ICMP6_EXCEEDED = 3 };

#define ICMP_FRAGMENTATION_NEEDED 4

static const char *unreachable_words(uint8_t code)
{
    static const char *const words[] = {
        "network unreachable",
        "host unreachable",
        "protocol unreachable",
        "port unreachable",
        "fragmentation needed",
        "source route failed",
        "destination network unknown",
        "destination host unknown",
        "source host isolated",
        "network administratively prohibited",
        "host administratively prohibited",
        "network unreachable for this type of service",
        "host unreachable for this type of service",
        "communication administratively prohibited",
        "host precedence violation",
        "precedence cutoff in effect",
    };
    return code < G_N_ELEMENTS(words) ? words[code] : "destination unreachable";
}

static const char *unreachable6_words(uint8_t code)
{
    static const char *const words[] = {
        "no route to destination",
        "communication administratively prohibited",
        "beyond scope of source address",
        "address unreachable",
        "port unreachable",
        "source address failed policy",
        "reject route to destination",
    };
    return code < G_N_ELEMENTS(words) ? words[code] : "destination unreachable";
}

const char *icmp_error_words(const struct icmp_error *error)
{
    if (error->is_v6) {
        if (error->type == ICMP6_UNREACHABLE)
            return unreachable6_words(error->code);
        if (error->type == ICMP6_TOO_BIG)
            return "packet too big";
        return error->type == ICMP6_EXCEEDED ? "hop limit exceeded" : "parameter problem";
    }
    if (error->type == ICMP_UNREACHABLE)
        return unreachable_words(error->code);
    if (error->type == ICMP_QUENCH)
        return "source quench";
    return error->type == ICMP_EXCEEDED ? "time to live exceeded" : "parameter problem";
}

bool icmp_error_is_too_big(const struct icmp_error *error)
{
    if (error->is_v6)
        return error->type == ICMP6_TOO_BIG;
    return error->type == ICMP_UNREACHABLE && error->code == ICMP_FRAGMENTATION_NEEDED;
}
