/* Pointers by number, of which most of the small ones are in use.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef TFA_POINTER_ARRAY_H
#define TFA_POINTER_ARRAY_H

#include <glib.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* All zeros is an empty one; g_free() of all frees it. */
struct pointer_array {
    void **all;  /* owned, but not what these point to; NULL where there is none */
    size_t room; /* allocated */
};

#define POINTER_ARRAY_FIRST_ROOM 1024

/* Number @number of @array, or NULL. */
static inline void *pointer_array_get(const struct pointer_array *array, uint32_t number)
{
    return number < array->room ? array->all[number] : NULL;
}

/* Makes @pointer number @number of @array. GLib's arrays take fifty instructions for this. */
static inline void pointer_array_set(struct pointer_array *array, uint32_t number, void *pointer)
{
    size_t before = array->room;
    if (number >= before) {
        /* The numbers may have gaps: a filter lets few of them pass. */
        array->room = MAX(MAX(before * 2, POINTER_ARRAY_FIRST_ROOM), (size_t)number + 1);
        array->all = g_renew(void *, array->all, array->room);
        memset(&array->all[before], 0, (array->room - before) * sizeof(void *));
    }
    array->all[number] = pointer;
}

#endif
