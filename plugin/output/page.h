/* The parts of a page. CMake makes page.c from the files in plugin/output/page and from dygraphs.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef TFA_PAGE_H
#define TFA_PAGE_H

#include <stddef.h>

/* Text of the page. */
struct page_part {
    const unsigned char *bytes; /* UTF-8; a 0 follows */
    size_t size;                /* bytes, without the 0 */
};

extern const struct page_part page_template; /* with a {{NAME}} for each other part */
extern const struct page_part page_style, page_script;
extern const struct page_part page_chart_style, page_chart_script; /* dygraphs; empty: not there */

#endif
