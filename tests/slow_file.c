/* Preloaded into a program, it makes reads of the file $SLOW_FILE slow, as on a bad network drive,
 * as long as the file $SLOW_WHILE is there.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

/* Wireshark reads some thousand bytes at a time. */
static const struct timespec delay = {.tv_nsec = 50 * 1000 * 1000};

static bool is_slow(int descriptor)
{
    const char *path = getenv("SLOW_FILE"), *condition = getenv("SLOW_WHILE");
    struct stat slow, read_from;
    return path != NULL && condition != NULL && fstat(descriptor, &read_from) == 0 &&
           stat(path, &slow) == 0 && slow.st_ino == read_from.st_ino &&
           slow.st_dev == read_from.st_dev && access(condition, F_OK) == 0;
}

ssize_t read(int descriptor, void *buffer, size_t size)
{
    static ssize_t (*next_read)(int, void *, size_t);
    if (next_read == NULL)
        next_read = (ssize_t(*)(int, void *, size_t))dlsym(RTLD_NEXT, "read");
    if (is_slow(descriptor))
        nanosleep(&delay, NULL);
    return next_read(descriptor, buffer, size);
}
