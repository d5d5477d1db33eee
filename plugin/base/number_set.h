/* Arrays of numbers as sets.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef TFA_NUMBER_SET_H
#define TFA_NUMBER_SET_H

#include <glib.h>

/* Sorts @numbers (uint32_t) and drops repeats. */
void number_set_make(GArray *numbers);

#endif
