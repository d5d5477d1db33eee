/* The state of one listener: the counts of a single "-z tcp,asymmetry", or of one report window.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef TFA_COLLECTOR_H
#define TFA_COLLECTOR_H

#include "report/report.h"
#include "settings/options.h"

struct collector;

/* The owner of a collector. */
struct collector_owner {
    void (*draw)(struct collector *collector, void *data); /* there may be something new to show */
    void (*progress)(uint64_t segments,
                     void *data); /* called now and then while counting; or NULL */
    /* Called when the time of a packet says that an interval is over, with its number, if there was
     * traffic in it; or NULL. */
    void (*interval_over)(struct collector *collector, int32_t index, void *data);
    /* Nothing more is counted, and there will be no report; called once, with the reason; or NULL.
     */
    void (*fail)(const char *message, void *data);
    void (*finish)(void *data); /* called last, when Wireshark has removed the listener; or NULL */
    void *data;
};

/* Begins to listen with @options, which it owns from then on, also when it fails. Returns NULL and
 * a message in
 * *@error, which the caller frees with g_free(), if Wireshark refuses the display filter or a
 * listener; the owner is not called then. It lives until collector_stop() or the end of the
 * program. */
struct collector *collector_start(struct options *options, const struct collector_owner *owner,
                                  char **error);

/* Stops listening and frees @collector, which calls the owner's finish. */
void collector_stop(struct collector *collector);

/* The options that were given to collector_start(). */
const struct options *collector_options(const struct collector *collector);

/* A report of all counts so far, for an output in @format. It reads data of the collector, so the
 * caller frees it with report_free() before the next packet comes. */
struct report *collector_report(struct collector *collector, enum output_format format);

/* The same as report_new_counts() makes it. */
struct report *collector_counts(struct collector *collector, enum output_format format);

#endif
