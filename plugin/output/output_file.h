/* Where a result is written: standard output, or a file that appears only when it is complete.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef TFA_OUTPUT_FILE_H
#define TFA_OUTPUT_FILE_H

#include <stdbool.h>
#include <stdio.h>

struct output_file;

/* Whether a result can be written to @path, without touching what is there. Returns NULL, or a
 * message that the caller frees with g_free(). NULL for @path means standard output. */
char *output_file_check(const char *path);

/* Begins to write to @path, or to standard output if that is NULL. Where @path is a regular file,
 * or nothing yet, all goes to a new file beside it. Returns NULL and a message in *@error, which
 * the caller frees with g_free(), if that cannot be made. */
struct output_file *output_file_open(const char *path, char **error);

/* The stream to write to. Owned by @file. */
FILE *output_file_stream(struct output_file *file);

/* Ends writing and frees @file. If all was written, the result takes the place of what was at the
 * path, whole and with its permissions. If not, that stays as it was, and the message of what went
 * wrong is returned, which the caller frees with g_free(). */
char *output_file_close(struct output_file *file);

#endif
