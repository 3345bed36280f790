#include "base/mem.h"
#include "support/suite.h"
#include "web/answers.h"
#include "web/routes.h"

#include <stdio.h>
#include <string.h>

#include "base/banned.h"

/* One request as it would come, and its answer. */
struct visit {
    struct request request;
    struct response response;
    struct call call;
};

static const struct route list = {
    .method = HTTP_GET, .path = "/api/data/", .run = RUN_READ};
static const struct route table = {.method = HTTP_GET,
                                   .path = "/api/data/",
                                   .format = "datatables",
                                   .run = RUN_READ};
static const struct route other = {
    .method = HTTP_GET, .path = "/api/me/", .run = RUN_READ};

static void visit_begin(struct visit *visit, const struct route *route,
                        int64_t user, int64_t position, const char *args)
{
    struct err err = ERR_INIT;

    memset(visit, 0, sizeof(*visit));
    request_init(&visit->request);
    response_init(&visit->response);
    assert_int_equal(
        params_parse(&visit->request.args, args, strlen(args), &err), 0);
    visit->call.request = &visit->request;
    visit->call.response = &visit->response;
    visit->call.route = route;
    visit->call.actor.user = user;
    visit->call.actor.position = position;
}

static void visit_end(struct visit *visit)
{
    request_release(&visit->request);
    response_release(&visit->response);
}

/* As a handler leaves it. from: how much of the body is the draw's. */
static void keep(struct answers *answers, const struct route *route,
                 int64_t user, int64_t position, const char *args,
                 const char *body, size_t from)
{
    struct visit visit;

    visit_begin(&visit, route, user, position, args);
    buf_put_text(&visit.response.body, body);
    visit.call.keep.position = position;
    visit.call.keep.from = from;
    answers_keep(answers, &visit.call);
    visit_end(&visit);
}

/* What is sent; "" for none. */
static const char *ask(const struct answers *answers, struct visit *visit)
{
    static char text[4000];

    text[0] = '\0';
    if (answers_take(answers, &visit->call)) {
        assert_true(answers_may_have(answers, &visit->call));
        assert_int_equal(visit->response.status, 200);
        snprintf(text, sizeof(text), "%s%.*s", buf_text(&visit->response.body),
                 (int)visit->response.rest_len, visit->response.rest);
    }
    return text;
}

static const char *look(const struct answers *answers,
                        const struct route *route, int64_t user,
                        int64_t position, const char *args)
{
    struct visit visit;
    const char *text;

    visit_begin(&visit, route, user, position, args);
    text = ask(answers, &visit);
    visit_end(&visit);
    return text;
}

static void an_answer_is_for_its_user_request_and_position(void **state)
{
    struct answers *answers = answers_new(1 << 20);

    (void)state;
    keep(answers, &list, 7, 41, "page=2&side=buy", "{two}", 0);
    assert_string_equal(look(answers, &list, 7, 41, "page=2&side=buy"),
                        "{two}");
    assert_string_equal(look(answers, &list, 7, 41, "page=2&side=buy&_=9"),
                        "{two}");
    assert_string_equal(look(answers, &list, 7, 42, "page=2&side=buy"), "");
    assert_string_equal(look(answers, &list, 7, 40, "page=2&side=buy"), "");
    assert_string_equal(look(answers, &list, 8, 41, "page=2&side=buy"), "");
    assert_string_equal(look(answers, &list, 7, 41, "page=2&side=sell"), "");
    assert_string_equal(look(answers, &list, 7, 41, "page=2"), "");
    assert_string_equal(look(answers, &list, 7, 41, "page=2sid&e=buy"), "");
    assert_string_equal(look(answers, &other, 7, 41, "page=2&side=buy"), "");
    keep(answers, &list, 7, 43, "page=2&side=buy", "{newer}", 0);
    assert_string_equal(look(answers, &list, 7, 43, "page=2&side=buy"),
                        "{newer}");
    assert_string_equal(look(answers, &list, 7, 41, "page=2&side=buy"), "");
    answers_free(answers);
}

static void a_table_has_the_draw_that_was_asked_for(void **state)
{
    struct answers *answers = answers_new(1 << 20);

    (void)state;
    keep(answers, &table, 7, 41, "format=datatables&draw=1&length=2",
         "{\"draw\":1,\"data\":[]}", 9);
    assert_string_equal(
        look(answers, &table, 7, 41, "format=datatables&draw=25&length=2"),
        "{\"draw\":25,\"data\":[]}");
    assert_string_equal(
        look(answers, &table, 7, 41, "draw=007&format=datatables&length=2"),
        "{\"draw\":7,\"data\":[]}");
    /* What is not plainly a number is the handler's to judge. */
    assert_string_equal(
        look(answers, &table, 7, 41, "format=datatables&draw=-1&length=2"), "");
    assert_string_equal(
        look(answers, &table, 7, 41, "format=datatables&draw=&length=2"), "");
    assert_string_equal(
        look(answers, &table, 7, 41, "format=datatables&length=2"), "");
    assert_string_equal(look(answers, &table, 7, 41,
                             "format=datatables&draw=1&draw=2&length=2"),
                        "");
    answers_free(answers);
}

static void what_may_show_more_is_not_kept(void **state)
{
    static const char *const args[] = {"scope=own", "owner=ann", "scope="};
    struct answers *answers = answers_new(1 << 20);
    struct visit visit;

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(args); i++) {
        keep(answers, &list, 7, 41, args[i], "{}", 0);
        assert_string_equal(look(answers, &list, 7, 41, args[i]), "");
    }
    keep(answers, &list, 7, 0, "page=1", "{}", 0);
    assert_string_equal(look(answers, &list, 7, 0, "page=1"), "");

    keep(answers, &list, 7, 41, "page=1", "{}", 0);
    visit_begin(&visit, &list, 7, 41, "page=1");
    assert_string_equal(ask(answers, &visit), "{}");
    visit.request.method = HTTP_POST;
    assert_string_equal(ask(answers, &visit), "");
    visit.request.method = HTTP_GET;
    visit.call.browse = true;
    assert_string_equal(ask(answers, &visit), "");
    visit_end(&visit);
    answers_free(answers);
}

/* Another thread has the bytes for itself: the loop may put others there. */
static void a_copy_stays_what_it_was(void **state)
{
    struct answers *answers = answers_new(1 << 20);
    struct visit visit;

    (void)state;
    keep(answers, &table, 7, 41, "draw=1&length=2", "{\"draw\":1,\"data\":[]}",
         9);
    visit_begin(&visit, &table, 7, 42, "draw=5&length=2");
    assert_false(answers_copy(answers, &visit.call));
    visit.call.actor.position = 41;
    assert_true(answers_copy(answers, &visit.call));
    keep(answers, &table, 7, 42, "draw=1&length=2", "{\"draw\":1,\"data\":[1]}",
         9);
    assert_int_equal(visit.response.status, 200);
    assert_null(visit.response.rest);
    assert_string_equal(buf_text(&visit.response.body),
                        "{\"draw\":5,\"data\":[]}");
    assert_false(answers_copy(answers, &visit.call));
    visit_end(&visit);
    answers_free(answers);
}

static void memory_is_bounded(void **state)
{
    static char body[1000];
    struct answers *answers = answers_new(20000);
    char args[40];
    int found = 0;

    (void)state;
    memset(body, 'x', sizeof(body) - 1);
    for (int i = 0; i < 500; i++) {
        snprintf(args, sizeof(args), "page=%d", i);
        keep(answers, &list, i % 3, 1, args, body, 0);
    }
    for (int i = 0; i < 500; i++) {
        struct visit visit;
        bool has;

        snprintf(args, sizeof(args), "page=%d", i);
        visit_begin(&visit, &list, i % 3, 1, args);
        has = answers_may_have(answers, &visit.call);
        visit_end(&visit);
        if (*look(answers, &list, i % 3, 1, args)) {
            found++;
            assert_true(has);
        }
    }
    assert_true(found > 5);
    assert_true(found < 20);
    answers_free(answers);
}

static void without_memory_nothing_is_kept(void **state)
{
    struct answers *answers = answers_new(1 << 20);
    struct visit visit;

    (void)state;
    keep(answers, &list, 7, 41, "page=1", "{}", 0);
    visit_begin(&visit, &list, 7, 42, "page=1");
    buf_put_text(&visit.response.body, "{}");
    visit.call.keep.position = 42;
    mem_fail_after(1);
    answers_keep(answers, &visit.call);
    mem_fail_after(0);
    visit_end(&visit);
    assert_string_equal(look(answers, &list, 7, 42, "page=1"), "");
    assert_string_equal(look(answers, &list, 7, 41, "page=1"), "");
    answers_free(answers);
}

static char cookie[RESPONSE_HEADERS_MAX + 1];

static int give_cookie(struct call *call, struct err *err)
{
    (void)err;
    response_begin(call->response, 204, NULL);
    response_header(call->response, "x-frame-options", "DENY");
    response_header(call->response, "set-cookie", cookie);
    return 0;
}

/* Never sent without the one: a login, or what protects. */
static void an_answer_whose_headers_do_not_fit_is_an_error(void **state)
{
    static const struct route route = {.method = HTTP_GET,
                                       .path = "/api/me/",
                                       .role = ROLE_NONE,
                                       .run = RUN_LOOP,
                                       .handle = give_cookie};
    static const struct {
        size_t len;
        char last;
        bool fits;
    } cases[] = {
        {10, 'x', true},
        {10, '\n', false},
        {RESPONSE_HEADERS_MAX, 'x', false},
        {RESPONSE_HEADERS_MAX - 60, 'x', false}, /* with the others' room */
        {3000, 'x', true},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct web *web = mem_zalloc(sizeof(*web));
        struct visit visit;
        struct err err = ERR_INIT;

        memset(cookie, 'x', cases[i].len);
        cookie[cases[i].len - 1] = cases[i].last;
        cookie[cases[i].len] = '\0';
        visit_begin(&visit, &route, 0, 0, "");
        assert_int_equal(request_set_path(&visit.request, "/api/me/", 8, &err),
                         0);
        visit.call.web = web;
        assert_int_equal(web_run(&visit.call, NULL, &err),
                         cases[i].fits ? 0 : -1);
        assert_int_equal(err.code, cases[i].fits ? ERR_NONE : ERR_INTERNAL);
        if (!cases[i].fits) {
            web_fail(&visit.call, &err);
            assert_int_equal(visit.response.status, 500);
            assert_false(visit.response.header_failed);
        }
        visit_end(&visit);
        mem_free(web);
    }
}

/* However many there are, and however often they come. */
static void refusals_are_counted_in_bounded_room(void **state)
{
    struct refusals *refusals = refusals_new();
    struct refusal *taken = mem_alloc(REFUSALS_TAKEN_MAX * sizeof(*taken));
    int64_t times = 0;
    size_t count;

    (void)state;
    assert_non_null(refusals);
    assert_non_null(taken);
    for (int i = 0; i < 3000; i++) {
        char address[ADDRESS_MAX];

        snprintf(address, sizeof(address), "10.0.%d.%d", i / 250, i % 250);
        refusals_note(refusals, i % 2 ? REFUSAL_CSRF : REFUSAL_LOGIN, address,
                      0);
    }
    count = refusals_take(refusals, taken);
    assert_in_range(count, REFUSALS_MAX, REFUSALS_TAKEN_MAX);
    for (size_t i = 0; i < count; i++)
        times += taken[i].times;
    /* Of two minutes, where one has just begun, the newer comes next. */
    refusals_give_back(refusals, taken, count);
    count = refusals_take(refusals, taken);
    assert_in_range(count, 1, REFUSALS_TAKEN_MAX);
    assert_in_range(times, 1, 3000);
    mem_free(taken);
    refusals_free(refusals);
}

SUITE(answers)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_answer_is_for_its_user_request_and_position),
        cmocka_unit_test(a_table_has_the_draw_that_was_asked_for),
        cmocka_unit_test(what_may_show_more_is_not_kept),
        cmocka_unit_test(a_copy_stays_what_it_was),
        cmocka_unit_test(memory_is_bounded),
        cmocka_unit_test(without_memory_nothing_is_kept),
        cmocka_unit_test(an_answer_whose_headers_do_not_fit_is_an_error),
        cmocka_unit_test(refusals_are_counted_in_bounded_room),
    };

    return cmocka_run_group_tests_name("answers", tests, NULL, NULL);
}
