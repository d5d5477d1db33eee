/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "connection/misfit.h"

#include "connected.h"
#include "settings/thresholds.h"

/* The server sends @others segments with hop limit 60 and identifications that count from 1000 in
 * steps, then data. */
struct misfit_case {
    const char *name;
    unsigned others;
    uint16_t step;      /* between identifications; 0: it has none */
    uint8_t hop_limit;  /* of the data; 0: unknown */
    uint16_t ip_id;     /* of the data, from the last one before; 0: it has none */
    uint32_t beyond;    /* bytes between what was sent and the data */
    uint8_t second_hop; /* another hop limit of the end before; 0: none */
    bool swapped;       /* it counts in the other byte order */
    bool misfit;
};

static const struct misfit_case misfit_cases[] = {
    {"/misfit/other-distance-and-identification", 6, 1, 64, 30000, 0, 0, false, true},
    {"/misfit/other-distance-and-identification-before", 6, 1, 64, 65000, 0, 0, false, true},
    {"/misfit/other-distance-and-the-same-identification-again", 6, 1, 64, 0, 0, 0, false, false},
    {"/misfit/other-distance-but-the-next-identification", 6, 1, 64, 1, 0, 0, false, false},
    {"/misfit/other-distance-but-the-next-identification-swapped", 6, 1, 64, 1, 0, 0, true, false},
    {"/misfit/near-in-the-other-byte-order-alone", 6, 1, 64, 3328, 0, 0, false, true},
    {"/misfit/near-in-network-byte-order-alone", 6, 1, 64, 3328, 0, 0, true, true},
    {"/misfit/other-distance-alone", 6, 0, 64, 0, 0, 0, false, false},
    {"/misfit/other-identification-alone", 6, 1, 60, 30000, 0, 0, false, false},
    {"/misfit/unknown-distance", 6, 1, 0, 30000, 0, 0, false, false},
    {"/misfit/end-with-two-distances", 6, 1, 64, 30000, 0, 61, false, false},
    {"/misfit/too-few-others", 1, 1, 64, 30000, LARGEST_WINDOW_STEP + 1, 0, false, false},
    {"/misfit/identifications-that-do-not-count", 6, 5000, 64, 30000, 0, 0, false, false},
    {"/misfit/other-distance-beyond-every-window", 6, 0, 64, 0, LARGEST_WINDOW_STEP + 1, 0, false,
     true},
    /* A route may change while a segment is lost. */
    {"/misfit/other-distance-behind-a-gap", 6, 0, 59, 0, 1448, 0, false, false},
};

static uint16_t identification(const struct misfit_case *c, uint16_t counted)
{
    return (uint16_t)(c->swapped ? GUINT16_SWAP_LE_BE(counted) : counted);
}

static void data_fits_or_not(gconstpointer data)
{
    const struct misfit_case *c = data;
    SCOPED_TALK talk = unconnected();
    uint16_t counted = 1000;
    uint32_t next = S0;
    for (unsigned i = 0; i < c->others; i++) {
        struct segment segment = server_segment(&talk, TCP_ACK, next, C0, 100);
        segment.has_hop_limit = true;
        segment.hop_limit = c->second_hop > 0 && i == 0 ? c->second_hop : 60;
        segment.ip_id = c->step > 0 ? identification(c, counted) : 0;
        counted = (uint16_t)(counted + c->step);
        next += 100;
        talk_add(&talk, segment);
    }
    counted = (uint16_t)(counted - c->step + c->ip_id);
    struct segment odd = server_segment(&talk, TCP_ACK, next + c->beyond, C0, 100);
    odd.has_hop_limit = c->hop_limit > 0;
    odd.hop_limit = c->hop_limit;
    odd.ip_id = c->ip_id > 0 ? identification(c, counted) : 0;
    g_assert_cmpint(misfit_check(talk.flow, END_B, &odd), ==, c->misfit);
    talk_add(&talk, odd);
    g_assert_cmpuint(witness_count(&talk, WITNESS_MISFIT), ==, c->misfit);
    /* What somebody else sent changes nothing of the end. */
    g_assert_cmpuint(talk.flow->sequence[END_B].next == next, ==,
                     c->misfit || c->beyond > LARGEST_WINDOW_STEP);
}

/* IPv6, with a lost segment where the route changes: nobody injected the rest of the download. */
static void new_route_behind_a_gap_is_no_injection(void)
{
    SCOPED_TALK talk = unconnected();
    for (uint32_t i = 0; i < 40; i++) {
        struct segment segment = server_segment(&talk, TCP_ACK, S0 + 100 * i, C0, 100);
        segment.has_hop_limit = true;
        segment.hop_limit = i < 20 ? 60 : 59;
        if (i != 20)
            talk_add(&talk, segment);
    }
    g_assert_cmpuint(witness_count(&talk, WITNESS_MISFIT), ==, 0);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    ADD_CASES(misfit_cases, data_fits_or_not);
    g_test_add_func("/misfit/new-route", new_route_behind_a_gap_is_no_injection);
    return g_test_run();
}
