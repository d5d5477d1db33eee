/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "output/render_html.h"

#include "output/html_escape.h"
#include "output/page.h"
#include "output/render_json.h"
#include "output/render_text.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

const char *render_html_lacks(void)
{
    return page_chart_script.size > 0
               ? NULL
               : "format=html is not in this build of the plugin, because dygraphs, which draws "
                 "the plots, was missing: install libjs-dygraphs (Debian's package), then build "
                 "and install the plugin again";
}

/* --- the places in the template --- */

static void write_part(const struct page_part *part, FILE *out)
{
    fwrite(part->bytes, 1, part->size, out);
}

/* As Content-Security-Policy wants it: the browser runs or applies these bytes and no others. */
static void write_hash(const struct page_part *part, FILE *out)
{
    guint8 digest[32];
    gsize length = sizeof digest;
    GChecksum *checksum = g_checksum_new(G_CHECKSUM_SHA256);
    g_checksum_update(checksum, part->bytes, (gssize)part->size);
    g_checksum_get_digest(checksum, digest, &length);
    char *base64 = g_base64_encode(digest, length);
    fprintf(out, " 'sha256-%s'", base64);
    g_free(base64);
    g_checksum_free(checksum);
}

static void write_policy(const struct report *report, FILE *out)
{
    (void)report;
    fputs("default-src 'none'; script-src", out);
    write_hash(&page_chart_script, out);
    write_hash(&page_script, out);
    fputs("; style-src", out);
    write_hash(&page_chart_style, out);
    write_hash(&page_style, out);
    fputs("; img-src data:; base-uri 'none'; form-action 'none'", out);
}

static void write_title(const struct report *report, FILE *out)
{
    const char *label = report->request->capture_label;
    if (label != NULL) {
        html_write_text(label, out);
        fputs(" · ", out);
    }
    fputs("TCP Flow Asymmetry", out);
}

static void write_style(const struct report *report, FILE *out)
{
    (void)report;
    write_part(&page_style, out);
}

static void write_script(const struct report *report, FILE *out)
{
    (void)report;
    write_part(&page_script, out);
}

static void write_chart_style(const struct report *report, FILE *out)
{
    (void)report;
    write_part(&page_chart_style, out);
}

static void write_chart_script(const struct report *report, FILE *out)
{
    (void)report;
    write_part(&page_chart_script, out);
}

/* What @render writes, with its @length. The caller frees it with free(). Without memory for it,
 * the program ends, as with GLib's allocations. */
static char *rendered(void (*render)(const struct report *, const struct render_settings *, FILE *),
                      const struct report *report, size_t *length)
{
    static const struct render_settings settings = {TEXT_DEFAULT_WIDTH, true};
    char *text = NULL;
    FILE *memory = open_memstream(&text, length);
    if (memory != NULL)
        render(report, &settings, memory);
    bool is_whole = memory != NULL && ferror(memory) == 0;
    if (memory == NULL || fclose(memory) != 0 || !is_whole)
        g_error("no memory for a page");
    return text;
}

static void write_text(const struct report *report, FILE *out)
{
    size_t length = 0;
    char *text = rendered(render_text, report, &length);
    html_write_text(text, out);
    free(text);
}

static void write_document(const struct report *report, FILE *out)
{
    size_t length = 0;
    char *json = rendered(render_json, report, &length);
    html_write_json(json, length, out);
    free(json);
}

/* --- the page --- */

static const struct place {
    const char *name;
    void (*write)(const struct report *report, FILE *out);
} places[] = {
    {"POLICY", write_policy},
    {"TITLE", write_title},
    {"CHART_STYLE", write_chart_style},
    {"STYLE", write_style},
    {"TEXT", write_text},
    {"DOCUMENT", write_document},
    {"CHART_SCRIPT", write_chart_script},
    {"SCRIPT", write_script},
};

static void write_place(const char *name, size_t length, const struct report *report, FILE *out)
{
    for (size_t i = 0; i < G_N_ELEMENTS(places); i++) {
        if (strlen(places[i].name) == length && memcmp(places[i].name, name, length) == 0)
            places[i].write(report, out);
    }
}

void render_html(const struct report *report, const struct render_settings *settings, FILE *out)
{
    (void)settings;
    const char *text = (const char *)page_template.bytes, *end = text + page_template.size;
    for (;;) {
        const char *begin = g_strstr_len(text, end - text, "{{");
        const char *close = begin != NULL ? g_strstr_len(begin, end - begin, "}}") : NULL;
        if (close == NULL)
            break;
        fwrite(text, 1, (size_t)(begin - text), out);
        write_place(begin + 2, (size_t)(close - begin - 2), report, out);
        text = close + 2;
    }
    fwrite(text, 1, (size_t)(end - text), out);
}
