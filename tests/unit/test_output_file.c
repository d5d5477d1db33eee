/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "output/output_file.h"

#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct place {
    char *folder;
    char *path; /* of a file in it that does not exist yet */
};

static void set_up(struct place *place, gconstpointer data)
{
    (void)data;
    place->folder = g_dir_make_tmp("tfa-unit-XXXXXX", NULL);
    g_assert_nonnull(place->folder);
    place->path = g_build_filename(place->folder, "result", NULL);
}

static guint files_in(const char *folder)
{
    GDir *dir = g_dir_open(folder, 0, NULL);
    g_assert_nonnull(dir);
    guint count = 0;
    while (g_dir_read_name(dir) != NULL)
        count++;
    g_dir_close(dir);
    return count;
}

static void tear_down(struct place *place, gconstpointer data)
{
    (void)data;
    GDir *dir = g_dir_open(place->folder, 0, NULL);
    const char *name;
    while ((name = g_dir_read_name(dir)) != NULL) {
        char *path = g_build_filename(place->folder, name, NULL);
        g_assert_cmpint(g_remove(path), ==, 0);
        g_free(path);
    }
    g_dir_close(dir);
    g_assert_cmpint(g_rmdir(place->folder), ==, 0);
    g_free(place->path);
    g_free(place->folder);
}

static void put(const char *path, const char *text)
{
    g_assert_true(g_file_set_contents(path, text, -1, NULL));
}

static void assert_holds(const char *path, const char *text)
{
    char *contents = NULL;
    g_assert_true(g_file_get_contents(path, &contents, NULL, NULL));
    g_assert_cmpstr(contents, ==, text);
    g_free(contents);
}

static struct output_file *open_well(const char *path)
{
    char *error = NULL;
    struct output_file *file = output_file_open(path, &error);
    g_assert_cmpstr(error, ==, NULL);
    g_assert_nonnull(file);
    return file;
}

static void close_well(struct output_file *file)
{
    char *error = output_file_close(file);
    g_assert_cmpstr(error, ==, NULL);
}

static mode_t permissions(const char *path)
{
    struct stat status;
    g_assert_cmpint(stat(path, &status), ==, 0);
    return status.st_mode & 07777;
}

/* Takes @error, which must name @path and tell the reason as the system does. */
static void assert_error(char *error, const char *path, int reason)
{
    char *expected = g_strdup_printf("cannot write to \"%s\": %s", path, g_strerror(reason));
    g_assert_cmpstr(error, ==, expected);
    g_free(expected);
    g_free(error);
}

static void new_file_appears_on_close(struct place *place, gconstpointer data)
{
    (void)data;
    struct output_file *file = open_well(place->path);
    fputs("result", output_file_stream(file));
    fflush(output_file_stream(file));
    g_assert_false(g_file_test(place->path, G_FILE_TEST_EXISTS));
    close_well(file);
    assert_holds(place->path, "result");
    g_assert_cmpuint(files_in(place->folder), ==, 1);
}

static void new_file_obeys_the_umask(struct place *place, gconstpointer data)
{
    (void)data;
    mode_t before = umask(027);
    close_well(open_well(place->path));
    g_assert_cmpuint(permissions(place->path), ==, 0640);
    g_assert_cmpuint(umask(before), ==, 027);
}

static void empty_result_is_an_empty_file(struct place *place, gconstpointer data)
{
    (void)data;
    put(place->path, "old");
    close_well(open_well(place->path));
    assert_holds(place->path, "");
}

static void existing_file_is_untouched_until_close(struct place *place, gconstpointer data)
{
    (void)data;
    put(place->path, "old");
    struct output_file *file = open_well(place->path);
    fputs("new", output_file_stream(file));
    fflush(output_file_stream(file));
    assert_holds(place->path, "old");
    close_well(file);
    assert_holds(place->path, "new");
    g_assert_cmpuint(files_in(place->folder), ==, 1);
}

/* Who has it open reads the old result to its end. */
static void open_reader_keeps_the_old_file(struct place *place, gconstpointer data)
{
    (void)data;
    put(place->path, "old");
    int descriptor = open(place->path, O_RDONLY);
    struct output_file *file = open_well(place->path);
    fputs("a longer result", output_file_stream(file));
    close_well(file);
    char text[16] = "";
    g_assert_cmpint(read(descriptor, text, sizeof text - 1), ==, 3);
    g_assert_cmpstr(text, ==, "old");
    close(descriptor);
}

static void permissions_are_kept(struct place *place, gconstpointer data)
{
    (void)data;
    static const mode_t modes[] = {0600, 0644, 0664, 0660};
    for (size_t i = 0; i < G_N_ELEMENTS(modes); i++) {
        put(place->path, "old");
        g_assert_cmpint(chmod(place->path, modes[i]), ==, 0);
        close_well(open_well(place->path));
        g_assert_cmpuint(permissions(place->path), ==, modes[i]);
    }
}

static void link_stays_a_link(struct place *place, gconstpointer data)
{
    (void)data;
    char *target = g_build_filename(place->folder, "target", NULL);
    put(target, "old");
    g_assert_cmpint(symlink("target", place->path), ==, 0);
    struct output_file *file = open_well(place->path);
    fputs("new", output_file_stream(file));
    close_well(file);
    g_assert_true(g_file_test(place->path, G_FILE_TEST_IS_SYMLINK));
    g_assert_false(g_file_test(target, G_FILE_TEST_IS_SYMLINK));
    assert_holds(target, "new");
    g_assert_cmpuint(files_in(place->folder), ==, 2);
    g_free(target);
}

static void link_to_nothing_stays_a_link(struct place *place, gconstpointer data)
{
    (void)data;
    char *target = g_build_filename(place->folder, "target", NULL);
    g_assert_cmpint(symlink("target", place->path), ==, 0);
    struct output_file *file = open_well(place->path);
    fputs("new", output_file_stream(file));
    close_well(file);
    g_assert_true(g_file_test(place->path, G_FILE_TEST_IS_SYMLINK));
    assert_holds(target, "new");
    g_free(target);
}

static void pipe_is_written_in_place(struct place *place, gconstpointer data)
{
    (void)data;
    g_assert_cmpint(mkfifo(place->path, 0600), ==, 0);
    int reader = open(place->path, O_RDONLY | O_NONBLOCK);
    g_assert_cmpstr(output_file_check(place->path), ==, NULL);
    struct output_file *file = open_well(place->path);
    fputs("result", output_file_stream(file));
    close_well(file);
    char text[16] = "";
    g_assert_cmpint(read(reader, text, sizeof text - 1), ==, 6);
    g_assert_cmpstr(text, ==, "result");
    close(reader);
    g_assert_false(g_file_test(place->path, G_FILE_TEST_IS_REGULAR));
    g_assert_cmpuint(files_in(place->folder), ==, 1);
}

static void check_leaves_all_as_it_was(struct place *place, gconstpointer data)
{
    (void)data;
    g_assert_cmpstr(output_file_check(place->path), ==, NULL);
    g_assert_cmpuint(files_in(place->folder), ==, 0);
    put(place->path, "old");
    g_assert_cmpint(g_chmod(place->path, 0640), ==, 0);
    g_assert_cmpstr(output_file_check(place->path), ==, NULL);
    assert_holds(place->path, "old");
    g_assert_cmpuint(permissions(place->path), ==, 0640);
    g_assert_cmpuint(files_in(place->folder), ==, 1);
}

static void folder_is_an_error(struct place *place, gconstpointer data)
{
    (void)data;
    char *error = NULL;
    assert_error(output_file_check(place->folder), place->folder, EISDIR);
    g_assert_null(output_file_open(place->folder, &error));
    assert_error(error, place->folder, EISDIR);
    g_assert_cmpuint(files_in(place->folder), ==, 0);
}

static void missing_folder_is_an_error_of_check(struct place *place, gconstpointer data)
{
    (void)data;
    char *path = g_build_filename(place->folder, "missing", "result", NULL);
    assert_error(output_file_check(path), path, ENOENT);
    g_free(path);
}

static void missing_folder_is_an_error_of_open(struct place *place, gconstpointer data)
{
    (void)data;
    char *path = g_build_filename(place->folder, "missing", "result", NULL);
    char *error = NULL;
    g_assert_null(output_file_open(path, &error));
    assert_error(error, path, ENOENT);
    g_free(path);
}

static void file_as_folder_is_an_error(struct place *place, gconstpointer data)
{
    (void)data;
    put(place->path, "old");
    char *path = g_build_filename(place->path, "result", NULL);
    assert_error(output_file_check(path), path, ENOTDIR);
    g_free(path);
    assert_holds(place->path, "old");
}

/* Written bytes, from within stdio's buffer to far beyond it. */
static const size_t full_sizes[] = {1, 4096, 1000000};

static void full_device_is_an_error(gconstpointer data)
{
    size_t size = *(const size_t *)data;
    if (access("/dev/full", W_OK) != 0) {
        g_test_skip("there is no /dev/full");
        return;
    }
    g_assert_cmpstr(output_file_check("/dev/full"), ==, NULL);
    struct output_file *file = open_well("/dev/full");
    for (size_t i = 0; i < size; i++)
        fputc('x', output_file_stream(file));
    assert_error(output_file_close(file), "/dev/full", ENOSPC);
}

static void null_device_takes_all(void)
{
    g_assert_cmpstr(output_file_check("/dev/null"), ==, NULL);
    struct output_file *file = open_well("/dev/null");
    fputs("result", output_file_stream(file));
    close_well(file);
    struct stat status;
    g_assert_cmpint(stat("/dev/null", &status), ==, 0);
    g_assert_true(S_ISCHR(status.st_mode));
}

/* A failed write, by a descriptor that cannot be written, stands for a full disk. */
static void failure_leaves_the_old_file(struct place *place, gconstpointer data)
{
    (void)data;
    put(place->path, "old");
    struct output_file *file = open_well(place->path);
    int read_only = open("/dev/null", O_RDONLY);
    g_assert_cmpint(dup2(read_only, fileno(output_file_stream(file))), >=, 0);
    close(read_only);
    fputs("new", output_file_stream(file));
    assert_error(output_file_close(file), place->path, EBADF);
    assert_holds(place->path, "old");
    g_assert_cmpuint(files_in(place->folder), ==, 1);
}

static void failure_leaves_no_new_file(struct place *place, gconstpointer data)
{
    (void)data;
    struct output_file *file = open_well(place->path);
    int read_only = open("/dev/null", O_RDONLY);
    g_assert_cmpint(dup2(read_only, fileno(output_file_stream(file))), >=, 0);
    close(read_only);
    fputs("new", output_file_stream(file));
    assert_error(output_file_close(file), place->path, EBADF);
    g_assert_cmpuint(files_in(place->folder), ==, 0);
}

static void standard_output_stays_open(void)
{
    g_assert_cmpstr(output_file_check(NULL), ==, NULL);
    struct output_file *file = open_well(NULL);
    g_assert_true(output_file_stream(file) == stdout);
    close_well(file);
    g_assert_cmpint(fcntl(STDOUT_FILENO, F_GETFD), >=, 0);
}

static void full_standard_output_is_an_error(void)
{
    if (access("/dev/full", W_OK) != 0) {
        g_test_skip("there is no /dev/full");
        return;
    }
    fflush(stdout);
    int saved = dup(STDOUT_FILENO), full = open("/dev/full", O_WRONLY);
    g_assert_cmpint(dup2(full, STDOUT_FILENO), ==, STDOUT_FILENO);
    close(full);
    struct output_file *file = open_well(NULL);
    fputs("x", output_file_stream(file));
    char *error = output_file_close(file);
    /* What stdio still holds of it must not come out behind the test's report. */
    g_assert_nonnull(freopen("/dev/null", "w", stdout));
    g_assert_cmpint(dup2(saved, STDOUT_FILENO), ==, STDOUT_FILENO);
    close(saved);
    clearerr(stdout);
    assert_error(error, "standard output", ENOSPC);
}

#define ADD(path, function)                                                                        \
    g_test_add("/output-file/" path, struct place, NULL, set_up, function, tear_down)

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    ADD("new/appears-on-close", new_file_appears_on_close);
    ADD("new/obeys-the-umask", new_file_obeys_the_umask);
    ADD("existing/replaced-by-an-empty-result", empty_result_is_an_empty_file);
    ADD("existing/untouched-until-close", existing_file_is_untouched_until_close);
    ADD("existing/open-reader-keeps-the-old-file", open_reader_keeps_the_old_file);
    ADD("existing/permissions-are-kept", permissions_are_kept);
    ADD("link/stays-a-link", link_stays_a_link);
    ADD("link/to-nothing-stays-a-link", link_to_nothing_stays_a_link);
    ADD("device/pipe-is-written-in-place", pipe_is_written_in_place);
    g_test_add_func("/output-file/device/null-takes-all", null_device_takes_all);
    g_test_add_data_func("/output-file/device/full-is-an-error-after-1-byte", &full_sizes[0],
                         full_device_is_an_error);
    g_test_add_data_func("/output-file/device/full-is-an-error-after-a-full-buffer", &full_sizes[1],
                         full_device_is_an_error);
    g_test_add_data_func("/output-file/device/full-is-an-error-after-many-bytes", &full_sizes[2],
                         full_device_is_an_error);
    ADD("check/leaves-all-as-it-was", check_leaves_all_as_it_was);
    ADD("error/folder", folder_is_an_error);
    ADD("error/missing-folder-when-checked", missing_folder_is_an_error_of_check);
    ADD("error/missing-folder-when-opened", missing_folder_is_an_error_of_open);
    ADD("error/file-as-folder", file_as_folder_is_an_error);
    ADD("error/failed-write-leaves-the-old-file", failure_leaves_the_old_file);
    ADD("error/failed-write-leaves-no-new-file", failure_leaves_no_new_file);
    g_test_add_func("/output-file/standard-output/stays-open", standard_output_stays_open);
    g_test_add_func("/output-file/standard-output/full-is-an-error",
                    full_standard_output_is_an_error);
    return g_test_run();
}
