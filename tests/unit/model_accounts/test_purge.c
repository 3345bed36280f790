#include "accounts.h"
#include "model/accounts/session.h"
#include "model/log/control.h"

#include "base/banned.h"

/* Each table, and for how long after its time a row is kept. Inserted with ?1,
 * something of its own, and ?2, its time. */
static const struct {
    const char *table;
    const char *insert;
    int64_t kept_us;
    enum { OWN_BYTES, OWN_TEXT, OWN_NUMBER } own;
} kinds[] = {
    {"session",
     "INSERT INTO session (hash, \"user\", address, user_agent, created, "
     "last_used, expires) VALUES (?1, 1, '', '', 0, 0, ?2)",
     0, OWN_BYTES},
    {"token",
     "INSERT INTO token (hash, \"user\", name, created, expires) "
     "VALUES (?1, 1, '', 0, ?2)",
     0, OWN_BYTES},
    {"ticket",
     "INSERT INTO ticket (hash, \"user\", session, expires) "
     "VALUES (?1, 1, 1, ?2)",
     0, OWN_BYTES},
    {"pending_login",
     "INSERT INTO pending_login (hash, \"user\", expires) "
     "VALUES (?1, 1, ?2)",
     0, OWN_BYTES},
    {"throttle",
     "INSERT INTO throttle (key, failures, since) VALUES (?1, 1, ?2)",
     86400 * CLOCK_S, OWN_TEXT},
    {"control",
     "INSERT INTO control (\"user\", kind, which, time) "
     "VALUES (1, 'session_ended', ?1, ?2)",
     CONTROL_KEPT_S *CLOCK_S, OWN_NUMBER},
};

/* A row that has outlived its use by so much; negative: not yet. */
static void add(struct world *w, size_t kind, int number, int64_t over_us)
{
    struct db_stmt *stmt = NULL;
    struct err err = ERR_INIT;
    char own[] = {(char)('0' + number), '\0'};

    assert_int_equal(db_prepare(w->db, kinds[kind].insert, &stmt, &err), 0);
    switch (kinds[kind].own) {
    case OWN_BYTES: db_bind_blob(stmt, 1, own, 1); break;
    case OWN_TEXT: db_bind_str(stmt, 1, own); break;
    case OWN_NUMBER: db_bind_int(stmt, 1, number); break;
    }
    db_bind_int(stmt, 2, db_time_us(w->db) - kinds[kind].kept_us - over_us);
    assert_int_equal(db_run(&stmt, &err), 0);
}

static bool purge(struct world *w, int limit)
{
    struct err err = ERR_INIT;
    bool left;

    assert_int_equal(session_purge(w->db, limit, &left, &err), 0);
    return left;
}

static void what_outlived_its_use_goes(void **state)
{
    struct world *w = *state;

    for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
        add(w, i, 1, CLOCK_S);
        add(w, i, 2, 1);
        add(w, i, 3, -1);
        add(w, i, 4, -CLOCK_S * 10);
    }
    assert_false(purge(w, 100));
    for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
        assert_int_equal(rows(w, kinds[i].table), 2);
    assert_false(purge(w, 100));
    for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
        assert_int_equal(rows(w, kinds[i].table), 2);
}

static void a_turn_is_limited_and_says_what_is_left(void **state)
{
    struct world *w = *state;

    for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
        int64_t before = rows(w, kinds[i].table);

        for (int n = 0; n < 5; n++)
            add(w, i, n, CLOCK_S);
        add(w, i, 5, -CLOCK_S * 10);
        assert_true(purge(w, 2));
        assert_int_equal(rows(w, kinds[i].table), before + 4);
        assert_true(purge(w, 2));
        assert_int_equal(rows(w, kinds[i].table), before + 2);
        assert_false(purge(w, 2));
        assert_int_equal(rows(w, kinds[i].table), before + 1);
    }
    assert_false(purge(w, 2));
}

/* So that its id is never given out again, and says where the log ends. */
static void the_newest_control_entry_stays(void **state)
{
    struct world *w = *state;
    size_t control = ARRAY_LEN(kinds) - 1;
    int64_t newest;

    for (int n = 0; n < 3; n++)
        add(w, control, n, CLOCK_S * 1000);
    newest = world_int(w, "SELECT max(id) FROM control");
    assert_false(purge(w, 100));
    assert_int_equal(rows(w, "control"), 1);
    assert_int_equal(world_int(w, "SELECT id FROM control"), newest);
    assert_false(purge(w, 1));
    assert_int_equal(rows(w, "control"), 1);
}

/* As it comes about, not as it is set up. */
static void the_dead_go_and_the_living_stay(void **state)
{
    struct world *w = *state;
    struct logins kim = logged_in(w, "kim");
    struct logins lea;
    struct err err = ERR_INIT;

    assert_int_equal(session_end(w->db, kim.session, &err), 0);
    later(w, HOUR_S + 1);
    lea = logged_in(w, "lea");
    assert_false(purge(w, 100));
    assert_int_equal(rows(w, "session"), 1);
    assert_int_equal(rows(w, "token"), 1);
    assert_int_equal(rows(w, "control"), 1);
    assert_int_equal(live_logins(w, &lea), 2);
    expect_controls(w, "%s", "");
}

SUITE(purge)
{
    const struct CMUnitTest tests[] = {
        WORLD_TEST(what_outlived_its_use_goes),
        WORLD_TEST(a_turn_is_limited_and_says_what_is_left),
        WORLD_TEST(the_newest_control_entry_stays),
        WORLD_TEST(the_dead_go_and_the_living_stay),
    };

    return cmocka_run_group_tests_name("purge", tests, NULL, NULL);
}
