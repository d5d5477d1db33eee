/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "connection/witness.h"

#include "connected.h"

static void log_keeps_what_is_added_in_order(void)
{
    struct witness_log *log = witness_log_new();
    g_assert_cmpuint(log->all->len, ==, 0);
    for (uint32_t i = 0; i < 1000; i++)
        witness_log_add(log, (struct witness){i, 2 * i, 3 * i, WITNESS_COPY, i % 2, 1, 4 * i});
    g_assert_cmpuint(log->all->len, ==, 1000);
    for (uint32_t i = 0; i < 1000; i++) {
        const struct witness *witness = witness_log_at(log, i);
        g_assert_cmpuint(witness->flow, ==, i);
        g_assert_cmpuint(witness->frame, ==, 2 * i);
        g_assert_cmpuint(witness->value, ==, 3 * i);
        g_assert_cmpuint(witness->kind, ==, WITNESS_COPY);
        g_assert_cmpuint(witness->end, ==, i % 2);
    }
    witness_log_free(log);
}

static void kind_changes_of_one_alone(void)
{
    struct witness_log *log = witness_log_new();
    for (uint32_t i = 0; i < 3; i++)
        witness_log_add(log, (struct witness){0, i, 0, WITNESS_RESENT_CAPTURED, END_A, 1, 0});
    witness_log_set_kind(log, 1, WITNESS_RESENT_ACKED);
    g_assert_cmpuint(witness_log_at(log, 0)->kind, ==, WITNESS_RESENT_CAPTURED);
    g_assert_cmpuint(witness_log_at(log, 1)->kind, ==, WITNESS_RESENT_ACKED);
    g_assert_cmpuint(witness_log_at(log, 1)->frame, ==, 1);
    g_assert_cmpuint(witness_log_at(log, 2)->kind, ==, WITNESS_RESENT_CAPTURED);
    witness_log_free(log);
}

static void free_of_nothing_does_nothing(void)
{
    witness_log_free(NULL);
}

static void copy_is_a_witness_of_itself_only(void)
{
    SCOPED_TALK talk = connected();
    client_data(&talk, C0, 100);
    struct segment copy = client_segment(&talk, TCP_ACK, C0, S0, 100);
    copy.is_copy = true;
    talk_add(&talk, copy);
    g_assert_null(talk.flow->trouble);
    g_assert_cmpuint(witness_count(&talk, WITNESS_COPY), ==, 1);
    g_assert_cmpuint(talk.capture->witnesses->all->len, ==, 1);
}

static void witnesses_stop_at_their_limit_and_counting_goes_on(void)
{
    SCOPED_TALK talk = connected();
    client_data(&talk, C0, 100);
    for (unsigned i = 0; i < WITNESSES_PER_KIND + 5; i++)
        client_data(&talk, C0, 100);
    g_assert_cmpuint(sequence_trouble_of(talk.flow, END_A)->resent_captured, ==,
                     WITNESSES_PER_KIND + 5);
    g_assert_cmpuint(witness_count(&talk, WITNESS_RESENT_CAPTURED), ==, WITNESSES_PER_KIND);
}

static void witnesses_of_copies_stop_at_their_limit(void)
{
    SCOPED_TALK talk = connected();
    client_data(&talk, C0, 100);
    struct segment copy = client_segment(&talk, TCP_ACK, C0, S0, 100);
    copy.is_copy = true;
    for (unsigned i = 0; i < WITNESSES_PER_KIND + 5; i++)
        talk_add(&talk, copy);
    g_assert_cmpuint(flow_counter(talk.flow, END_A, COUNTER_DUPLICATE_FRAMES), ==,
                     WITNESSES_PER_KIND + 5);
    g_assert_cmpuint(witness_count(&talk, WITNESS_COPY), ==, WITNESSES_PER_KIND);
}

/* --- those for which there is no room --- */

static void log_keeps_more_for_who_wants_all(void)
{
    const struct witness witness = {1, 2, 3, WITNESS_COPY, END_A, 1, 4};
    struct witness_log *log = witness_log_new();
    witness_log_add_more(log, witness);
    g_assert_null(log->more);
    witness_log_keep_all(log);
    witness_log_add_more(log, witness);
    g_assert_cmpuint(log->all->len, ==, 0);
    g_assert_cmpuint(log->more->len, ==, 1);
    g_assert_cmpuint(g_array_index(log->more, struct witness, 0).frame, ==, 2);
    witness_log_free(log);
}

/* Data that is sent again more often than there is room for witnesses, and copies of it. */
static void take_many(struct talk *talk)
{
    client_data(talk, C0, 100);
    for (unsigned i = 0; i < WITNESSES_PER_KIND + 5; i++)
        client_data(talk, C0, 100);
    struct segment copy = client_segment(talk, TCP_ACK, C0, S0, 100);
    copy.is_copy = true;
    for (unsigned i = 0; i < WITNESSES_PER_KIND + 7; i++, copy.frame++)
        talk_add(talk, copy);
}

static void capture_that_keeps_all_has_the_same_first_ones(void)
{
    SCOPED_TALK few = talk_new();
    SCOPED_TALK all = talk_new();
    capture_keep_all_witnesses(all.capture);
    take_many(&few);
    take_many(&all);
    const GArray *first = few.capture->witnesses->all, *same = all.capture->witnesses->all;
    const GArray *more = all.capture->witnesses->more;
    unsigned copies = 0;
    g_assert_null(few.capture->witnesses->more);
    g_assert_cmpuint(first->len, ==, 2 * WITNESSES_PER_KIND);
    g_assert_cmpuint(first->len, ==, same->len);
    g_assert_true(memcmp(first->data, same->data, first->len * sizeof(struct witness)) == 0);
    g_assert_cmpuint(more->len, ==, 5 + 7);
    for (guint i = 0; i < more->len; i++) {
        const struct witness *witness = &g_array_index(more, struct witness, i);
        copies += witness->kind == WITNESS_COPY;
        g_assert_cmpuint(witness->frame, >, WITNESSES_PER_KIND);
        g_assert_cmpuint(witness->flow, ==, 0);
        g_assert_cmpuint(witness->end, ==, END_A);
    }
    g_assert_cmpuint(copies, ==, 7);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/witness/log/in-order", log_keeps_what_is_added_in_order);
    g_test_add_func("/witness/log/kind-changes", kind_changes_of_one_alone);
    g_test_add_func("/witness/log/free-of-nothing", free_of_nothing_does_nothing);
    g_test_add_func("/witness/copy", copy_is_a_witness_of_itself_only);
    g_test_add_func("/witness/limit/resent", witnesses_stop_at_their_limit_and_counting_goes_on);
    g_test_add_func("/witness/limit/copies", witnesses_of_copies_stop_at_their_limit);
    g_test_add_func("/witness/more/log", log_keeps_more_for_who_wants_all);
    g_test_add_func("/witness/more/capture", capture_that_keeps_all_has_the_same_first_ones);
    return g_test_run();
}
