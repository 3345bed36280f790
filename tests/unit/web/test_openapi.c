#include "base/json.h"
#include "base/mem.h"
#include "support/suite.h"
#include "web/query/shape.h"
#include "web/routes.h"
#include "web/schema/openapi.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "base/banned.h"

static void write_description(struct buf *out)
{
    const struct route_table table = {routes, routes_count};

    openapi_write(out, "", &table);
}

static void every_route_of_the_api_says_what_it_does(void **state)
{
    struct err err = ERR_INIT;

    (void)state;
    if (openapi_check_shapes(&err) < 0)
        fail_msg("%s", err.text);
    for (size_t i = 0; i < routes_count; i++) {
        if (openapi_check_route(&routes[i], &err) < 0)
            fail_msg("web/routes.c, row %zu: %s %s", i,
                     http_method_name(routes[i].method), err.text);
    }
}

static void a_row_that_lacks_something_is_refused(void **state)
{
    static const struct {
        struct route row;
        const char *said;
    } bad[] = {
        {{.path = "/api/x/"}, "/api/x/: what does it do?"},
        {{.path = "/api/x/", .summary = "X"}, "/api/x/: with which status?"},
        {{.path = "/api/x/", .summary = "X", .answers = {200}},
         "/api/x/: what does it give?"},
        {{.path = "/x", .summary = "X", .answers = {204}, .output = "Order"},
         "/x: what does it give?"},
        {{.method = HTTP_PATCH,
          .path = "/api/x/",
          .summary = "X",
          .answers = {204}},
         "/api/x/: what does it take?"},
        {{.path = "/api/x/",
          .summary = "X",
          .answers = {200},
          .output = "Order|Nothing[]"},
         "/api/x/: there is no shape Nothing"},
        {{.path = "/api/x/",
          .summary = "X",
          .query = "Nothing",
          .answers = {200},
          .output = "Order"},
         "/api/x/: there is no shape Nothing"},
        {{.path = "/api/x/",
          .summary = "X",
          .input = "Nothing",
          .answers = {200},
          .output = "Order"},
         "/api/x/: there is no shape Nothing"},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        struct err err = ERR_INIT;

        assert_int_equal(openapi_check_route(&bad[i].row, &err), -1);
        assert_int_equal(err.code, ERR_INTERNAL);
        assert_string_equal(err.text, bad[i].said);
    }
}

/* The largest 64-bit numbers are no JSON that we would take. */
static void shorten_numbers(struct buf *text)
{
    for (size_t i = 0, digits = 0; i < text->len; i++) {
        digits = isdigit((unsigned char)text->data[i]) ? digits + 1 : 0;
        if (digits > 15)
            text->data[i] = ' ';
    }
}

static cJSON *document(void)
{
    struct err err = ERR_INIT;
    struct buf out;
    cJSON *value = NULL;

    buf_init(&out, OPENAPI_MAX);
    write_description(&out);
    assert_int_equal(buf_check(&out, &err), 0);
    shorten_numbers(&out);
    if (json_parse(out.data, out.len, &value, &err) < 0)
        fail_msg("%s", err.text);
    buf_release(&out);
    return value;
}

/* The scan has refused a path, a method or a parameter that came twice. */
static void every_row_is_in_the_document(void **state)
{
    cJSON *value = document();
    const cJSON *paths = cJSON_GetObjectItem(value, "paths");

    (void)state;
    for (size_t i = 0; i < routes_count; i++) {
        char path[OPENAPI_PATH_MAX];
        const cJSON *item;

        if (!routes[i].summary)
            continue;
        openapi_path(&routes[i], path);
        item = cJSON_GetObjectItemCaseSensitive(paths, path);
        /* This one minds no case. */
        item = cJSON_GetObjectItem(item, http_method_name(routes[i].method));
        if (!item)
            fail_msg("%s %s is missing", http_method_name(routes[i].method),
                     path);
        assert_true(cJSON_GetArraySize(cJSON_GetObjectItem(item, "responses")) >
                    2);
    }
    cJSON_Delete(value);
}

/* Whichever allocation is refused, the buffer says so: no document that lacks
 * something leaves as if it were whole. */
static void want_of_memory_is_told(void **state)
{
    struct buf whole;
    bool done = false;

    (void)state;
    buf_init(&whole, OPENAPI_MAX);
    write_description(&whole);
    for (unsigned n = 1; !done; n++) {
        struct err err = ERR_INIT;
        struct buf out;

        buf_init(&out, OPENAPI_MAX);
        mem_fail_after(n);
        write_description(&out);
        done = buf_check(&out, &err) == 0;
        mem_fail_after(0);
        if (done)
            assert_string_equal(buf_text(&out), buf_text(&whole));
        else
            assert_int_equal(err.code, ERR_NOMEM);
        buf_release(&out);
        assert_true(n < 10000);
    }
    buf_release(&whole);
}

SUITE(openapi)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_route_of_the_api_says_what_it_does),
        cmocka_unit_test(a_row_that_lacks_something_is_refused),
        cmocka_unit_test(every_row_is_in_the_document),
        cmocka_unit_test(want_of_memory_is_told),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
