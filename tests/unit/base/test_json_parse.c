#include "base/json.h"
#include "base/json_scan.h"
#include "base/mem.h"
#include "support/suite.h"

#include <stdio.h>
#include <string.h>

#include "base/banned.h"

static int parse(const char *text, cJSON **value, struct err *err)
{
    return json_parse(text, strlen(text), value, err);
}

static void takes_what_is_json(void **state)
{
    static const char *const cases[] = {
        "null",
        " true ",
        "\t\r\nfalse\n",
        "\"\"",
        "0",
        "-0",
        "-0.0e-0",
        "1e300",
        "123456789012345",
        "1234567.89012345",
        "0.000000123456789012345",
        "123456789012345000000000",
        "1.500000000000000000000",
        "[]",
        "[ ]",
        "{}",
        "{ }",
        "[1,[2],{\"a\":[]}]",
        "{\"a\":{\"a\":{\"a\":1}},\"b\":{\"a\":1}}",
        "[{\"a\":1},{\"a\":1}]",
        "{\"a\":1,\"A\":2,\"\":3,\"aa\":4}",
        "\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u00e9\\uD83D\\uDE00\"",
        "\"\xc3\xa9\xf0\x9f\x98\x80\xf4\x8f\xbf\xbf\x7f\"",
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        cJSON *value = NULL;
        struct err err = ERR_INIT;

        if (parse(cases[i], &value, &err) < 0)
            fail_msg("%s: %s", cases[i], err.text);
        assert_int_equal(err.code, ERR_NONE);
        assert_non_null(value);
        cJSON_Delete(value);
    }
}

static void refuses_what_is_not(void **state)
{
    static const struct {
        const char *text;
        const char *why;
    } cases[] = {
        {"", "it ends too early at byte 0"},
        {"  ", "it ends too early at byte 2"},
        {"\xef\xbb\xbf{}", "at byte 0"},
        {"nul", "unknown word"},
        {"nulL", "unknown word"},
        {"truex", "unexpected text after the value at byte 4"},
        {"{} {}", "unexpected text after the value at byte 3"},
        {"[1]x", "unexpected text after the value at byte 3"},
        {"01", "unexpected text after the value at byte 1"},
        {"+1", "a value is missing"},
        {".5", "a value is missing"},
        {"1.", "digit is missing at byte 2"},
        {"1.e5", "digit is missing"},
        {"1e", "digit is missing"},
        {"1e+", "digit is missing"},
        {"-", "digit is missing"},
        {"NaN", "a value is missing"},
        {"Infinity", "a value is missing"},
        {"0x10", "unexpected text after the value"},
        {"[1,]", "a value is missing at byte 3"},
        {"[,1]", "a value is missing"},
        {"[1 2]", "an array is not closed"},
        {"[", "too early"},
        {"[1", "an array is not closed"},
        {"{\"a\":1,}", "a string is missing"},
        {"{\"a\"}", "a colon is missing"},
        {"{a:1}", "a string is missing"},
        {"{'a':1}", "a string is missing"},
        {"{\"a\":1", "an object is not closed"},
        {"{\"a\":", "too early"},
        {"[1}", "an array is not closed"},
        {"// x\n1", "a value is missing"},
        {"\f1", "a value is missing"},
        {"\"a", "an unterminated string"},
        {"\"a\\", "unknown escape"},
        {"\"\\x\"", "unknown escape"},
        {"\"\\u12\"", "four hex digits"},
        {"\"\\u12g4\"", "four hex digits"},
        {"\"a\nb\"", "control character at byte 2"},
        {"\"\\u0000\"", "\\u0000 at byte 3"},
        {"{\"\\u0000\":1}", "\\u0000"},
        {"\"\\ud800\"", "surrogate"},
        {"\"\\ud800x\"", "surrogate"},
        {"\"\\ud800\\n\"", "surrogate"},
        {"\"\\ud800\\u0041\"", "surrogate"},
        {"\"\\udc00\"", "surrogate"},
        {"\"\xff\"", "not UTF-8 at byte 1"},
        {"\"\xc3\"", "not UTF-8"},
        {"\"\xc0\x80\"", "not UTF-8"},
        {"\"\xed\xa0\x80\"", "not UTF-8"},
        {"\"\xf4\x90\x80\x80\"", "not UTF-8"},
        {"\"\xe2\x80", "not UTF-8"},
        {"{\"a\":1,\"b\":2,\"a\":3}", "duplicate key in one object at byte 13"},
        {"{\"a\":1,\"\\u0061\":3}", "duplicate key"},
        {"{\"\":1,\"\":3}", "duplicate key"},
        {"[{\"x\":{\"a\":1,\"a\":2}}]",
         "duplicate key in one object at byte 13"},
        {"{\"b\":1,\"a\":1,\"a\":1,\"b\":1,\"b\":1}", "at byte 13"},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        cJSON *value = NULL;
        struct err err = ERR_INIT;

        assert_int_equal(parse(cases[i].text, &value, &err), -1);
        assert_null(value);
        assert_int_equal(err.code, ERR_MALFORMED);
        if (!strstr(err.text, cases[i].why))
            fail_msg("%s: %s, not %s", cases[i].text, err.text, cases[i].why);
    }
}

static void a_nul_byte_is_no_end(void **state)
{
    cJSON *value = NULL;
    struct err err = ERR_INIT;

    (void)state;
    assert_int_equal(json_parse("1\0", 2, &value, &err), -1);
    assert_int_equal(json_parse("\"\0\"", 3, &value, &err), -1);
    assert_int_equal(json_parse("\"\\\0\"", 4, &value, &err), -1);
    assert_int_equal(err.code, ERR_MALFORMED);
}

static void numbers_that_a_double_bends_name_their_field(void **state)
{
    static const struct {
        const char *text;
        const char *field;
    } cases[] = {
        {"1234567890123456", "value"},
        {"{\"price\":338.670000000000001}", "price"},
        {"[{\"price\":1},{\"side\":\"buy\",\"price\":-1234567890.123456}]",
         "1.price"},
        {"{\"a\":{\"x\":[1],\"b\":[0,[1,9007199254740993]]}}", "a.b.1.1"},
        {"{\"a\":{\"z\":1},\"b\":1e400}", "b"},
        {"[1e-400]", "0"},
        {"[2e-310]", "0"},
        {"[0.0000000000000000000000000000000000000000000000000000000000000001]",
         "0"},
        {"{\"\\u0061\\u00e9\":1.0000000000000001}", "a\xc3\xa9"},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        cJSON *value = NULL;
        struct err err = ERR_INIT;

        assert_int_equal(parse(cases[i].text, &value, &err), -1);
        assert_null(value);
        assert_int_equal(err.code, ERR_INVALID);
        assert_int_equal(err.field_count, 1);
        assert_string_equal(err.fields[0].name, cases[i].field);
    }
}

/* The longest token that fits what looks at its size, and far longer ones. */
static void a_number_of_any_length_is_refused_by_its_field(void **state)
{
    static const char *const ends[] = {"", "e1", "e-5", ".5", "e999"};
    static const char *const begins[] = {"1", "0.", "-1", "1e"};

    (void)state;
    for (size_t n = 55; n < 5000; n += n < 70 ? 1 : 997) {
        for (size_t i = 0; i < ARRAY_LEN(begins) * ARRAY_LEN(ends); i++) {
            char digits[5001];
            char text[5100];
            const char *begin = begins[i / ARRAY_LEN(ends)];
            const char *end = ends[i % ARRAY_LEN(ends)];
            bool is_json = !strchr(begin, 'e') || !*end;
            cJSON *value = NULL;
            struct err err = ERR_INIT;
            int len;

            memset(digits, '1', n);
            digits[n] = '\0';
            if (strchr(begin, '.') && *end == '.')
                is_json = false;
            len = snprintf(text, sizeof(text), "{\"a\":%s%s%s}", begin, digits,
                           end);
            assert_int_equal(json_parse(text, (size_t)len, &value, &err), -1);
            assert_int_equal(err.code, is_json ? ERR_INVALID : ERR_MALFORMED);
            if (is_json)
                assert_string_equal(err.fields[0].name, "a");
        }
    }
}

static void a_member_is_found_as_it_was_sent(void **state)
{
    static const struct {
        const char *text;
        const char *value; /* NULL: none */
    } cases[] = {
        {"{\"ref\":1}", "1"},
        {" { \"a\" : [1,{\"ref\":2}] , \"ref\" :\t-1.50e+2 }", "-1.50e+2"},
        {"{\"\\u0072ef\":0.10}", "0.10"},
        {"{\"ref\":\"a\\u0041\\n\xc3\xa9\"}", "\"a\\u0041\\n\xc3\xa9\""},
        {"{\"ref\":12345678901234567890.5", "12345678901234567890.5"},
        {"{\"ref\":1,\"ref\":2}", "1"},
        {"{\"ref\":1 rubbish", "1"},
        {"{\"a\":rubbish,\"ref\":1}", NULL},
        {"{\"Ref\":1}", NULL},
        {"{\"ref\":01}", "0"},
        {"{\"ref\":}", NULL},
        {"{\"ref\"", NULL},
        {"{}", NULL},
        {"[\"ref\",1]", NULL},
        {"", NULL},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct json_span span;
        bool is_found = json_find_member(cases[i].text, strlen(cases[i].text),
                                         "ref", &span);

        assert_int_equal(is_found, cases[i].value != NULL);
        if (!is_found)
            continue;
        assert_int_equal(span.len, strlen(cases[i].value));
        assert_memory_equal(span.text, cases[i].value, span.len);
    }
}

static void every_such_field_is_named_at_once(void **state)
{
    cJSON *value = NULL;
    struct err err = ERR_INIT;

    (void)state;
    assert_int_equal(parse("{\"quantity\":1.00000000000000001,\"side\":1,"
                           "\"price\":1234567890123456}",
                           &value, &err),
                     -1);
    assert_int_equal(err.field_count, 2);
    assert_string_equal(err.fields[0].name, "quantity");
    assert_string_equal(err.fields[1].name, "price");
    /* What can't be read at all comes before. */
    assert_int_equal(parse("[1234567890123456,", &value, &err), -1);
    assert_int_equal(err.code, ERR_MALFORMED);
    assert_int_equal(err.field_count, 0);
}

static void the_deepest_is_32(void **state)
{
    static const char *const brackets[][2] = {{"[", "]"}, {"{\"a\":", "}"}};
    static const char *const middle[] = {"[]", "{}"};

    (void)state;
    for (size_t kind = 0; kind < 2; kind++) {
        for (int depth = 32; depth <= 33; depth++) {
            struct buf text;
            cJSON *value = NULL;
            struct err err = ERR_INIT;

            buf_init(&text, 10000);
            for (int i = 1; i < depth; i++)
                buf_put_text(&text, brackets[kind][0]);
            buf_put_text(&text, middle[kind]);
            for (int i = 1; i < depth; i++)
                buf_put_text(&text, brackets[kind][1]);
            assert_int_equal(parse(buf_text(&text), &value, &err),
                             depth == 32 ? 0 : -1);
            assert_int_equal(err.code, depth == 32 ? ERR_NONE : ERR_MALFORMED);
            cJSON_Delete(value);
            buf_release(&text);
        }
    }
}

/* {"<prefix>1":0,...}, a body of the largest size allowed. */
static void put_many_keys(struct buf *text, int count, const char *last)
{
    buf_put_char(text, '{');
    for (int i = 0; i < count; i++)
        buf_printf(text, "\"k%05d\":0,", i);
    buf_printf(text, "\"%s\":0}", last);
}

static void a_repeated_key_among_30000_is_found(void **state)
{
    struct buf text;
    cJSON *value = NULL;
    struct err err = ERR_INIT;

    (void)state;
    buf_init(&text, 2 << 20);
    put_many_keys(&text, 29999, "new");
    assert_int_equal(json_parse(text.data, text.len, &value, &err), 0);
    assert_int_equal(cJSON_GetArraySize(value), 30000);
    cJSON_Delete(value);
    buf_clear(&text);
    put_many_keys(&text, 29999, "k21234");
    assert_int_equal(json_parse(text.data, text.len, &value, &err), -1);
    assert_non_null(strstr(err.text, "duplicate key"));
    buf_release(&text);
}

static void more_values_than_anybody_needs_are_not_read(void **state)
{
    struct buf text;
    cJSON *value = NULL;
    struct err err = ERR_INIT;

    (void)state;
    buf_init(&text, 2 << 20);
    put_many_keys(&text, JSON_VALUES_MAX - 2, "new"); /* the object counts */
    assert_int_equal(json_parse(text.data, text.len, &value, &err), 0);
    cJSON_Delete(value);
    buf_clear(&text);
    put_many_keys(&text, JSON_VALUES_MAX - 1, "new");
    assert_int_equal(json_parse(text.data, text.len, &value, &err), -1);
    assert_int_equal(err.code, ERR_MALFORMED);
    assert_non_null(strstr(err.text, "more than 32768 values"));
    buf_release(&text);
}

static void want_of_memory_is_told(void **state)
{
    static const char text[] = "{\"a\":{\"b\":1}}";

    (void)state;
    for (unsigned n = 1; n <= 2; n++) { /* the names, then the keys */
        cJSON *value = NULL;
        struct err err = ERR_INIT;

        mem_fail_after(n);
        assert_int_equal(parse(text, &value, &err), -1);
        assert_int_equal(err.code, ERR_NOMEM);
        assert_null(value);
    }
    mem_fail_after(0);
}

static void the_tree_has_what_was_sent(void **state)
{
    cJSON *value = NULL;
    struct err err = ERR_INIT;
    char number[32];

    (void)state;
    assert_int_equal(parse("{\"price\":338.67,\"name\":\"\\u00e9\\ud83d\\ude00"
                           "\",\"Name\":null}",
                           &value, &err),
                     0);
    snprintf(number, sizeof(number), "%.15g",
             cJSON_GetObjectItemCaseSensitive(value, "price")->valuedouble);
    assert_string_equal(number, "338.67");
    assert_string_equal(
        cJSON_GetObjectItemCaseSensitive(value, "name")->valuestring,
        "\xc3\xa9\xf0\x9f\x98\x80");
    assert_true(cJSON_IsNull(cJSON_GetObjectItemCaseSensitive(value, "Name")));
    cJSON_Delete(value);
}

static void a_whole_number_is_one_within_its_bounds(void **state)
{
    static const struct {
        const char *text;
        int value; /* 0: refused */
    } cases[] = {
        {"{\"n\":1}", 1},     {"{\"n\":60}", 60},
        {"{\"n\":6e1}", 60},  {"{}", 7},
        {"{\"N\":1}", 7},     {"{\"n\":0}", 0},
        {"{\"n\":61}", 0},    {"{\"n\":1.5}", 0},
        {"{\"n\":-1}", 0},    {"{\"n\":1e300}", 0},
        {"{\"n\":\"1\"}", 0}, {"{\"n\":null}", 0},
        {"{\"n\":[1]}", 0},   {"{\"n\":true}", 0},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        cJSON *object = NULL;
        struct err err = ERR_INIT;
        int value = 7;
        int rc;

        assert_int_equal(parse(cases[i].text, &object, &err), 0);
        rc = json_get_whole(object, "n", 1, 60, "seconds", &value, &err);
        cJSON_Delete(object);
        assert_int_equal(rc, cases[i].value ? 0 : -1);
        assert_int_equal(value, cases[i].value ? cases[i].value : 7);
        if (!cases[i].value) {
            assert_string_equal(err.fields[0].name, "n");
            assert_string_equal(
                err.fields[0].text,
                "must be a whole number of seconds from 1 to 60");
        }
    }
}

SUITE(json_parse)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(takes_what_is_json),
        cmocka_unit_test(refuses_what_is_not),
        cmocka_unit_test(a_nul_byte_is_no_end),
        cmocka_unit_test(numbers_that_a_double_bends_name_their_field),
        cmocka_unit_test(a_number_of_any_length_is_refused_by_its_field),
        cmocka_unit_test(a_member_is_found_as_it_was_sent),
        cmocka_unit_test(every_such_field_is_named_at_once),
        cmocka_unit_test(the_deepest_is_32),
        cmocka_unit_test(a_repeated_key_among_30000_is_found),
        cmocka_unit_test(more_values_than_anybody_needs_are_not_read),
        cmocka_unit_test(want_of_memory_is_told),
        cmocka_unit_test(the_tree_has_what_was_sent),
        cmocka_unit_test(a_whole_number_is_one_within_its_bounds),
    };

    return cmocka_run_group_tests_name("json_parse", tests, NULL, NULL);
}
