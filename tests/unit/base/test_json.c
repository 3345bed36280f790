#include "base/json.h"
#include "base/mem.h"
#include "support/suite.h"

#include <string.h>

#include "base/banned.h"

static void commas_come_from_what_stands_before(void **state)
{
    struct buf out;

    (void)state;
    buf_init(&out, 10000);
    json_open(&out);
    json_put_int(&out, "id", 7);
    json_put_bool(&out, "yes", true);
    json_put_bool(&out, "no", false);
    json_put_null(&out, "none");
    json_put_str(&out, "missing", NULL);
    json_open_key(&out, "position");
    json_close(&out);
    json_open_array(&out, "list");
    json_put_int(&out, NULL, -1);
    json_put_str(&out, NULL, "[");
    json_put_str(&out, NULL, "{");
    json_open(&out);
    json_close(&out);
    json_open_array(&out, NULL);
    json_close_array(&out);
    json_close_array(&out);
    json_put_raw(&out, "raw", "[1]", 3);
    json_put_decimal(&out, "price", INT64_C(33867000000));
    json_put_time(&out, "created", 1);
    json_close(&out);
    assert_string_equal(
        buf_text(&out),
        "{\"id\":7,\"yes\":true,\"no\":false,\"none\":null,\"missing\":null,"
        "\"position\":{},\"list\":[-1,\"[\",\"{\",{},[]],\"raw\":[1],"
        "\"price\":\"338.67\",\"created\":\"1970-01-01T00:00:00.000001Z\"}");
    buf_release(&out);
}

static void lines_of_json_need_no_commas_between(void **state)
{
    struct buf out;

    (void)state;
    buf_init(&out, 100);
    for (int i = 0; i < 2; i++) {
        json_open(&out);
        json_put_int(&out, "id", i);
        json_close(&out);
        buf_put_char(&out, '\n');
    }
    assert_string_equal(buf_text(&out), "{\"id\":0}\n{\"id\":1}\n");
    buf_release(&out);
}

static void text_is_escaped(void **state)
{
    static const struct {
        const char *in;
        const char *out;
    } cases[] = {
        {"", "\"\""},
        {"a\"b\\c/", "\"a\\\"b\\\\c/\""},
        {"\b\f\n\r\t\x01\x1f", "\"\\b\\f\\n\\r\\t\\u0001\\u001f\""},
        {"</script>&", "\"\\u003c/script\\u003e\\u0026\""},
        {"\xe2\x80\xa8\xe2\x80\xa9\xe2\x80\xaa",
         "\"\\u2028\\u2029\xe2\x80\xaa\""},
        {"\xc3\xa9\xf0\x9f\x98\x80", "\"\xc3\xa9\xf0\x9f\x98\x80\""},
        {"a\xff\xc3", "\"a\xef\xbf\xbd\xef\xbf\xbd\""},
        {"\xed\xa0\x80", "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\""},
        {"\xc0\xaf", "\"\xef\xbf\xbd\xef\xbf\xbd\""},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct buf out;

        buf_init(&out, 1000);
        json_put_str(&out, NULL, cases[i].in);
        assert_string_equal(buf_text(&out), cases[i].out);
        buf_release(&out);
    }
}

static void a_nul_inside_is_escaped(void **state)
{
    struct buf out;

    (void)state;
    buf_init(&out, 1000);
    json_put_str_len(&out, "k\"", "a\0b", 3);
    assert_string_equal(buf_text(&out), "\"k\\\"\":\"a\\u0000b\"");
    buf_release(&out);
}

static void errors_of_one_field_stand_together(void **state)
{
    struct buf out;
    struct err err = ERR_INIT;

    (void)state;
    buf_init(&out, 1000);
    err_field(&err, "price", "a");
    err_field(&err, "1.side", "b");
    err_field(&err, "price", "c");
    json_open(&out);
    json_put_errors(&out, "errors", &err);
    json_close(&out);
    assert_string_equal(
        buf_text(&out),
        "{\"errors\":{\"price\":[\"a\",\"c\"],\"1.side\":[\"b\"]}}");
    buf_release(&out);
}

static void a_full_buffer_is_told_at_the_end(void **state)
{
    struct buf out;
    struct err err = ERR_INIT;

    (void)state;
    for (size_t max = 0; max < 12; max++) {
        buf_init(&out, max);
        json_open(&out);
        json_put_str(&out, "a", "<b");
        json_close(&out);
        assert_int_equal(buf_check(&out, &err), -1);
        assert_int_equal(err.code, ERR_TOO_LARGE);
        buf_release(&out);
    }
}

SUITE(json)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(commas_come_from_what_stands_before),
        cmocka_unit_test(lines_of_json_need_no_commas_between),
        cmocka_unit_test(text_is_escaped),
        cmocka_unit_test(a_nul_inside_is_escaped),
        cmocka_unit_test(errors_of_one_field_stand_together),
        cmocka_unit_test(a_full_buffer_is_told_at_the_end),
    };

    return cmocka_run_group_tests_name("json", tests, NULL, NULL);
}
