/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "report/verdict.h"

#include "base/edit_distance.h"
#include "base/text_format.h"

#include <string.h>

/* A word that names findings. */
struct name {
    const char *word;
    finding_ids ids;
};

#define SEVERITIES (SEVERITY_ERROR + 1)
#define NAMES      (SEVERITIES + FINDING_COUNT)

static finding_ids as_severe_as(enum severity least)
{
    finding_ids ids = 0;
    for (int id = 0; id < FINDING_COUNT; id++) {
        if (finding_kinds[id].severity >= least)
            ids |= finding_bit((enum finding_id)id);
    }
    return ids;
}

static struct name name_at(int index)
{
    if (index < SEVERITIES)
        return (struct name){severity_name((enum severity)index),
                             as_severe_as((enum severity)index)};
    enum finding_id id = (enum finding_id)(index - SEVERITIES);
    return (struct name){finding_kinds[id].id, finding_bit(id)};
}

/* The findings that @word names, none if it is no name. */
static finding_ids ids_of(const char *word)
{
    for (int i = 0; i < NAMES; i++) {
        struct name name = name_at(i);
        if (strcmp(word, name.word) == 0)
            return name.ids;
    }
    return 0;
}

/* --- what was meant --- */

#define MOST_MEANT 3

/* How a name is like a word, the nearest way first. */
enum likeness { LIKE_EQUAL, LIKE_BEGINNING, LIKE_PART, LIKE_COUNT };

static enum likeness likeness_of(const char *word, const char *name)
{
    if (strcmp(word, name) == 0)
        return LIKE_EQUAL;
    if (g_str_has_prefix(name, word) || g_str_has_prefix(word, name))
        return LIKE_BEGINNING;
    return strstr(name, word) != NULL ? LIKE_PART : LIKE_COUNT;
}

/* With more edits than two, or of half the word, it is another word and not a misspelt one. */
static const char *nearest_name(const char *word)
{
    const char *nearest = NULL;
    size_t best = MIN(2, strlen(word) / 2);
    for (int i = 0; i < NAMES; i++) {
        const char *name = name_at(i).word;
        unsigned edits = edit_distance(word, name);
        if (edits < best || (edits == best && nearest == NULL)) {
            best = edits;
            nearest = name;
        }
    }
    return nearest;
}

/* Writes to @meant at most MOST_MEANT names that are like @word, which is in lower case. Returns
 * their number. */
static unsigned find_meant(const char *word, const char **meant)
{
    unsigned count = 0;
    for (int likeness = 0; likeness < LIKE_COUNT; likeness++) {
        for (int i = 0; i < NAMES && count < MOST_MEANT; i++) {
            if (likeness_of(word, name_at(i).word) == (enum likeness)likeness)
                meant[count++] = name_at(i).word;
        }
        if (likeness == LIKE_EQUAL && count > 0)
            return count;
    }
    if (count == 0 && (meant[0] = nearest_name(word)) != NULL)
        count = 1;
    return count;
}

/* The message for a @word that is no name. */
static char *refuse(const char *word)
{
    const char *meant[MOST_MEANT];
    char *lower = g_ascii_strdown(word, -1);
    unsigned count = find_meant(lower, meant);
    GString *text = g_string_new(NULL);
    text_append(text, "\"", word,
                "\" is neither a severity (chat, note, warn or error) nor the id of a finding",
                count > 0 ? ": did you mean " : ", such as no_response; the manual lists the ids",
                NULL);
    for (unsigned i = 0; i < count; i++)
        text_append(text, i == 0 ? "" : i + 1 < count ? ", " : " or ", "fail=", meant[i], NULL);
    g_string_append(text, count > 0 ? "?" : "");
    g_free(lower);
    return g_string_free(text, FALSE);
}

char *verdict_parse(const GPtrArray *names, finding_ids *ids)
{
    *ids = 0;
    for (guint i = 0; i < names->len; i++) {
        const char *word = g_ptr_array_index(names, i);
        finding_ids named = ids_of(word);
        if (named == 0)
            return refuse(word);
        *ids |= named;
    }
    return NULL;
}

bool verdict_fails(const struct report *report, finding_ids ids)
{
    for (guint i = 0; i < report->rows->len; i++) {
        const struct row *row = g_ptr_array_index(report->rows, i);
        for (guint j = 0; j < row->findings->len; j++) {
            const struct finding *finding = g_ptr_array_index(row->findings, j);
            if ((ids & finding_bit(finding->id)) != 0)
                return true;
        }
    }
    return false;
}
