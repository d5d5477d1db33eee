/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "report/notes.h"

#include "base/words.h"

#include <inttypes.h>

static void note(GPtrArray *notes, char *text)
{
    g_ptr_array_add(notes, text);
}

static void note_named_server(GPtrArray *notes, const struct note_source *source,
                              const struct server_match *match)
{
    uint64_t as_client = 0;
    for (size_t i = 0; i < flow_table_count(source->flows); i++) {
        const struct flow *flow = flow_table_at(source->flows, i);
        if (server_match_fits(match, role_server_of(flow, source->roles[i])))
            return;
        as_client += server_match_fits(match, &flow->ends[source->roles[i].client]);
    }
    if (as_client > 0)
        note(notes, g_strdup_printf("%s is not a server in this capture. It is the client of "
                                    "%" PRIu64 " connection%s.",
                                    match->text, as_client, plural(as_client)));
    else
        note(notes, g_strdup_printf("%s is in no TCP connection of this capture.", match->text));
}

static void note_named_ports(GPtrArray *notes, const struct note_source *source,
                             const struct port_range *range)
{
    for (size_t i = 0; i < flow_table_count(source->flows); i++) {
        const struct flow *flow = flow_table_at(source->flows, i);
        if (port_range_fits(range, role_server_of(flow, source->roles[i])->port))
            return;
    }
    if (range->first == range->last)
        note(notes, g_strdup_printf("No server in this capture has port %u.", range->first));
    else
        note(notes, g_strdup_printf("No server in this capture has a port from %u to %u.",
                                    range->first, range->last));
}

static void note_names(GPtrArray *notes, const struct note_source *source)
{
    guint before = notes->len;
    const struct request *request = source->request;
    for (guint i = 0; i < request->servers->len; i++)
        note_named_server(notes, source, &g_array_index(request->servers, struct server_match, i));
    for (guint i = 0; i < request->ports->len; i++)
        note_named_ports(notes, source, &g_array_index(request->ports, struct port_range, i));
    if (source->selected == 0 && notes->len == before)
        note(notes, g_strdup("No server in this capture fits both server= and port=."));
}

const char *notes_message(const struct note_source *source)
{
    if (source->segments > 0)
        return NULL;
    if (source->request->filter == NULL && source->untapped > 0)
        return "No TCP packet of this capture could be dissected";
    return source->request->filter != NULL
               ? "No TCP packets in this capture match the display filter"
               : "No TCP packets found in this capture";
}

/* What is not dissected comes to no display filter of a tap, so nobody knows what that would match.
 */
static char *untapped_text(uint64_t segments, bool has_filter)
{
    bool one = segments == 1;
    const char *filter_text = !has_filter ? ""
                              : one       ? " The display filter may match it."
                                          : " The display filter may match some of them.";
    return g_strdup_printf("Wireshark did not pass %" PRIu64 " TCP segment%s%s to this statistic "
                           "because "
                           "it could not dissect %s: the snap length cut %s, or %s malformed.%s",
                           segments, plural(segments), has_filter ? " of the capture" : "",
                           one ? "it" : "them", one ? "it" : "them", one ? "it is" : "they are",
                           filter_text);
}

GPtrArray *notes_new(const struct note_source *source)
{
    GPtrArray *notes = g_ptr_array_new_with_free_func(g_free);
    if (!source->analysed && source->segments > 0)
        note(notes, g_strdup("TCP sequence analysis is off, so retransmissions and all its other "
                             "results are missing: turn on the preference "
                             "tcp.analyze_sequence_numbers."));
    if (source->untapped > 0)
        note(notes, untapped_text(source->untapped, source->request->filter != NULL));
    if (source->is_filtered)
        note(notes, g_strdup("This file was saved through a filter: it lacks the acknowledgments "
                             "without data. So nothing is concluded from what is absent."));
    if (source->stood_still)
        note(notes, g_strdup("The capturing host stood still for a while: connections of several "
                             "servers pause and go on at the same moment. Nobody was slow then."));
    if (source->out_of_range > 0)
        note(notes, g_strdup_printf("The time of %" PRIu64 " segment%s is before 1897 or after "
                                    "2188. The nearest time in this range is shown, so times and "
                                    "delays with it are wrong.",
                                    source->out_of_range, plural(source->out_of_range)));
    if (source->segments > 0)
        note_names(notes, source);
    return notes;
}
