/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "output/json_writer.h"

#include <string.h>
#include <wsutil/json_dumper.h>

static void assert_written(const struct json_writer *json, const char *expected)
{
    g_assert_cmpstr(json->text->str, ==, expected);
    g_assert_cmpuint(json->text->len, ==, strlen(expected));
}

/* A document with everything in it: once by this writer, once by Wireshark's. */
static void write_all(struct json_writer *json)
{
    json_begin_object(json);
    json_name(json, "empty");
    json_begin_array(json);
    json_end_array(json);
    json_name_part(json, "nested object", strlen("nested"));
    json_begin_object(json);
    json_name(json, "number");
    json_raw(json, "1.5");
    json_name(json, "nothing");
    json_string(json, NULL);
    json_end_object(json);
    json_name(json, "array");
    json_begin_array(json);
    json_string(json, "a \"b\" \\ \n \x01 </c> \xC3\xA4");
    json_raw_part(json, "12345", 2);
    json_begin_object(json);
    json_end_object(json);
    json_end_array(json);
    json_end_object(json);
}

static void write_all_with_dumper(json_dumper *json)
{
    json_dumper_begin_object(json);
    json_dumper_set_member_name(json, "empty");
    json_dumper_begin_array(json);
    json_dumper_end_array(json);
    json_dumper_set_member_name(json, "nested");
    json_dumper_begin_object(json);
    json_dumper_set_member_name(json, "number");
    json_dumper_value_anyf(json, "1.5");
    json_dumper_set_member_name(json, "nothing");
    json_dumper_value_string(json, NULL);
    json_dumper_end_object(json);
    json_dumper_set_member_name(json, "array");
    json_dumper_begin_array(json);
    json_dumper_value_string(json, "a \"b\" \\ \n \x01 </c> \xC3\xA4");
    json_dumper_value_anyf(json, "12");
    json_dumper_begin_object(json);
    json_dumper_end_object(json);
    json_dumper_end_array(json);
    json_dumper_end_object(json);
}

static void text_is_that_of_wiresharks_writer(void)
{
    for (int pretty = 0; pretty < 2; pretty++) {
        struct json_writer json;
        json_init(&json, pretty != 0);
        json_dumper dumper = {.output_string = g_string_new(NULL),
                              .flags = pretty != 0 ? JSON_DUMPER_FLAGS_PRETTY_PRINT : 0};
        write_all(&json);
        write_all_with_dumper(&dumper);
        assert_written(&json, dumper.output_string->str);
        g_string_free(dumper.output_string, TRUE);
        json_clear(&json);
    }
}

static void another_text_begins_after_a_restart(void)
{
    struct json_writer json;
    json_init(&json, false);
    json_begin_array(&json);
    json_raw(&json, "1");
    json_begin_object(&json);
    json_name(&json, "unfinished");
    json_restart(&json);
    json_begin_array(&json);
    json_raw(&json, "2");
    json_end_array(&json);
    assert_written(&json, "[2]");
    json_clear(&json);
}

/* What is open stays open when a part goes to the file. */
static void pieces_make_one_document(void)
{
    FILE *file = tmpfile();
    struct json_writer json;
    size_t numbers = 100000;
    g_assert_nonnull(file);
    json_init(&json, false);
    json_begin_array(&json);
    for (size_t i = 0; i < numbers; i++) {
        json_raw(&json, "7");
        json_write_much(&json, file);
        g_assert_cmpuint(json.text->len, <, numbers);
    }
    json_end_array(&json);
    json_end_line(&json, file);
    assert_written(&json, "");
    g_assert_cmpint(ftell(file), ==, (long)(2 * numbers + 2));
    rewind(file);
    char begin[5];
    g_assert_nonnull(fgets(begin, sizeof begin, file));
    g_assert_cmpstr(begin, ==, "[7,7");
    fclose(file);
    json_clear(&json);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/json-writer/as-wiresharks", text_is_that_of_wiresharks_writer);
    g_test_add_func("/json-writer/restart", another_text_begins_after_a_restart);
    g_test_add_func("/json-writer/pieces", pieces_make_one_document);
    return g_test_run();
}
