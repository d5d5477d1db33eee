/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "finding/finding.h"

#include <string.h>

static void severities_have_the_names_of_wireshark(void)
{
    g_assert_cmpstr(severity_name(SEVERITY_CHAT), ==, "chat");
    g_assert_cmpstr(severity_name(SEVERITY_NOTE), ==, "note");
    g_assert_cmpstr(severity_name(SEVERITY_WARN), ==, "warn");
    g_assert_cmpstr(severity_name(SEVERITY_ERROR), ==, "error");
}

static void kinds_have_ids_of_their_own(void)
{
    for (int i = 0; i < FINDING_COUNT; i++) {
        const char *id = finding_kinds[i].id;
        g_assert_nonnull(id);
        g_assert_cmpuint(strspn(id, "abcdefghijklmnopqrstuvwxyz_"), ==, strlen(id));
        for (int j = 0; j < i; j++)
            g_assert_cmpstr(id, !=, finding_kinds[j].id);
    }
}

static void each_finding_has_a_bit(void)
{
    finding_ids all = 0;
    for (int i = 0; i < FINDING_COUNT; i++) {
        finding_ids bit = finding_bit((enum finding_id)i);
        g_assert_cmphex(all & bit, ==, 0);
        all |= bit;
    }
    g_assert_cmphex(all, ==, G_MAXUINT64 >> (64 - FINDING_COUNT));
}

/* The strongest stands first; chats are no headlines. */
struct headline_case {
    const char *name;
    enum finding_id ids[2];
    guint count;
    bool is_headline; /* the first of them */
};

static const struct headline_case headline_cases[] = {
    {"/finding/headline/none", {0}, 0, false},
    {"/finding/headline/error", {FINDING_FORGED_RESET, FINDING_RESET_AFTER_CLOSE}, 2, true},
    {"/finding/headline/note", {FINDING_ROLE_GUESSED}, 1, true},
    {"/finding/headline/not-a-chat", {FINDING_RESET_AFTER_CLOSE}, 1, false},
};

static void headline_is(gconstpointer data)
{
    const struct headline_case *c = data;
    GPtrArray *findings = g_ptr_array_new_with_free_func(finding_free);
    for (guint i = 0; i < c->count; i++) {
        struct finding *finding = g_new0(struct finding, 1);
        finding->id = c->ids[i];
        g_ptr_array_add(findings, finding);
    }
    const struct finding *headline = finding_headline(findings);
    if (c->is_headline)
        g_assert_true(headline == g_ptr_array_index(findings, 0));
    else
        g_assert_null(headline);
    g_ptr_array_free(findings, TRUE);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/finding/severities", severities_have_the_names_of_wireshark);
    g_test_add_func("/finding/ids", kinds_have_ids_of_their_own);
    g_test_add_func("/finding/bits", each_finding_has_a_bit);
    for (size_t i = 0; i < G_N_ELEMENTS(headline_cases); i++)
        g_test_add_data_func(headline_cases[i].name, &headline_cases[i], headline_is);
    return g_test_run();
}
