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

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/witness/log/in-order", log_keeps_what_is_added_in_order);
    g_test_add_func("/witness/log/kind-changes", kind_changes_of_one_alone);
    g_test_add_func("/witness/log/free-of-nothing", free_of_nothing_does_nothing);
    g_test_add_func("/witness/copy", copy_is_a_witness_of_itself_only);
    g_test_add_func("/witness/limit/resent", witnesses_stop_at_their_limit_and_counting_goes_on);
    g_test_add_func("/witness/limit/copies", witnesses_of_copies_stop_at_their_limit);
    return g_test_run();
}
