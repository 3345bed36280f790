#include "base/json.h"
#include "base/mem.h"
#include "support/suite.h"
#include "web/http/params.h"

#include <stdio.h>
#include <string.h>

#include "base/banned.h"

/* "a=1|b=2" of what is there. */
static void show(const struct params *params, char *text, size_t max)
{
    size_t len = 0;

    text[0] = '\0';
    for (size_t i = 0; i < params_count(params); i++) {
        const struct param *param = params_at(params, i);

        assert_int_equal(strlen(param->name), param->name_len);
        assert_int_equal(strlen(param->value), param->value_len);
        len += (size_t)snprintf(text + len, max - len, "%s%s=%s", i ? "|" : "",
                                param->name, param->value);
    }
}

static void a_form_is_read_pair_by_pair(void **state)
{
    static const struct {
        const char *text;
        const char *shown;
    } cases[] = {
        {"", ""},
        {"&&&", ""},
        {"a", "a="},
        {"a=", "a="},
        {"=b", "=b"},
        {"=", "="},
        {"a=b=c", "a=b=c"},
        {"a=1&a=2", "a=1|a=2"},
        {"a=1&&b=2&", "a=1|b=2"},
        {"a+b=c+d", "a b=c d"},
        {"a%2Bb=%26%3D%25", "a+b=&=%"},
        {"search%5Bvalue%5D=%c3%A9", "search[value]=\xC3\xA9"},
        {"a;b=1", "a;b=1"},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct params params;
        struct err err = ERR_INIT;
        char shown[200];

        params_init(&params);
        assert_int_equal(
            params_parse(&params, cases[i].text, strlen(cases[i].text), &err),
            0);
        show(&params, shown, sizeof(shown));
        assert_string_equal(shown, cases[i].shown);
        params_release(&params);
    }
}

static void bytes_that_are_no_text_are_refused(void **state)
{
    static const struct {
        const char *text;
        size_t len;
    } cases[] = {
        {"a=%", 3},          {"a=%4", 4},     {"a=%4g", 5},  {"a=%G4", 5},
        {"%=1", 3},          {"a=%u0041", 8}, {"a=%00", 5},  {"%00=a", 5},
        {"a=\0", 3},         {"a=%ff", 5},    {"a=\xC3", 3}, {"%c0%80=1", 8},
        {"a=%ed%a0%80", 11}, {"ok=1&a=%", 8},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct params params;
        struct err err = ERR_INIT;

        params_init(&params);
        assert_int_equal(
            params_parse(&params, cases[i].text, cases[i].len, &err), -1);
        assert_int_equal(err.code, ERR_MALFORMED);
        params_release(&params);
        params_release(&params);
    }
}

static void pairs_and_bytes_have_a_ceiling(void **state)
{
    struct params params;
    struct err err = ERR_INIT;
    static char big[PARAMS_TEXT_MAX];

    (void)state;
    memset(big, 'x', sizeof(big));
    params_init(&params);
    for (int i = 0; i < PARAMS_MAX; i++)
        assert_int_equal(params_add(&params, "a", 1, "1", 1, &err), 0);
    assert_int_equal(params_add(&params, "a", 1, "1", 1, &err), -1);
    assert_int_equal(err.code, ERR_MALFORMED);
    assert_int_equal(params_count(&params), PARAMS_MAX);
    params_release(&params);
    err_clear(&err);
    assert_int_equal(params_add(&params, "a", 1, big, sizeof(big), &err), -1);
    assert_int_equal(err.code, ERR_TOO_LARGE);
    err_clear(&err);
    assert_int_equal(params_add(&params, "a", 1, big, sizeof(big) - 3, &err),
                     0);
    assert_int_equal(params_add(&params, "", 0, "", 0, &err), -1);
    assert_int_equal(err.code, ERR_TOO_LARGE);
    params_release(&params);
}

static void names_are_found_and_stay_as_the_list_grows(void **state)
{
    struct params params;
    struct err err = ERR_INIT;
    char name[16];

    (void)state;
    params_init(&params);
    assert_null(params_get(&params, "a"));
    for (int i = 0; i < 500; i++) {
        int len = snprintf(name, sizeof(name), "name%d", i);

        assert_int_equal(params_add(&params, name, (size_t)len, name + 4,
                                    (size_t)len - 4, &err),
                         0);
    }
    assert_string_equal(params_get(&params, "name0"), "0");
    assert_string_equal(params_get(&params, "name499"), "499");
    assert_null(params_get(&params, "name"));
    assert_null(params_get(&params, "NAME0"));
    assert_false(params_repeats(&params, "name7"));
    assert_int_equal(params_add(&params, "name7", 5, "x", 1, &err), 0);
    assert_true(params_repeats(&params, "name7"));
    assert_string_equal(params_get(&params, "name7"), "7");
    assert_false(params_repeats(&params, "none"));
    params_release(&params);
}

static void json_has_the_names_of_a_form(void **state)
{
    static const struct {
        const char *text;
        const char *shown;
    } cases[] = {
        {"{}", ""},
        {"{\"draw\":1,\"search\":{\"value\":\"a\",\"regex\":false}}",
         "draw=1|search[value]=a|search[regex]=false"},
        {"{\"a\":[{\"b\":true},{\"b\":null}]}", "a[0][b]=true|a[1][b]="},
        {"{\"a\":[],\"b\":{}}", ""},
        {"{\"a\":[1,-1,1.5,1e3,\"x\"]}",
         "a[0]=1|a[1]=-1|a[2]=1.5|a[3]=1000|a[4]=x"},
        {"{\"a\":1e300}", "a=1.0000000000000001e+300"},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct params params;
        struct err err = ERR_INIT;
        cJSON *json = NULL;
        char shown[200];

        params_init(&params);
        assert_int_equal(
            json_parse(cases[i].text, strlen(cases[i].text), &json, &err), 0);
        assert_int_equal(params_add_json(&params, json, &err), 0);
        show(&params, shown, sizeof(shown));
        assert_string_equal(shown, cases[i].shown);
        cJSON_Delete(json);
        params_release(&params);
    }
}

static void what_was_encoded_is_read_back(void **state)
{
    static const char text[] = "a b&c=d/%+\xC3\xA9~-._[]";
    struct params params;
    struct err err = ERR_INIT;
    struct buf out;

    (void)state;
    params_init(&params);
    buf_init(&out, 1000);
    buf_put_text(&out, "x=");
    params_encode(&out, text, strlen(text));
    assert_string_equal(buf_text(&out),
                        "x=a%20b%26c%3Dd%2F%25%2B%C3%A9~-._%5B%5D");
    assert_int_equal(params_parse(&params, out.data, out.len, &err), 0);
    assert_string_equal(params_get(&params, "x"), text);
    buf_clear(&out);
    params_encode_path(&out, "/api/da ta/?#");
    assert_string_equal(buf_text(&out), "/api/da%20ta/%3F%23");
    buf_release(&out);
    params_release(&params);
}

static void want_of_memory_is_an_error_and_leaks_nothing(void **state)
{
    static const char text[] = "first=1&second=2";
    int failed = 0;

    (void)state;
    for (unsigned n = 1; n < 5; n++) {
        struct params params;
        struct err err = ERR_INIT;

        params_init(&params);
        mem_fail_after(n);
        if (params_parse(&params, text, strlen(text), &err) < 0) {
            assert_int_equal(err.code, ERR_NOMEM);
            failed++;
        }
        mem_fail_after(0);
        params_release(&params);
    }
    assert_int_equal(failed, 2);
}

SUITE(params)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_form_is_read_pair_by_pair),
        cmocka_unit_test(bytes_that_are_no_text_are_refused),
        cmocka_unit_test(pairs_and_bytes_have_a_ceiling),
        cmocka_unit_test(names_are_found_and_stay_as_the_list_grows),
        cmocka_unit_test(json_has_the_names_of_a_form),
        cmocka_unit_test(what_was_encoded_is_read_back),
        cmocka_unit_test(want_of_memory_is_an_error_and_leaks_nothing),
    };

    return cmocka_run_group_tests_name("params", tests, NULL, NULL);
}
