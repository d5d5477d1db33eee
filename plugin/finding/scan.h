/* Clients that try many servers or ports, and fail at most of them.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef TFA_SCAN_H
#define TFA_SCAN_H

#include "finding/rule.h"

/* Fills in the scans of @context: one for each client that scans, with its failed attempts. */
void scans_find(struct rule_context *context);

#endif
