/* SPDX-License-Identifier: GPL-2.0-or-later */
#define _GNU_SOURCE /* realpath(), mkstemp(), fchmod(), O_TMPFILE */
#include "output/output_file.h"

#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct output_file {
    FILE *stream;
    char *path;      /* as the user wrote it; NULL for standard output */
    char *target;    /* the file to replace; NULL if the stream is written in place */
    char *temporary; /* the new file beside it; NULL if the stream is written in place, and while
                        the new file has no name */
};

static char *describe(const char *path, int error)
{
    return g_strdup_printf("cannot write to \"%s\": %s", path, g_strerror(error));
}

/* A device or a pipe cannot be replaced, and contains nothing that could be lost. */
static bool is_written_in_place(const char *path)
{
    struct stat status;
    return stat(path, &status) == 0 && !S_ISREG(status.st_mode) && !S_ISDIR(status.st_mode);
}

/* The file to which symbolic links lead, so that a link stays a link, even if that file does not
 * exist yet. */
static char *resolve(const char *path)
{
    char *resolved = realpath(path, NULL);
    char *link = resolved == NULL && errno == ENOENT ? g_file_read_link(path, NULL) : NULL;
    char *target;
    if (link != NULL) {
        char *folder = g_path_get_dirname(path);
        char *next =
            g_path_is_absolute(link) ? g_strdup(link) : g_build_filename(folder, link, NULL);
        target = resolve(next);
        g_free(next);
        g_free(folder);
    } else {
        target = g_strdup(resolved != NULL ? resolved : path);
    }
    g_free(link);
    free(resolved);
    return target;
}

/* The path through which a file without a name can get a name. */
static char *name_of_descriptor(int descriptor)
{
    return g_strdup_printf("/proc/self/fd/%d", descriptor);
}

/* A new file without a name in the folder of @target: nothing of it stays if the program dies.
 * Returns -1 if the file system has no such files, or if there is no /proc. */
static int make_nameless(const char *target)
{
    char *folder = g_path_get_dirname(target);
    int descriptor = open(folder, O_TMPFILE | O_WRONLY | O_CLOEXEC, 0600);
    char *name = name_of_descriptor(descriptor);
    if (descriptor >= 0 && access(name, F_OK) != 0) {
        close(descriptor);
        descriptor = -1;
    }
    g_free(name);
    g_free(folder);
    return descriptor;
}

static int make_named(const char *target, char **name)
{
    *name = g_strdup_printf("%s.XXXXXX", target);
    int descriptor = mkstemp(*name);
    if (descriptor < 0) {
        int error = errno;
        g_free(*name);
        *name = NULL;
        errno = error;
    }
    return descriptor;
}

/* Makes a new empty file beside @target with the permissions of the result. Returns its descriptor,
 * or -1 with errno set. *@name is its name, or NULL if it has none yet. */
static int make_temporary(const char *target, char **name)
{
    struct stat status;
    bool exists = stat(target, &status) == 0;
    if (exists && S_ISDIR(status.st_mode)) {
        errno = EISDIR;
        return -1;
    }
    if (exists && access(target, W_OK) != 0)
        return -1;
    *name = NULL;
    int descriptor = make_nameless(target);
    if (descriptor < 0)
        descriptor = make_named(target, name);
    if (descriptor < 0)
        return -1;
    mode_t mask = umask(0);
    umask(mask);
    /* Best effort: the result matters more than its owner. */
    if (fchmod(descriptor, exists ? status.st_mode & 07777 : 0666 & ~mask) != 0 ||
        (exists && fchown(descriptor, status.st_uid, status.st_gid) != 0))
        errno = 0;
    return descriptor;
}

bool output_file_is_terminal(const char *path)
{
    struct stat status;
    if (path == NULL)
        return isatty(STDOUT_FILENO);
    if (stat(path, &status) != 0 || !S_ISCHR(status.st_mode))
        return false;
    int descriptor = open(path, O_WRONLY | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
    bool is_terminal = descriptor >= 0 && isatty(descriptor);
    if (descriptor >= 0)
        close(descriptor);
    return is_terminal;
}

char *output_file_target(const char *path)
{
    if (path == NULL || is_written_in_place(path))
        return NULL;
    char *target = resolve(path), *folder = g_path_get_dirname(target);
    char *whole = realpath(folder, NULL), *name = g_path_get_basename(target);
    char *result = whole != NULL ? g_build_filename(whole, name, NULL) : g_strdup(target);
    g_free(name);
    free(whole);
    g_free(folder);
    g_free(target);
    return result;
}

char *output_file_check(const char *path)
{
    if (path == NULL)
        return NULL;
    if (is_written_in_place(path))
        return access(path, W_OK) == 0 ? NULL : describe(path, errno);
    char *target = resolve(path), *temporary, *message = NULL;
    int descriptor = make_temporary(target, &temporary);
    if (descriptor < 0) {
        message = describe(path, errno);
    } else {
        close(descriptor);
        if (temporary != NULL)
            unlink(temporary);
        g_free(temporary);
    }
    g_free(target);
    return message;
}

static void free_output_file(struct output_file *file)
{
    g_free(file->path);
    g_free(file->target);
    g_free(file->temporary);
    g_free(file);
}

struct output_file *output_file_open(const char *path, char **error)
{
    struct output_file *file = g_new0(struct output_file, 1);
    file->path = g_strdup(path);
    if (path == NULL) {
        file->stream = stdout;
    } else if (is_written_in_place(path)) {
        file->stream = fopen(path, "w");
    } else {
        file->target = resolve(path);
        int descriptor = make_temporary(file->target, &file->temporary);
        if (descriptor >= 0)
            file->stream = fdopen(descriptor, "w");
    }
    if (file->stream == NULL) {
        *error = describe(path, errno);
        free_output_file(file);
        return NULL;
    }
    return file;
}

FILE *output_file_stream(struct output_file *file)
{
    return file->stream;
}

/* Gives the new file a name beside the target if it has none: only a file with a name can replace
 * another one. Returns false with errno set. */
static bool ensure_name(struct output_file *file)
{
    if (file->temporary != NULL)
        return true;
    char *nameless = name_of_descriptor(fileno(file->stream));
    int result;
    do {
        g_free(file->temporary);
        file->temporary = g_strdup_printf("%s.%08x", file->target, g_random_int());
        result = linkat(AT_FDCWD, nameless, AT_FDCWD, file->temporary, AT_SYMLINK_FOLLOW);
    } while (result != 0 && errno == EEXIST);
    if (result != 0) {
        int error = errno;
        g_free(file->temporary);
        file->temporary = NULL;
        errno = error;
    }
    g_free(nameless);
    return result == 0;
}

/* Replaces the target with the complete new file. Returns false with errno set. */
static bool replace_target(struct output_file *file)
{
    return fsync(fileno(file->stream)) == 0 && ensure_name(file) &&
           rename(file->temporary, file->target) == 0;
}

char *output_file_close(struct output_file *file)
{
    const char *name = file->path != NULL ? file->path : "standard output";
    /* If an earlier write failed, its data was dropped and will not fail again. The last errno has
     * the reason. */
    int earlier = ferror(file->stream) ? errno : 0;
    errno = 0;
    bool written = fflush(file->stream) == 0 && !ferror(file->stream);
    if (written && file->target != NULL)
        written = replace_target(file);
    int error = errno;
    if (file->path != NULL && fclose(file->stream) != 0 && written) {
        written = false;
        error = errno;
    }
    if (!written && file->temporary != NULL)
        unlink(file->temporary);
    if (error == 0)
        error = earlier != 0 ? earlier : EIO;
    char *message = written ? NULL : describe(name, error);
    free_output_file(file);
    return message;
}
