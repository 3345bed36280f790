#include "accounts.h"
#include "base/json.h"
#include "model/audit.h"

#include <string.h>

#include "base/banned.h"

#define ANN 1
#define BOB 2

/* The newest row, as text. */
static void expect_row(struct world *w, const char *wanted)
{
    struct db_stmt *stmt = NULL;
    struct err err = ERR_INIT;

    assert_int_equal(
        db_prepare(w->db,
                   "SELECT coalesce(actor, '-') || ' ' || address || ' ' || "
                   "action || ' ' || coalesce(subject, '-') || ' ' || detail, "
                   "time FROM audit ORDER BY id DESC LIMIT 1",
                   &stmt, &err),
        0);
    assert_int_equal(db_step(stmt, &err), 1);
    assert_string_equal(db_text(stmt, 0, NULL), wanted);
    assert_int_equal(db_int(stmt, 1), db_time_us(w->db));
    db_done(&stmt);
}

static void a_row_says_who_did_what_to_whom(void **state)
{
    static const struct actor stranger = {.address = "::1"};
    struct world *w = *state;
    struct err err = ERR_INIT;
    struct buf detail;

    buf_init(&detail, 1024);
    json_open(&detail);
    audit_put_text(&detail, "email", "a\"b", NULL);
    audit_put_bool(&detail, "is_staff", false, true);
    audit_put_int(&detail, "session", 7, 0);
    audit_put_time(&detail, "expires", 0, 1000000);
    json_close(&detail);
    assert_int_equal(
        audit_append(w->db, &w->ann, AUDIT_USER_CHANGE, BOB, &detail, &err), 0);
    expect_row(w, "1 127.0.0.1 user.change 2 {\"email\":[\"a\\\"b\",null],"
                  "\"is_staff\":[false,true],\"session\":[7,null],"
                  "\"expires\":[null,\"1970-01-01T00:00:01.000000Z\"]}");
    assert_int_equal(
        audit_append(w->db, NULL, AUDIT_USER_CREATE, ANN, NULL, &err), 0);
    expect_row(w, "- command user.create 1 {}");
    assert_int_equal(
        audit_append(w->db, &stranger, AUDIT_LOGIN_FAILED, 0, NULL, &err), 0);
    expect_row(w, "- ::1 login.failed - {}");
    buf_release(&detail);
}

static void half_a_detail_is_no_row(void **state)
{
    struct world *w = *state;
    struct err err = ERR_INIT;
    struct buf detail;

    buf_init(&detail, 8);
    json_open(&detail);
    audit_put_text(&detail, "email", "a", "b");
    assert_int_equal(
        audit_append(w->db, &w->ann, AUDIT_USER_CHANGE, BOB, &detail, &err),
        -1);
    assert_int_equal(err.code, ERR_TOO_LARGE);
    assert_int_equal(rows(w, "audit"), 0);
    buf_release(&detail);
}

static void the_oldest_go_when_their_time_is_over(void **state)
{
    struct world *w = *state;
    struct err err = ERR_INIT;

    for (int i = 0; i < 3; i++)
        audit_append(w->db, &w->ann, AUDIT_LOGIN, ANN, NULL, &err);
    later(w, HOUR_S - 60);
    audit_append(w->db, &w->ann, AUDIT_LOGIN, ANN, NULL, &err);
    assert_int_equal(audit_purge(w->db, HOUR_S, 10, &err), 0);
    later(w, 120);
    assert_int_equal(audit_purge(w->db, HOUR_S, 2, &err), 2);
    assert_int_equal(audit_purge(w->db, HOUR_S, 2, &err), 1);
    assert_int_equal(audit_purge(w->db, HOUR_S, 2, &err), 0);
    assert_int_equal(rows(w, "audit"), 1);
}

int audit_suite(void)
{
    const struct CMUnitTest tests[] = {
        WORLD_TEST(a_row_says_who_did_what_to_whom),
        WORLD_TEST(half_a_detail_is_no_row),
        WORLD_TEST(the_oldest_go_when_their_time_is_over),
    };

    return cmocka_run_group_tests_name("audit", tests, NULL, NULL);
}
