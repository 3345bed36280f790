#include "accounts.h"
#include "base/json.h"
#include "model/accounts/audit.h"
#include "model/accounts/audit_chain.h"
#include "model/accounts/refusal.h"

#include <stdio.h>
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
        db_prepare(
            w->db,
            "SELECT coalesce(CAST(actor AS TEXT), '-') || ' ' || address || "
            "' ' || action || ' ' || "
            "coalesce(CAST(subject AS TEXT), '-') || ' ' || detail, "
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

static void note_fault(void *arg, const char *fault)
{
    (void)fault;
    (*(int *)arg)++;
}

static int faults(struct world *w)
{
    struct err err = ERR_INIT;
    int told = 0;
    int count = audit_chain_check(w->db, note_fault, &told, &err);

    assert_int_equal(told, count);
    return count;
}

static void what_other_hands_did_to_a_row_shows(void **state)
{
    static const char *const deeds[] = {
        "UPDATE audit SET detail = '{ }' WHERE id = 3",
        "UPDATE audit SET actor = 2 WHERE id = 2",
        "UPDATE audit SET time = time + 1 WHERE id = 1",
        "UPDATE audit SET address = '::2' WHERE id = 5",
        "UPDATE audit SET hash = NULL WHERE id = 4",
        "UPDATE audit SET id = 9 WHERE id = 5",
        "DELETE FROM audit WHERE id = 1",
        "DELETE FROM audit WHERE id = 3",
        "DELETE FROM audit WHERE id = 5",
        "DELETE FROM audit",
        ("INSERT INTO audit (time, address, action, detail) "
         "VALUES (1, 'x', 'login', '{}')"),
    };
    struct world *w = *state;
    struct err err = ERR_INIT;

    for (int i = 0; i < 5; i++)
        audit_append(w->db, &w->ann, AUDIT_LOGIN, ANN, NULL, &err);
    assert_int_equal(faults(w), 0);
    for (size_t i = 0; i < ARRAY_LEN(deeds); i++) {
        struct db_savepoint point = DB_SAVEPOINT_NONE;

        assert_int_equal(db_savepoint(w->db, &point, &err), 0);
        world_exec(w, deeds[i]);
        if (faults(w) == 0)
            fail_msg("%s does not show", deeds[i]);
        db_rollback(&point);
        assert_int_equal(faults(w), 0);
    }
}

static void a_purge_cuts_the_chain_and_it_goes_on(void **state)
{
    struct world *w = *state;
    struct err err = ERR_INIT;

    /* Rows of an older version have no hash. */
    world_exec(w, "INSERT INTO audit (time, address, action, detail) VALUES "
                  "(1, 'x', 'login', '{}'), (2, 'x', 'login', '{}'); "
                  "UPDATE meta SET value = '2' || substr(value, 2) "
                  "WHERE key LIKE 'audit_%'");
    assert_int_equal(faults(w), 0);
    for (int i = 0; i < 3; i++)
        audit_append(w->db, &w->ann, AUDIT_LOGIN, ANN, NULL, &err);
    later(w, 2 * HOUR_S);
    audit_append(w->db, &w->ann, AUDIT_LOGIN, ANN, NULL, &err);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(audit_purge(w->db, HOUR_S, 2, &err), i < 2 ? 2 : 1);
        assert_int_equal(faults(w), 0);
    }
    assert_int_equal(audit_purge(w->db, -HOUR_S, 2, &err), 1);
    assert_int_equal(rows(w, "audit"), 0);
    assert_int_equal(faults(w), 0);
    audit_append(w->db, &w->ann, AUDIT_LOGIN, ANN, NULL, &err);
    assert_int_equal(faults(w), 0);
}

/* One that is newer stays, and so does whatever is behind it. */
static void a_clock_that_was_set_back_makes_no_hole(void **state)
{
    struct world *w = *state;
    struct err err = ERR_INIT;

    for (int i = 0; i < 3; i++)
        audit_append(w->db, &w->ann, AUDIT_LOGIN, ANN, NULL, &err);
    world_exec(w, "UPDATE audit SET time = 1 WHERE id = 3");
    assert_int_equal(audit_purge(w->db, HOUR_S, 10, &err), 0);
    assert_int_equal(rows(w, "audit"), 3);
}

static void refuse(struct world *w, int64_t minute, enum refusal_kind kind,
                   const char *address, int64_t actor)
{
    struct refusal refusal = {
        .kind = kind, .minute = minute, .actor = actor, .times = 2};
    struct err err = ERR_INIT;

    snprintf(refusal.address, sizeof(refusal.address), "%s", address);
    assert_int_equal(refusal_add(w->db, &refusal, &err), 0);
}

static void refusals_of_a_minute_become_one_row_when_it_is_over(void **state)
{
    struct world *w = *state;
    struct err err = ERR_INIT;
    int64_t now = db_time_us(w->db) / REFUSAL_MINUTE_US;

    refuse(w, 1, REFUSAL_CSRF, "::1", BOB);
    refuse(w, 1, REFUSAL_CSRF, "::1", BOB);
    refuse(w, 1, REFUSAL_CSRF, "::1", 0);
    refuse(w, 1, REFUSAL_LOGIN, "::1", 0);
    refuse(w, now, REFUSAL_FORBIDDEN, "::1", 0);
    assert_int_equal(refusal_settle(w->db, 10, &err), 3);
    assert_int_equal(rows(w, "audit"), 3);
    expect_row(w, "- ::1 refused.login - {\"count\":[null,2],\"minute\":"
                  "[null,\"1970-01-01T00:01:00.000000Z\"]}");
    assert_int_equal(world_int(w, "SELECT count(*) FROM audit WHERE actor = 2 "
                                  "AND detail LIKE '%[null,4]%'"),
                     1);
    assert_int_equal(refusal_settle(w->db, 10, &err), 0);
    later(w, 70);
    assert_int_equal(refusal_settle(w->db, 10, &err), 1);
    assert_int_equal(rows(w, "refusal"), 0);
    assert_int_equal(faults(w), 0);
}

SUITE(audit)
{
    const struct CMUnitTest tests[] = {
        WORLD_TEST(a_row_says_who_did_what_to_whom),
        WORLD_TEST(half_a_detail_is_no_row),
        WORLD_TEST(the_oldest_go_when_their_time_is_over),
        WORLD_TEST(what_other_hands_did_to_a_row_shows),
        WORLD_TEST(a_purge_cuts_the_chain_and_it_goes_on),
        WORLD_TEST(a_clock_that_was_set_back_makes_no_hole),
        WORLD_TEST(refusals_of_a_minute_become_one_row_when_it_is_over),
    };

    return cmocka_run_group_tests_name("audit", tests, NULL, NULL);
}
