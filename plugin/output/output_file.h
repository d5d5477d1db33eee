/* Where a result is written: standard output, or a file that appears only when it is complete.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef TFA_OUTPUT_FILE_H
#define TFA_OUTPUT_FILE_H

#include <stdbool.h>
#include <stdio.h>

struct output_file;

/* Checks whether a result can be written to @path, without changing the file there. Returns NULL,
 * or a message that the caller frees with g_free(). If @path is NULL, it means standard output. */
char *output_file_check(const char *path);

/* Whether what is written to @path, or to standard output if that is NULL, comes to a terminal. */
bool output_file_is_terminal(const char *path);

/* The file that would be replaced by a result written to @path, with its folder, however @path
 * names it: two paths of one file give the same. The caller frees it with g_free(). NULL for
 * standard output, and where a result is written in place, as to a device. */
char *output_file_target(const char *path);

/* Begins to write to @path, or to standard output if that is NULL. If @path is a regular file or
 * does not exist, all output goes to a new file beside it. If that cannot be made, returns NULL and
 * a message in *@error, which the caller frees with g_free(). */
struct output_file *output_file_open(const char *path, char **error);

/* The stream to write to. Owned by @file. */
FILE *output_file_stream(struct output_file *file);

/* Ends writing and frees @file. If all was written, the complete result replaces the file at the
 * path and keeps its permissions. If not, the old file stays as it was, and the function returns a
 * message that says what went wrong. The caller frees it with g_free(). */
char *output_file_close(struct output_file *file);

#endif
