/* Preloaded into Wireshark, it says on standard error where a crash was, innermost function first.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#define _GNU_SOURCE
#include <execinfo.h>
#include <signal.h>
#include <stddef.h>
#include <unistd.h>

#define MOST_FRAMES 64

static void *frames[MOST_FRAMES];

static void on_crash(int signal_number)
{
    (void)signal_number;
    backtrace_symbols_fd(frames, backtrace(frames, MOST_FRAMES), STDERR_FILENO);
}

__attribute__((constructor)) static void install(void)
{
    /* The first call may allocate, which a handler must not do. */
    backtrace(frames, MOST_FRAMES);

    /* The instruction is tried again afterwards, and then ends the program as ever. */
    struct sigaction action = {.sa_handler = on_crash, .sa_flags = (int)SA_RESETHAND};
    sigaction(SIGSEGV, &action, NULL);
}
