/* Preloaded into Wireshark, it makes it read packets slowly as long as the file $BRAKE is there,
 * and adds a byte to that file for each packet.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

/* The arguments of both functions are numbers and pointers, in some versions one less than here:
 * that takes nothing away. What they return is a bool, and handed on as it is. */
#define ARGUMENTS                                                                                  \
    uintptr_t first, uintptr_t second, uintptr_t third, uintptr_t fourth, uintptr_t fifth,         \
        uintptr_t sixth

typedef uintptr_t reader(ARGUMENTS);

static const struct timespec delay = {.tv_nsec = 100 * 1000 * 1000};

static void wait_on_brake(void)
{
    const char *path = getenv("BRAKE");
    int brake = path != NULL ? open(path, O_WRONLY | O_APPEND | O_CLOEXEC) : -1;
    if (brake < 0)
        return;
    nanosleep(&delay, NULL);
    if (write(brake, "", 1) != 1)
        abort();
    close(brake);
}

static reader *next(const char *name)
{
    return (reader *)dlsym(RTLD_NEXT, name);
}

uintptr_t wtap_read(ARGUMENTS)
{
    wait_on_brake();
    return next("wtap_read")(first, second, third, fourth, fifth, sixth);
}

uintptr_t wtap_seek_read(ARGUMENTS)
{
    wait_on_brake();
    return next("wtap_seek_read")(first, second, third, fourth, fifth, sixth);
}
