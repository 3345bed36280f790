#include "accounts.h"
#include "model/accounts/session.h"
#include "support/database.h"

#include <inttypes.h>
#include <string.h>

#include "base/banned.h"

static void a_session_stands_for_its_user(void **state)
{
    struct world *w = *state;
    struct logins kim = logged_in(w, "Kim");
    struct logins lea = logged_in(w, "lea");
    struct actor actor;
    struct actor again;
    struct err err = ERR_INIT;
    bool touch = true;

    change(w,
           "UPDATE \"user\" SET is_staff = 1, may_add = 0, may_delete = 1, "
           "max_quantity = 7, max_notional = 9 WHERE id = %" PRId64,
           kim.user);
    memset(&actor, 0xFF, sizeof(actor));
    assert_int_equal(
        session_find(w->db, kim.session_secret, &actor, &touch, &err), 0);
    assert_false(touch);
    assert_int_equal(actor.user, kim.user);
    assert_string_equal(actor.username, "Kim");
    assert_true(actor.is_active && actor.is_staff && actor.may_delete);
    assert_false(actor.is_superuser || actor.may_add || actor.may_change);
    assert_int_equal(actor.limits.max_quantity, 7);
    assert_int_equal(actor.limits.max_notional, 9);
    assert_int_equal(actor.session, kim.session);
    assert_int_equal(actor.token, 0);
    assert_int_equal(actor.expires_us, db_time_us(w->db) + HOUR_S * CLOCK_S);
    assert_string_equal(actor.address, "");
    assert_int_equal(session_reread(w->db, kim.session, 0, &again, &err), 0);
    assert_memory_equal(&again, &actor, sizeof(actor));
    assert_int_equal(
        session_find(w->db, lea.session_secret, &actor, &touch, &err), 0);
    assert_int_equal(actor.user, lea.user);
    assert_int_equal(actor.session, lea.session);
}

static void a_use_before_all_time_is_long_ago(void **state)
{
    struct world *w = *state;
    struct logins kim = logged_in(w, "kim");
    struct actor actor;
    struct err err = ERR_INIT;
    bool touch = false;

    change(w, "UPDATE session SET last_used = -9223372036854775807 - 1");
    assert_int_equal(
        session_find(w->db, kim.session_secret, &actor, &touch, &err), 0);
    assert_true(touch);
}

/* Sessions and tokens bear ids of their own: 1 is both. */
static void a_reread_tells_sessions_from_tokens(void **state)
{
    struct world *w = *state;
    struct logins kim = logged_in(w, "kim");
    struct logins lea = logged_in(w, "lea");
    struct actor actor;
    struct err err = ERR_INIT;

    assert_int_equal(kim.session, kim.token.id);
    change(w, "UPDATE token SET \"user\" = %" PRId64 " WHERE id = %" PRId64,
           lea.user, kim.token.id);
    assert_int_equal(session_reread(w->db, kim.session, 0, &actor, &err), 0);
    assert_int_equal(actor.user, kim.user);
    assert_true(actor.session == kim.session && actor.token == 0);
    assert_int_equal(session_reread(w->db, 0, kim.token.id, &actor, &err), 0);
    assert_int_equal(actor.user, lea.user);
    assert_true(actor.token == kim.token.id && actor.session == 0);
    assert_int_equal(session_reread(w->db, 0, 0, &actor, &err), -1);
    assert_int_equal(err.code, ERR_UNAUTHENTICATED);
}

static void what_is_no_session_finds_nothing(void **state)
{
    struct world *w = *state;
    struct logins kim = logged_in(w, "kim");
    char near[SECRET_TEXT_MAX];

    memcpy(near, kim.session_secret, sizeof(near));
    near[0] = near[0] == 'a' ? 'b' : 'a';
    assert_false(session_is_live(w, near));
    memcpy(near, kim.session_secret, sizeof(near));
    near[SECRET_TEXT_MAX - 2] = '\0';
    assert_false(session_is_live(w, near));
    assert_false(session_is_live(w, ""));
    assert_false(session_is_live(w, kim.token_secret));
    assert_false(token_is_live(w, kim.session_secret));
    assert_true(session_is_live(w, kim.session_secret));
}

static void only_digests_of_secrets_are_stored(void **state)
{
    struct world *w = *state;
    struct logins kim = logged_in(w, "kim");
    uint8_t bytes[SECRET_DIGEST];
    uint8_t digest[SECRET_DIGEST];
    struct db_stmt *stmt = NULL;
    struct err err = ERR_INIT;
    size_t len;

    assert_not_stored(w, kim.session_secret);
    assert_not_stored(w, kim.token_secret);
    assert_int_equal(secret_decode(kim.session_secret,
                                   strlen(kim.session_secret), bytes,
                                   sizeof(bytes)),
                     sizeof(bytes));
    secret_sha256(kim.session_secret, strlen(kim.session_secret), digest);
    assert_int_equal(db_prepare(w->db, "SELECT hash FROM session", &stmt, &err),
                     0);
    assert_int_equal(db_step(stmt, &err), 1);
    assert_memory_equal(db_blob(stmt, 0, &len), digest, sizeof(digest));
    assert_int_equal(len, sizeof(digest));
    db_done(&stmt);
}

static void expiry_is_to_the_microsecond(void **state)
{
    struct world *w = *state;
    struct logins kim = logged_in(w, "kim");
    int64_t now = db_time_us(w->db);

    change(w, "UPDATE session SET expires = %" PRId64, now + 1);
    change(w, "UPDATE token SET expires = %" PRId64, now + 1);
    assert_int_equal(live_logins(w, &kim), 2);
    change(w, "UPDATE session SET expires = %" PRId64, now);
    change(w, "UPDATE token SET expires = %" PRId64, now);
    assert_int_equal(live_logins(w, &kim), 0);
}

static void expiry_slides_by_a_touch_alone(void **state)
{
    struct world *w = *state;
    struct logins kim = logged_in(w, "kim");
    struct logins lea = logged_in(w, "lea");
    struct err err = ERR_INIT;

    later(w, HOUR_S / 2);
    /* Looked at, but not touched. */
    assert_true(session_is_live(w, lea.session_secret));
    assert_int_equal(
        session_touch(w->db, kim.session,
                      &(struct session_limits){HOUR_S, HOUR_S, HOUR_S}, &err),
        0);
    later(w, HOUR_S * 3 / 4);
    assert_true(session_is_live(w, kim.session_secret));
    assert_false(session_is_live(w, lea.session_secret));
    later(w, HOUR_S / 4 + 1);
    assert_false(session_is_live(w, kim.session_secret));
}

static void a_touch_comes_too_late_for_a_dead_session(void **state)
{
    struct world *w = *state;
    struct logins kim = logged_in(w, "kim");
    struct err err = ERR_INIT;

    later(w, HOUR_S + 1);
    assert_int_equal(
        session_touch(w->db, kim.session,
                      &(struct session_limits){HOUR_S, HOUR_S, HOUR_S}, &err),
        0);
    assert_false(session_is_live(w, kim.session_secret));
    /* Nor is it an error that one has gone. */
    assert_int_equal(
        session_touch(w->db, 999,
                      &(struct session_limits){HOUR_S, HOUR_S, HOUR_S}, &err),
        0);
}

static void a_use_is_written_once_a_minute(void **state)
{
    struct world *w = *state;
    struct logins kim = logged_in(w, "kim");
    int64_t now = db_time_us(w->db);
    static const struct {
        int64_t ago_us;
        bool is_due;
    } uses[] = {
        {0, false},
        {SESSION_TOUCH_US - 1, false},
        {SESSION_TOUCH_US, true},
        {SESSION_TOUCH_US * 10, true},
        {-SESSION_TOUCH_US, false}, /* the clock went back */
    };

    for (size_t i = 0; i < ARRAY_LEN(uses); i++) {
        struct actor actor;
        struct err err = ERR_INIT;
        int64_t then = now - uses[i].ago_us;
        int64_t written = uses[i].is_due ? now : then;
        bool touch;

        change(w,
               "UPDATE session SET last_used = %" PRId64 ", expires = %" PRId64,
               then, now + 1);
        assert_int_equal(
            session_find(w->db, kim.session_secret, &actor, &touch, &err), 0);
        assert_int_equal(touch, uses[i].is_due);
        assert_int_equal(session_touch(w->db, kim.session,
                                       &(struct session_limits){7, 7, 7}, &err),
                         0);
        assert_int_equal(world_int(w, "SELECT last_used FROM session"),
                         written);
        assert_int_equal(world_int(w, "SELECT expires FROM session"),
                         uses[i].is_due ? now + 7 * CLOCK_S : now + 1);
    }
}

static void an_ended_session_is_gone_and_told_once(void **state)
{
    struct world *w = *state;
    struct logins kim = logged_in(w, "kim");
    struct logins lea = logged_in(w, "lea");
    struct err err = ERR_INIT;

    expect_controls(w, "%s", "");
    assert_int_equal(session_end(w->db, kim.session, &err), 0);
    assert_false(session_is_live(w, kim.session_secret));
    assert_true(token_is_live(w, kim.token_secret));
    assert_int_equal(live_logins(w, &lea), 2);
    assert_int_equal(session_end(w->db, kim.session, &err), 0);
    expect_controls(w, "session_ended %" PRId64 " %" PRId64 "; ", kim.user,
                    kim.session);
}

static void an_inactive_user_has_no_login(void **state)
{
    struct world *w = *state;
    struct logins kim = logged_in(w, "kim");

    change(w, "UPDATE \"user\" SET is_active = 0 WHERE id = %" PRId64,
           kim.user);
    assert_int_equal(live_logins(w, &kim), 0);
    assert_int_equal(rows(w, "session"), 1);
}

static void an_agent_is_kept_as_whole_characters(void **state)
{
    static const struct {
        const char *start;
        size_t ascii; /* behind it */
        const char *end;
        int64_t kept; /* bytes */
    } agents[] = {
        {"", 0, "", 0},
        {"", 255, "", 255},
        {"", 253, "\xc3\xa9", 255},
        {"", 254, "\xc3\xa9", 254},
        {"", 252, "\xf0\x9f\x90\x8d", 252},
        {"", 5000, "", 255},
        {"\xff", 10, "", 0},
        {"", 10, "\xc3", 0},
        /* What is not text lies beyond what is kept. */
        {"", 255, "\xff", 255},
    };
    struct world *w = *state;

    for (size_t i = 0; i < ARRAY_LEN(agents); i++) {
        struct buf agent;
        struct err err = ERR_INIT;
        char secret[SECRET_TEXT_MAX];
        int64_t id;

        buf_init(&agent, 8192);
        buf_put_text(&agent, agents[i].start);
        for (size_t n = 0; n < agents[i].ascii; n++)
            buf_put_char(&agent, 'm');
        buf_put_text(&agent, agents[i].end);
        assert_int_equal(session_create(w->db, w->ann.user, "::1",
                                        buf_text(&agent), 60, secret, &id,
                                        &err),
                         0);
        assert_int_equal(
            world_int(w, database_is_on_server()
                             ? "SELECT octet_length(user_agent) "
                               "FROM session ORDER BY id DESC LIMIT 1"
                             : "SELECT length(CAST(user_agent AS BLOB)) "
                               "FROM session ORDER BY id DESC LIMIT 1"),
            agents[i].kept);
        buf_release(&agent);
    }
    assert_int_equal(
        world_int(w, "SELECT count(*) FROM session WHERE address = '::1'"),
        ARRAY_LEN(agents));
}

SUITE(session)
{
    const struct CMUnitTest tests[] = {
        WORLD_TEST(a_session_stands_for_its_user),
        WORLD_TEST(a_use_before_all_time_is_long_ago),
        WORLD_TEST(a_reread_tells_sessions_from_tokens),
        WORLD_TEST(what_is_no_session_finds_nothing),
        WORLD_TEST(only_digests_of_secrets_are_stored),
        WORLD_TEST(expiry_is_to_the_microsecond),
        WORLD_TEST(expiry_slides_by_a_touch_alone),
        WORLD_TEST(a_touch_comes_too_late_for_a_dead_session),
        WORLD_TEST(a_use_is_written_once_a_minute),
        WORLD_TEST(an_ended_session_is_gone_and_told_once),
        WORLD_TEST(an_inactive_user_has_no_login),
        WORLD_TEST(an_agent_is_kept_as_whole_characters),
    };

    return cmocka_run_group_tests_name("session", tests, NULL, NULL);
}
