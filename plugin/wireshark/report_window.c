/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "wireshark/compat.h"

#include "wireshark/report_window.h"

#include "output/output_file.h"
#include "output/render.h"
#include "report/entry.h"
#include "wireshark/collector.h"
#include "wireshark/missed_frames.h"

#include <epan/funnel.h>
#include <string.h>
#include <wsutil/report_message.h>

/* What the user chose to see. It owns all strings. */
enum { CHOICE_SERVERS, CHOICE_PORTS, CHOICE_GROUPING, CHOICE_FILTER, CHOICE_COUNT };

static const char *const choice_names[CHOICE_COUNT + 1] = {
    [CHOICE_SERVERS] = "Servers (address, address:port or network; empty: all)",
    [CHOICE_PORTS] = "Server ports (number or range; empty: all)",
    [CHOICE_GROUPING] = "A row for each (endpoint, address or port)",
    [CHOICE_FILTER] = "Display filter (empty: none)",
};

struct report_window {
    guint id;
    funnel_text_window_t *text; /* Wireshark's; NULL once it is closed */
    struct collector *collector;
    struct missed_frames *frames;
    char *choices[CHOICE_COUNT + 1];
    GPtrArray *filters;  /* char *: display filter of each finding, in the report's order; owned */
    GPtrArray *findings; /* char *: each finding in one line; owned */
    guint current; /* number of the finding whose filter was applied last, from 1; 0 for none */
    char *applied; /* its display filter; NULL for none */
    char *saved;   /* the file that the last button saved; NULL for none */
    char *shown;   /* the text in the window, as HTML */
};

static const char packets_missed[] =
    "Wireshark was reading packets when this window needed them, so there is no report yet. It "
    "appears when Wireshark has read them all. If this text stays, press Choose… and then OK.";

static const char *window_title;
static GPtrArray *windows; /* of struct report_window */

/* Wireshark empties its table of functions before it exits, and sharkd has no such table. */
static const funnel_ops_t *operations(void)
{
    const funnel_ops_t *ops = funnel_get_funnel_ops();
    return ops != NULL && ops->new_text_window != NULL ? ops : NULL;
}

static struct report_window *find_window(guint id)
{
    for (guint i = 0; i < windows->len; i++) {
        struct report_window *window = g_ptr_array_index(windows, i);
        if (window->id == id)
            return window;
    }
    return NULL;
}

/* --- the text --- */

static const struct render_settings settings = {TEXT_DEFAULT_WIDTH, true};

static GString *rendered(const struct report *report, enum output_format format)
{
    char *text = NULL;
    size_t length = 0;
    FILE *out = open_memstream(&text, &length);
    if (out == NULL)
        return g_string_new(g_strerror(errno));
    render(format, report, &settings, out);
    fclose(out);
    GString *result = g_string_new_len(text, (gssize)length);
    free(text);
    return result;
}

static void drop_findings(struct report_window *window)
{
    g_ptr_array_set_size(window->filters, 0);
    g_ptr_array_set_size(window->findings, 0);
}

static void take_findings(struct report_window *window, const struct report *report)
{
    drop_findings(window);
    GPtrArray *entries = entries_new(report);
    for (guint i = 0; i < entries->len; i++) {
        const struct entry *entry = entry_complete(report, g_ptr_array_index(entries, i));
        const struct finding *finding = entry->finding;
        g_ptr_array_add(window->filters, g_strdup(finding->filter));
        g_ptr_array_add(window->findings,
                        g_strdup_printf("%s [%s] %s", entry->who,
                                        severity_name(finding_kinds[finding->id].severity),
                                        finding->text));
    }
    g_ptr_array_free(entries, TRUE);
}

static bool is_applied(const struct report_window *window, guint number)
{
    return number >= 1 && number <= window->filters->len &&
           strcmp(g_ptr_array_index(window->filters, number - 1), window->applied) == 0;
}

/* Number of the finding that the packet list shows, from 1; 0 for none. While packets are read
 * again, there are fewer findings. In another file, or after more was captured, there are others.
 * The user may also have typed another filter. */
static guint finding_in_packet_list(const struct report_window *window)
{
    const funnel_ops_t *ops = operations();
    if (ops == NULL || window->applied == NULL ||
        g_strcmp0(ops->get_filter(ops->ops_id), window->applied) != 0)
        return 0;
    guint number = window->current;
    if (is_applied(window, number))
        return number;
    for (number = window->filters->len; number > 0 && !is_applied(window, number);)
        number--;
    return number;
}

static void append_saved(GString *html, const char *path)
{
    char *name = g_filename_display_name(path), *escaped = g_markup_escape_text(name, -1);
    g_string_append_printf(html, "<div>Saved as %s<br/></div>", escaped);
    g_free(escaped);
    g_free(name);
}

/* Wireshark's window decides by the first line whether it gets text or HTML, and that line may
 * contain a name from a packet. The window also breaks lines that are longer than its width, and at
 * first the lines of the table are. So it gets HTML, and only its first line may be broken. */
static char *text_of_window(const struct report_window *window, const struct report *report)
{
    GString *html = g_string_new(NULL);
    if (window->saved != NULL)
        append_saved(html, window->saved);
    guint number = finding_in_packet_list(window);
    if (number > 0) {
        char *line = g_markup_escape_text(g_ptr_array_index(window->findings, number - 1), -1);
        g_string_append_printf(html, "<div>In the packet list: finding %u of %u, %s<br/></div>",
                               number, window->findings->len, line);
        g_free(line);
    }
    GString *text = rendered(report, FORMAT_TEXT);
    char *escaped = g_markup_escape_text(g_strchomp(text->str), -1);
    g_string_append_printf(html, "<div style=\"white-space:pre\">%s</div>", escaped);
    g_free(escaped);
    g_string_free(text, TRUE);
    return g_string_free(html, FALSE);
}

static char *new_text(struct report_window *window)
{
    if (missed_frames_any(window->frames)) {
        drop_findings(window);
        return g_strdup_printf("<div>%s</div>", packets_missed);
    }
    struct report *report = collector_report(window->collector, FORMAT_TEXT);
    take_findings(window, report);
    char *text = text_of_window(window, report);
    report_free(report);
    return text;
}

static void update(struct report_window *window)
{
    const funnel_ops_t *ops = operations();
    if (ops == NULL || window->text == NULL)
        return;
    char *text = new_text(window);
    /* Setting the text scrolls the window to the beginning. */
    if (g_strcmp0(window->shown, text) != 0) {
        ops->set_text(window->text, text);
        g_free(window->shown);
        window->shown = text;
    } else {
        g_free(text);
    }
}

static void on_draw(struct collector *collector, void *data)
{
    struct report_window *window = data;
    if (collector == window->collector)
        update(window);
}

/* --- listening --- */

static void append_options(GString *argument, const char *name, const char *values)
{
    char **parts = g_strsplit_set(values, " ,;", -1);
    for (char **part = parts; *part != NULL; part++) {
        if (**part != '\0')
            g_string_append_printf(argument, ",%s=%s", name, *part);
    }
    g_strfreev(parts);
}

static struct options *options_of(char *const *choices, const char *format, char **error)
{
    GString *argument = g_string_new(OPTIONS_COMMAND);
    append_options(argument, "format", format);
    append_options(argument, "server", choices[CHOICE_SERVERS]);
    append_options(argument, "port", choices[CHOICE_PORTS]);
    append_options(argument, "by", choices[CHOICE_GROUPING]);
    struct options *options = options_parse(argument->str, error);
    g_string_free(argument, TRUE);
    /* Any text there is a filter, even if it looks like an option. */
    char *filter = g_strstrip(g_strdup(choices[CHOICE_FILTER]));
    if (options != NULL && *filter != '\0')
        options_set_filter(options, filter);
    g_free(filter);
    return options;
}

/* Counts with @choices from now on. If they are wrong, says so and changes nothing. */
static bool listen_for(struct report_window *window, char *const *choices)
{
    char *error = NULL;
    struct options *options = options_of(choices, "text", &error);
    struct collector_owner owner = {.draw = on_draw, .data = window};
    struct collector *collector = options != NULL ? collector_start(options, &owner, &error) : NULL;
    if (collector == NULL) {
        report_failure("%s: %s", window_title, error);
        g_free(error);
        return false;
    }
    if (window->collector != NULL)
        collector_stop(window->collector);
    window->collector = collector;
    for (int i = 0; i < CHOICE_COUNT; i++) {
        char *choice = g_strdup(choices[i]);
        g_free(window->choices[i]);
        window->choices[i] = choice;
    }
    return true;
}

static void read_again(void *data)
{
    (void)data;
    const funnel_ops_t *ops = operations();
    if (ops != NULL)
        ops->retap_packets(ops->ops_id);
}

static void update_window(void *id)
{
    /* Wireshark lets the user close windows while it reads packets. */
    struct report_window *window = find_window(GPOINTER_TO_UINT(id));
    if (window != NULL)
        update(window);
}

static void count_again(const struct report_window *window)
{
    void *id = GUINT_TO_POINTER(window->id);
    read_again(id);
    update_window(id);
}

/* --- buttons --- */

/* Number 0 stands for no finding. */
static void set_current(struct report_window *window, guint number)
{
    window->current = number;
    g_free(window->applied);
    window->applied = number > 0 ? g_strdup(g_ptr_array_index(window->filters, number - 1)) : NULL;
}

static void show_finding(struct report_window *window, guint number)
{
    const funnel_ops_t *ops = operations();
    if (ops == NULL)
        return;
    void *id = GUINT_TO_POINTER(window->id);
    set_current(window, number);
    ops->set_filter(ops->ops_id, window->applied != NULL ? window->applied : "");
    ops->apply_filter(ops->ops_id);
    update_window(id);
}

static void press_next(struct report_window *window)
{
    guint count = window->findings->len;
    if (count > 0)
        show_finding(window, window->current < count ? window->current + 1 : 1);
}

static void press_previous(struct report_window *window)
{
    guint count = window->findings->len;
    if (count > 0)
        show_finding(window, window->current > 1 ? MIN(window->current - 1, count) : count);
}

static void press_clear(struct report_window *window)
{
    show_finding(window, 0);
}

static void copy_as(struct report_window *window, enum output_format format)
{
    const funnel_ops_t *ops = operations();
    if (ops == NULL)
        return;
    if (missed_frames_any(window->frames)) {
        report_failure("%s: %s", window_title, packets_missed);
        return;
    }
    struct report *report = collector_report(window->collector, format);
    GString *text = rendered(report, format);
    report_free(report);
    ops->copy_to_clipboard(text);
    g_string_free(text, TRUE);
}

static void press_copy(struct report_window *window)
{
    copy_as(window, FORMAT_TEXT);
}

static void press_copy_json(struct report_window *window)
{
    copy_as(window, FORMAT_JSON);
}

/* --- saving a page ---
 *
 * Plugins have no dialog for files, so the user types a name. A page has intervals of time, which
 * the window itself does not count: a collector of its own reads all packets again. */

#define PAGE_NAME "tcp-asymmetry"

/* Of a file that does not exist yet. The caller frees it with g_free(). */
static char *new_page_name(void)
{
    char *path = g_build_filename(g_get_home_dir(), PAGE_NAME ".html", NULL);
    for (int number = 2; g_file_test(path, G_FILE_TEST_EXISTS); number++) {
        g_free(path);
        char *name = g_strdup_printf(PAGE_NAME "-%d.html", number);
        path = g_build_filename(g_get_home_dir(), name, NULL);
        g_free(name);
    }
    return path;
}

/* Returns the message of what went wrong, or NULL. */
static char *check_page_name(const char *path)
{
    if (g_file_test(path, G_FILE_TEST_EXISTS) || g_file_test(path, G_FILE_TEST_IS_SYMLINK))
        return g_strdup_printf("\"%s\" exists already, and nothing was saved: give another name",
                               path);
    return output_file_check(path);
}

static char *write_page(struct collector *collector, const char *path)
{
    struct report *report = collector_report(collector, FORMAT_HTML);
    char *error = render_to_file(FORMAT_HTML, report, &settings, path);
    report_free(report);
    return error;
}

/* The page is written once, when all is read. */
static void ignore_draw(struct collector *collector, void *data)
{
    (void)collector;
    (void)data;
}

/* Returns the message of what went wrong, or NULL. The window may be closed while Wireshark reads
 * the packets. */
static char *save_page(const struct report_window *window, const char *path)
{
    static const struct collector_owner nobody = {.draw = ignore_draw};
    char *error = check_page_name(path);
    struct options *options = error == NULL ? options_of(window->choices, "html", &error) : NULL;
    struct collector *collector =
        options != NULL ? collector_start(options, &nobody, &error) : NULL;
    if (collector == NULL)
        return error;
    guint id = window->id;
    read_again(NULL);
    window = find_window(id);
    if (window == NULL || !missed_frames_has_first(window->frames))
        error = g_strdup("Wireshark is reading packets, or there are none: nothing was saved. Try "
                         "again later.");
    else
        error = write_page(collector, path);
    collector_stop(collector);
    return error;
}

static void on_page_name(gchar **given, void *data)
{
    guint id = GPOINTER_TO_UINT(data);
    struct report_window *window = find_window(id);
    bool is_complete = given != NULL && given[0] != NULL && *g_strstrip(given[0]) != '\0';
    if (window != NULL && is_complete) {
        char *path = g_canonicalize_filename(given[0], g_get_home_dir());
        char *error = save_page(window, path);
        window = find_window(id);
        if (error != NULL)
            report_failure("%s: %s", window_title, error);
        else if (window != NULL)
            window->saved = g_strdup(path);
        update_window(data);
        g_free(error);
        g_free(path);
    }
    g_strfreev(given);
}

static void press_save(struct report_window *window)
{
    static const char *const names[] = {"File (in your home folder unless it begins with /)", NULL};
    const funnel_ops_t *ops = operations();
    const char *lack = render_lacks(FORMAT_HTML);
    if (ops == NULL)
        return;
    if (lack != NULL) {
        report_failure("%s: %s", window_title, lack);
        return;
    }
    char *values[] = {new_page_name(), NULL};
    ops->new_dialog(ops->ops_id, window_title, (const gchar **)names, (const gchar **)values,
                    on_page_name, GUINT_TO_POINTER(window->id), NULL);
    g_free(values[0]);
}

/* --- choosing --- */

static void on_choice(gchar **given, void *id)
{
    struct report_window *window = find_window(GPOINTER_TO_UINT(id));
    bool is_complete = given != NULL && g_strv_length(given) >= CHOICE_COUNT;
    if (window != NULL && is_complete && listen_for(window, given)) {
        set_current(window, 0);
        count_again(window);
    }
    g_strfreev(given);
}

static void press_choose(struct report_window *window)
{
    const funnel_ops_t *ops = operations();
    if (ops == NULL)
        return;
    ops->new_dialog(ops->ops_id, window_title, (const gchar **)choice_names,
                    (const gchar **)window->choices, on_choice, GUINT_TO_POINTER(window->id), NULL);
}

static const struct button {
    const char *label;
    void (*press)(struct report_window *window);
} buttons[] = {
    {"Next finding", press_next},  {"Previous finding", press_previous},
    {"Clear filter", press_clear}, {"Choose…", press_choose},
    {"Copy", press_copy},          {"Copy as JSON", press_copy_json},
    {"Save as HTML…", press_save},
};

struct pressed {
    guint id;
    const struct button *button;
};

static FUNNEL_BUTTON_RESULT on_button(funnel_text_window_t *text, void *data)
{
    (void)text;
    const struct pressed *pressed = data;
    struct report_window *window = find_window(pressed->id);
    if (window != NULL && operations() != NULL) {
        g_clear_pointer(&window->saved, g_free);
        pressed->button->press(window);
    }
    return TRUE;
}

static void add_button(const funnel_ops_t *ops, struct report_window *window,
                       const struct button *button)
{
    struct pressed *pressed = g_new(struct pressed, 1);
    *pressed = (struct pressed){window->id, button};
    funnel_bt_t *funnel_button = g_new0(funnel_bt_t, 1);
    funnel_button->tw = window->text;
    funnel_button->func = on_button;
    funnel_button->data = pressed;
    funnel_button->free_fcn = g_free;
    funnel_button->free_data_fcn = g_free;
    ops->add_button(window->text, funnel_button, button->label);
}

/* --- the window --- */

static void on_close(void *data)
{
    struct report_window *window = data;
    window->text = NULL;
    if (window->collector != NULL)
        collector_stop(window->collector);
    missed_frames_stop(window->frames);
    g_ptr_array_remove(windows, window);
}

static void window_free(gpointer data)
{
    struct report_window *window = data;
    for (int i = 0; i < CHOICE_COUNT; i++)
        g_free(window->choices[i]);
    g_ptr_array_free(window->filters, TRUE);
    g_ptr_array_free(window->findings, TRUE);
    g_free(window->applied);
    g_free(window->saved);
    g_free(window->shown);
    g_free(window);
}

static bool watch_frames(struct report_window *window)
{
    char *error = NULL;
    struct missed_frames_owner owner = {read_again, update_window, GUINT_TO_POINTER(window->id)};
    window->frames = missed_frames_start(&owner, &error);
    if (window->frames == NULL)
        report_failure("%s: %s", window_title, error);
    g_free(error);
    return window->frames != NULL;
}

static void open_window(gpointer data)
{
    (void)data;
    static guint last_id;
    static char *const everything[CHOICE_COUNT] = {"", "", "endpoint", ""};
    const funnel_ops_t *ops = operations();
    if (ops == NULL)
        return;
    struct report_window *window = g_new0(struct report_window, 1);
    window->id = ++last_id;
    window->filters = g_ptr_array_new_with_free_func(g_free);
    window->findings = g_ptr_array_new_with_free_func(g_free);
    if (!watch_frames(window) || !listen_for(window, everything)) {
        if (window->frames != NULL)
            missed_frames_stop(window->frames);
        window_free(window);
        return;
    }
    window->text = ops->new_text_window(ops->ops_id, window_title);
    ops->set_editable(window->text, FALSE);
    ops->set_close_cb(window->text, on_close, window);
    g_ptr_array_add(windows, window);
    for (size_t i = 0; i < G_N_ELEMENTS(buttons); i++)
        add_button(ops, window, &buttons[i]);
    count_again(window);
}

void report_window_register(const char *title)
{
    window_title = title;
    windows = g_ptr_array_new_with_free_func(window_free);
    funnel_register_menu(title, REGISTER_PACKET_STAT_GROUP_UNSORTED, open_window, NULL, NULL,
                         FALSE);
}
