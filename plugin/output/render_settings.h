/* How text looks.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef TFA_RENDER_SETTINGS_H
#define TFA_RENDER_SETTINGS_H

#include <stdbool.h>

/* Columns of a text if no terminal says how wide it is, and at least. */
#define TEXT_DEFAULT_WIDTH 100
#define TEXT_LEAST_WIDTH   80

struct render_settings {
    unsigned text_width; /* columns; smaller than TEXT_LEAST_WIDTH counts as that */
    bool unicode;        /* text may have arrows and blocks */
};

#endif
