/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "output/render.h"

#include "output/render_csv.h"
#include "output/render_json.h"
#include "output/render_text.h"

void render(enum output_format format, const struct report *report,
            const struct render_settings *settings, FILE *out)
{
    static void (*const renderers[])(const struct report *, const struct render_settings *,
                                     FILE *) = {
        [FORMAT_TEXT] = render_text,
        [FORMAT_JSON] = render_json,
        [FORMAT_NDJSON] = render_ndjson,
        [FORMAT_CSV] = render_csv,
    };
    renderers[format](report, settings, out);
}
