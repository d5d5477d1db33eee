/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "output/render.h"

#include "output/output_file.h"
#include "output/render_csv.h"
#include "output/render_html.h"
#include "output/render_json.h"
#include "output/render_text.h"

void render(enum output_format format, const struct report *report,
            const struct render_settings *settings, FILE *out)
{
    static void (*const renderers[])(const struct report *, const struct render_settings *,
                                     FILE *) = {
        [FORMAT_TEXT] = render_text, [FORMAT_JSON] = render_json, [FORMAT_NDJSON] = render_ndjson,
        [FORMAT_CSV] = render_csv,   [FORMAT_HTML] = render_html,
    };
    renderers[format](report, settings, out);
}

char *render_to_file(enum output_format format, const struct report *report,
                     const struct render_settings *settings, const char *path)
{
    char *error = NULL;
    struct output_file *output = output_file_open(path, &error);
    if (output == NULL)
        return error;
    render(format, report, settings, output_file_stream(output));
    return output_file_close(output);
}

const char *render_lacks(enum output_format format)
{
    return format == FORMAT_HTML ? render_html_lacks() : NULL;
}
