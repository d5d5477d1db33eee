/* Whether a reset fits the end that it claims to come from.
 *
 * The tests come from Weaver, Sommer and Paxson, "Detecting Forged TCP Reset Packets", NDSS 2009.
 * Tests that would accuse Linux's own resets are left out: Linux aborts with bare resets, without
 * timestamps, with window 0 and identification 0.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef TFA_FORGED_RESET_H
#define TFA_FORGED_RESET_H

#include "connection/reset_watch.h"

enum test_result { TEST_NOT_APPLICABLE, TEST_NOT_FIRED, TEST_FIRED };

enum forged_reset_test { TEST_HOP_LIMIT, TEST_GOES_ON, TEST_BURST, TEST_COUNT };

/* Tests the resets that @sender is said to have sent in @flow; fills @results, index enum
 * forged_reset_test. Returns whether any test fired. Resets that answer a SYN are not tested: there
 * is nothing to compare them with. */
bool forged_reset_test(const struct flow *flow, enum end sender,
                       enum test_result results[TEST_COUNT]);

/* The result of each test, in words. The caller frees it with g_free(). */
char *forged_reset_describe(const struct flow *flow, enum end sender);

/* Whether the resets of a test that fired come from the link of the capture itself, as all that
 * @sender sends: nothing lies between, so a program of that host may have sent them. */
bool forged_reset_is_local(const struct flow *flow, enum end sender,
                           const enum test_result results[TEST_COUNT]);

#endif
