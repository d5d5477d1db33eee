/* Data that does not fit the end in whose name it comes: somebody else sent it.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef TFA_MISFIT_H
#define TFA_MISFIT_H

#include "connection/flow.h"

/* Whether @segment, data of @sender of @flow and no copy, differs in two or more of hop limit,
 * identification and sequence number from what that end sends, while its other segments agree. To
 * be called before flow_apply() and sequence_note(). */
bool misfit_check(const struct flow *flow, enum end sender, const struct segment *segment);

#endif
