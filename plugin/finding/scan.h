/* Clients that try many servers or ports, most of them in vain.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef TFA_SCAN_H
#define TFA_SCAN_H

#include "finding/rules.h"

/* Fills in context->scan_of_flow for the failed attempts of each scan. */
void scans_find(struct rule_context *context);

#endif
