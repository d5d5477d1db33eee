/* The text of a finding, for people.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef TFA_SENTENCE_H
#define TFA_SENTENCE_H

#include "finding/finding.h"

/* One or two sentences that say what was found. Uses all members of @finding except its text. The
 * caller frees it with g_free(). */
char *sentence_of(const struct finding *finding);

#endif
