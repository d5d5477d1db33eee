/* SPDX-License-Identifier: GPL-2.0-or-later */
#define _GNU_SOURCE /* dladdr() */
#include "wireshark/compat.h"

#include "wireshark/second_install.h"

#include <dlfcn.h>
#include <wsutil/filesystem.h>
#include <wsutil/privileges.h>
#include <wsutil/report_message.h>

/* All installs use the same GLib: what the first one leaves there, the others find. An install of
 * version 0.1 looks for just these two texts. */
#define REGISTRY    "tcp-flow-asymmetry"
#define DESCRIPTION "first copy"

/* An address in this install. */
static const char anchor;

/* The file of this install, which the caller frees with g_free(). */
static char *own_path(void)
{
    Dl_info info;
    return g_strdup(dladdr(&anchor, &info) != 0 ? info.dli_fname : "?");
}

static bool is_same_folder(const char *path, const char *folder)
{
    char *own_folder = g_path_get_dirname(path);
    bool is_same = g_strcmp0(own_folder, folder) == 0;
    g_free(own_folder);
    return is_same;
}

/* Wireshark itself skips a plugin if it has already loaded one with the same file name, and reports
 * only this name. */
static void report_namesake(const char *path, const char *plugin_folder)
{
    char *folder = g_build_filename(plugin_folder, "epan", NULL);
    char *name = g_path_get_basename(path);
    char *other = g_build_filename(folder, name, NULL);
    if (!is_same_folder(path, folder) && g_file_test(other, G_FILE_TEST_EXISTS))
        report_failure("TCP Flow Asymmetry is installed twice. %s is used and %s is not: delete "
                       "the one that you do not want.",
                       path, other);
    g_free(other);
    g_free(name);
    g_free(folder);
}

bool second_install_allows(const char *version)
{
    const char *registry = g_intern_string(REGISTRY);
    const char *first = g_dataset_get_data(registry, DESCRIPTION);
    char *path = own_path();
    if (first != NULL) {
        report_failure("TCP Flow Asymmetry is installed twice. %s is used and %s (version %s) is "
                       "not: delete the one that you do not want.",
                       first, path, version);
        g_free(path);
        return false;
    }
    g_dataset_set_data_full(registry, DESCRIPTION,
                            g_strdup_printf("%s (version %s)", path, version), g_free);
    report_namesake(path, get_plugins_dir_with_version());
    if (!started_with_special_privs())
        report_namesake(path, get_plugins_pers_dir_with_version());
    g_free(path);
    return true;
}
