/* Whether a result fails: the findings that the user does not accept.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef TFA_VERDICT_H
#define TFA_VERDICT_H

#include "report/report.h"

/* The findings that @names (of char *) stand for: the id of one, or a severity for all that are as
 * severe or worse. Returns NULL, or a message that names the wrong part and the nearest right one,
 * which the caller frees with g_free(). */
char *verdict_parse(const GPtrArray *names, finding_ids *ids);

/* Whether a row of @report has one of the findings @ids. */
bool verdict_fails(const struct report *report, finding_ids ids);

#endif
