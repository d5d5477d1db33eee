/* What people read of a finding.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef TFA_SENTENCE_H
#define TFA_SENTENCE_H

#include "finding/finding.h"

/* A sentence or two that say what was found, from all of @finding but its text. The caller frees it
 * with g_free(). */
char *sentence_of(const struct finding *finding);

#endif
