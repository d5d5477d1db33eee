/* How much two words differ: what somebody meant who misspelt one.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef TFA_EDIT_DISTANCE_H
#define TFA_EDIT_DISTANCE_H

/* Number of single-character edits between @a and @b (Levenshtein's distance). */
unsigned edit_distance(const char *a, const char *b);

#endif
