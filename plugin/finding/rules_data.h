/* The rules on data under way: lost, sent again in vain, never answered, not read, waited for.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef TFA_RULES_DATA_H
#define TFA_RULES_DATA_H

#include "finding/rule.h"

/* Adds a hit to @view for each of them that holds. */
void rules_data_judge(struct view *view);

#endif
