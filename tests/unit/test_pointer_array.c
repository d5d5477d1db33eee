/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/pointer_array.h"

static int things[3];

static void empty_array_has_no_pointers(void)
{
    struct pointer_array array = {0};
    g_assert_null(pointer_array_get(&array, 0));
    g_assert_null(pointer_array_get(&array, UINT32_MAX));
    g_free(array.all);
}

static void numbers_may_have_gaps(void)
{
    struct pointer_array array = {0};
    const uint32_t numbers[] = {5, POINTER_ARRAY_FIRST_ROOM, 20 * POINTER_ARRAY_FIRST_ROOM};
    for (size_t i = 0; i < G_N_ELEMENTS(numbers); i++)
        pointer_array_set(&array, numbers[i], &things[i]);
    for (uint32_t number = 0; number < 30 * POINTER_ARRAY_FIRST_ROOM; number++) {
        int *expected = NULL;
        for (size_t i = 0; i < G_N_ELEMENTS(numbers); i++)
            expected = number == numbers[i] ? &things[i] : expected;
        g_assert_true(pointer_array_get(&array, number) == expected);
    }
    g_free(array.all);
}

/* Not at every number: that would take the square of their time. */
static void room_doubles(void)
{
    struct pointer_array array = {0};
    unsigned growths = 0;
    for (uint32_t number = 0; number < 16 * POINTER_ARRAY_FIRST_ROOM; number++) {
        size_t before = array.room;
        pointer_array_set(&array, number, &things[0]);
        growths += array.room != before;
    }
    g_assert_cmpuint(growths, ==, 5);
    g_free(array.all);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/pointer-array/empty", empty_array_has_no_pointers);
    g_test_add_func("/pointer-array/gaps", numbers_may_have_gaps);
    g_test_add_func("/pointer-array/room", room_doubles);
    return g_test_run();
}
