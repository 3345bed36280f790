#include "base/clock.h"
#include "base/mem.h"
#include "model/control.h"
#include "model/meta.h"
#include "model/session.h"
#include "model/throttle.h"
#include "model/ticket.h"
#include "model/token.h"
#include "model/user.h"
#include "model/world.h"

#include <stdio.h>
#include <string.h>

#include "base/banned.h"

#define HOUR_S 3600

/* What a login of Django's would be stored as. */
#define DJANGO_HASH                                                            \
    "pbkdf2_sha256$1500$seasalt$iT/LSoYhMCtxwN3t0lRVVhpkew79R8HdHnXEtuRBllM="

static void passwords_are_djangos(void **state)
{
    static const char *const malformed[] = {"",
                                            "!",
                                            "md5$x$y",
                                            "pbkdf2_sha256$0$a$b",
                                            "pbkdf2_sha256$1500$salt",
                                            "pbkdf2_sha256$1500$seasalt$short"};
    char hash[PASSWORD_HASH_MAX];
    struct err err = ERR_INIT;

    (void)state;
    assert_true(password_verify("correct horse", DJANGO_HASH, 1000));
    assert_false(password_verify("correct hors", DJANGO_HASH, 1000));
    assert_true(password_needs_rehash(DJANGO_HASH, 1501));
    assert_false(password_needs_rehash(DJANGO_HASH, 1500));
    for (size_t i = 0; i < ARRAY_LEN(malformed); i++)
        assert_false(password_verify("x", malformed[i], 1000));
    assert_false(password_verify("x", NULL, 1000));
    assert_int_equal(password_hash("x y z", 1200, hash, &err), 0);
    assert_true(password_verify("x y z", hash, 1000));
    assert_ptr_equal(strstr(hash, "pbkdf2_sha256$1200$"), hash);
}

static void weak_passwords_are_told(void **state)
{
    static const char *const weak[] = {
        "demo", "DEMO", "short", "1234567890123", "xx-demo-xx", "password1"};

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(weak); i++)
        assert_non_null(password_weakness(weak[i], "demo"));
    assert_null(password_weakness("battery-staple-9", "demo"));
}

/* A new transaction, so many seconds on. */
static void later(struct world *w, int64_t seconds)
{
    struct buf outbox;

    clock_shift_us(seconds * CLOCK_S);
    buf_init(&outbox, 65536);
    world_commit(w, &outbox);
    buf_release(&outbox);
}

static struct user draft(const char *name)
{
    struct user user = {.is_active = true, .may_add = true};

    snprintf(user.username, sizeof(user.username), "%s", name);
    snprintf(user.password, sizeof(user.password), "%s", DJANGO_HASH);
    return user;
}

static int64_t made(struct world *w, const char *name)
{
    struct user user = draft(name);
    struct err err = ERR_INIT;
    int64_t id;

    assert_int_equal(user_create(w->db, &user, &id, &err), 0);
    return id;
}

static void a_username_is_one_regardless_of_case(void **state)
{
    struct world *w = *state;
    static const char *const bad[] = {"", " x", "x ", "a\nb", "\xff"};
    struct user user = draft("J\xc3\x96RG");
    struct err err = ERR_INIT;
    int64_t id = made(w, "j\xc3\xb6rg");
    int64_t before = world_int(w, "SELECT count(*) FROM \"user\"");

    assert_int_equal(user_create(w->db, &user, &id, &err), -1);
    assert_int_equal(err.code, ERR_INVALID);
    assert_string_equal(err.fields[0].name, "username");
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        user = draft(bad[i]);
        err_clear(&err);
        assert_int_equal(user_create(w->db, &user, &id, &err), -1);
        assert_string_equal(err.fields[0].name, "username");
    }
    assert_int_equal(world_int(w, "SELECT count(*) FROM \"user\""), before);
    err_clear(&err);
    assert_int_equal(user_find(w->db, "J\xc3\x96RG", &user, &err), 0);
    assert_string_equal(user.username, "j\xc3\xb6rg");
    assert_int_equal(user_find(w->db, "nobody", &user, &err), -1);
    assert_int_equal(err.code, ERR_MISSING);
}

/* The kind of each control line of the outbox, as one word per line. */
static void expect_controls(struct world *w, const char *wanted)
{
    struct buf outbox;
    struct buf kinds;
    struct control control;
    const char *cursor;
    const char *end;

    buf_init(&outbox, 65536);
    buf_init(&kinds, 4096);
    world_commit(w, &outbox);
    cursor = buf_text(&outbox);
    end = cursor + outbox.len;
    while (control_decode(&cursor, end, &control) == 1)
        buf_printf(&kinds, "%s ", control_kind_name(control.kind));
    assert_string_equal(buf_text(&kinds), wanted);
    buf_release(&kinds);
    buf_release(&outbox);
}

struct logins {
    int64_t user;
    int64_t session;
    struct token token;
    char session_secret[SECRET_TEXT_MAX];
    char token_secret[SECRET_TEXT_MAX];
};

static struct logins logged_in(struct world *w, const char *name)
{
    struct logins logins = {.user = made(w, name)};
    struct err err = ERR_INIT;

    assert_int_equal(session_create(w->db, logins.user, "127.0.0.1", "agent",
                                    HOUR_S, logins.session_secret,
                                    &logins.session, &err),
                     0);
    assert_int_equal(token_create(w->db, logins.user, "t", HOUR_S,
                                  logins.token_secret, &logins.token, &err),
                     0);
    return logins;
}

static bool is_live(struct world *w, const struct logins *logins)
{
    struct actor actor;
    struct err err = ERR_INIT;
    bool touch;
    int session =
        session_find(w->db, logins->session_secret, &actor, &touch, &err);
    int token;

    if (session == 0) {
        assert_int_equal(actor.user, logins->user);
        assert_int_equal(actor.session, logins->session);
    } else {
        assert_int_equal(err.code, ERR_UNAUTHENTICATED);
    }
    err_clear(&err);
    token = token_find(w->db, logins->token_secret, &actor, &touch, &err);
    assert_int_equal(session, token);
    return session == 0;
}

static void only_digests_of_secrets_are_stored(void **state)
{
    struct world *w = *state;
    struct logins logins = logged_in(w, "kim");
    char sql[512];

    snprintf(sql, sizeof(sql),
             "SELECT (SELECT count(*) FROM session WHERE hash = '%s' OR "
             "length(hash) <> 32) + (SELECT count(*) FROM token WHERE "
             "hash = '%s' OR length(hash) <> 32)",
             logins.session_secret, logins.token_secret);
    assert_int_equal(world_int(w, sql), 0);
    assert_true(is_live(w, &logins));
}

static void a_password_change_ends_logins(void **state)
{
    struct world *w = *state;
    struct logins logins = logged_in(w, "kim");
    struct err err = ERR_INIT;

    expect_controls(w, "");
    assert_true(is_live(w, &logins));
    assert_int_equal(
        user_set_password(w->db, logins.user, DJANGO_HASH, true, &err), 0);
    assert_false(is_live(w, &logins));
    expect_controls(w, "password ");
    assert_int_equal(user_set_password(w->db, 999, DJANGO_HASH, true, &err),
                     -1);
    assert_int_equal(err.code, ERR_MISSING);
}

static void rights_and_activity_are_told_apart(void **state)
{
    struct world *w = *state;
    struct logins logins = logged_in(w, "kim");
    struct user user;
    struct err err = ERR_INIT;

    expect_controls(w, "");
    assert_int_equal(user_get(w->db, logins.user, &user, &err), 0);
    user.is_staff = true;
    assert_int_equal(user_set_rights(w->db, &user, &err), 0);
    expect_controls(w, "rights ");
    assert_true(is_live(w, &logins));
    user.is_active = false;
    assert_int_equal(user_set_rights(w->db, &user, &err), 0);
    expect_controls(w, "active ");
    assert_false(is_live(w, &logins));
}

static void each_login_ends_by_itself(void **state)
{
    struct world *w = *state;
    struct logins logins = logged_in(w, "kim");
    struct actor actor;
    struct err err = ERR_INIT;

    expect_controls(w, "");
    assert_int_equal(session_reread(w->db, logins.session, 0, &actor, &err), 0);
    assert_int_equal(session_end(w->db, logins.session, &err), 0);
    assert_int_equal(session_end(w->db, logins.session, &err), 0);
    expect_controls(w, "session_ended ");
    assert_int_equal(session_reread(w->db, logins.session, 0, &actor, &err),
                     -1);
    assert_int_equal(err.code, ERR_UNAUTHENTICATED);
    err_clear(&err);
    assert_int_equal(token_end(w->db, 999, logins.token.id, &err), -1);
    assert_int_equal(err.code, ERR_MISSING);
    err_clear(&err);
    assert_int_equal(token_end(w->db, logins.user, logins.token.id, &err), 0);
    expect_controls(w, "token_ended ");
    assert_false(is_live(w, &logins));
}

static void expiry_slides_with_use_once_a_minute(void **state)
{
    struct world *w = *state;
    struct logins logins = logged_in(w, "kim");
    struct actor actor;
    struct err err = ERR_INIT;
    bool touch;

    assert_int_equal(
        session_find(w->db, logins.session_secret, &actor, &touch, &err), 0);
    assert_false(touch);
    later(w, 3000);
    assert_int_equal(
        session_find(w->db, logins.session_secret, &actor, &touch, &err), 0);
    assert_true(touch);
    assert_int_equal(session_touch(w->db, logins.session, HOUR_S, &err), 0);
    assert_int_equal(token_touch(w->db, logins.token.id, &err), 0);
    assert_int_equal(
        session_find(w->db, logins.session_secret, &actor, &touch, &err), 0);
    assert_false(touch);
    later(w, 3000);
    /* The session went on; a token does not. */
    assert_int_equal(
        session_find(w->db, logins.session_secret, &actor, &touch, &err), 0);
    assert_int_equal(
        token_find(w->db, logins.token_secret, &actor, &touch, &err), -1);
    later(w, 3601);
    err_clear(&err);
    assert_int_equal(
        session_find(w->db, logins.session_secret, &actor, &touch, &err), -1);
}

static void at_most_fifty_live_tokens(void **state)
{
    struct world *w = *state;
    int64_t user = made(w, "kim");
    struct token token;
    struct token list[TOKEN_MAX];
    char secret[SECRET_TEXT_MAX];
    struct err err = ERR_INIT;

    for (int i = 0; i < TOKEN_MAX; i++)
        assert_int_equal(
            token_create(w->db, user, "", HOUR_S, secret, &token, &err), 0);
    assert_int_equal(
        token_create(w->db, user, "", HOUR_S, secret, &token, &err), -1);
    assert_int_equal(err.code, ERR_CONFLICT);
    err_clear(&err);
    assert_int_equal(token_list(w->db, user, list, TOKEN_MAX, &err), TOKEN_MAX);
    assert_true(list[0].id > list[1].id);
    later(w, 3601);
    assert_int_equal(
        token_create(w->db, user, "", HOUR_S, secret, &token, &err), 0);
    assert_int_equal(
        token_create(w->db, user, "a\nb", HOUR_S, secret, &token, &err), -1);
    assert_string_equal(err.fields[0].name, "name");
}

static void a_ticket_is_good_once_and_for_its_login(void **state)
{
    struct world *w = *state;
    struct logins logins = logged_in(w, "kim");
    struct actor actor = {.user = logins.user, .session = logins.session};
    struct actor found;
    char secret[SECRET_TEXT_MAX];
    char late[SECRET_TEXT_MAX];
    char orphan[SECRET_TEXT_MAX];
    int64_t expires;
    struct err err = ERR_INIT;

    assert_int_equal(ticket_create(w->db, &actor, secret, &expires, &err), 0);
    assert_int_equal(ticket_create(w->db, &actor, late, &expires, &err), 0);
    assert_int_equal(ticket_redeem(w->db, secret, &found, &err), 0);
    assert_int_equal(found.session, logins.session);
    assert_int_equal(ticket_redeem(w->db, secret, &found, &err), -1);
    assert_int_equal(err.code, ERR_UNAUTHENTICATED);
    later(w, (TICKET_LIFETIME_S + 1));
    assert_int_equal(ticket_redeem(w->db, late, &found, &err), -1);
    assert_int_equal(ticket_create(w->db, &actor, orphan, &expires, &err), 0);
    assert_int_equal(session_end(w->db, logins.session, &err), 0);
    assert_int_equal(ticket_redeem(w->db, orphan, &found, &err), -1);
}

static void failures_are_throttled_together(void **state)
{
    static const struct throttle_limits limits = {
        .per_account = 3, .per_address = 5, .window_s = 60};
    struct world *w = *state;
    struct err err = ERR_INIT;

    for (int i = 0; i < 3; i++) {
        assert_int_equal(throttle_check(w->db, &limits, "a", "Kim", &err), 0);
        assert_int_equal(throttle_fail(w->db, &limits, "a", "kim", &err), 0);
    }
    assert_int_equal(throttle_check(w->db, &limits, "a", "KIM", &err), -1);
    assert_int_equal(err.code, ERR_THROTTLED);
    assert_in_range(err.retry_after_s, 1, 60);
    err_clear(&err);
    /* Neither another account nor another address, yet. */
    assert_int_equal(throttle_check(w->db, &limits, "a", "lea", &err), 0);
    assert_int_equal(throttle_check(w->db, &limits, "b", "kim", &err), 0);
    assert_int_equal(throttle_forget(w->db, "a", "kim", &err), 0);
    assert_int_equal(throttle_check(w->db, &limits, "a", "kim", &err), 0);
    for (int i = 0; i < 2; i++)
        assert_int_equal(throttle_fail(w->db, &limits, "a", "lea", &err), 0);
    assert_int_equal(throttle_check(w->db, &limits, "a", "max", &err), -1);
    err_clear(&err);
    /* The window began with the first failure. */
    later(w, 61);
    assert_int_equal(throttle_check(w->db, &limits, "a", "max", &err), 0);
}

static void what_outlived_its_use_is_purged(void **state)
{
    struct world *w = *state;
    struct logins logins = logged_in(w, "kim");
    struct err err = ERR_INIT;
    bool left;

    assert_int_equal(session_end(w->db, logins.session, &err), 0);
    logged_in(w, "lea");
    logged_in(w, "max");
    later(w, INT64_C(2) * 86400);
    assert_int_equal(session_purge(w->db, 1, &left, &err), 0);
    assert_true(left);
    while (left)
        assert_int_equal(session_purge(w->db, 1, &left, &err), 0);
    assert_int_equal(world_int(w, "SELECT (SELECT count(*) FROM session) + "
                                  "(SELECT count(*) FROM token)"),
                     0);
    /* The newest stays, for its id. */
    assert_int_equal(world_int(w, "SELECT count(*) FROM control"), 1);
}

static int prepare_meta(struct world *w, struct meta *meta)
{
    struct err err = ERR_INIT;
    int rc;

    db_abort(w->db);
    rc = meta_prepare(w->db, meta, &err);
    assert_int_equal(db_begin(w->db, &err), 0);
    return rc;
}

static void the_epoch_is_made_once_and_anew_for_a_copy(void **state)
{
    struct world *w = *state;
    struct meta first;
    struct meta second;
    struct err err = ERR_INIT;

    assert_int_equal(prepare_meta(w, &first), 0);
    assert_int_equal(prepare_meta(w, &second), 0);
    assert_memory_equal(&first, &second, sizeof(first));
    assert_int_equal(strlen(first.epoch), 32);
    db_abort(w->db);
    assert_int_equal(meta_mark_backup(w->db, &err), 0);
    assert_int_equal(db_begin(w->db, &err), 0);
    assert_int_equal(prepare_meta(w, &second), 0);
    assert_string_not_equal(first.epoch, second.epoch);
    assert_memory_equal(first.secret, second.secret, sizeof(first.secret));
    assert_int_equal(prepare_meta(w, &first), 0);
    assert_string_equal(first.epoch, second.epoch);
}

/* Every allocation of a step fails once: told, and nothing is left of it. */
static void memory_that_runs_out_is_told(void **state)
{
    struct world *w = *state;
    const char *const count = "SELECT (SELECT count(*) FROM \"user\") + "
                              "(SELECT count(*) FROM session) + "
                              "(SELECT count(*) FROM control)";
    int64_t before = world_int(w, count);

    for (unsigned n = 1; n < 100; n++) {
        struct db_savepoint point = DB_SAVEPOINT_NONE;
        struct user user = draft("kim");
        struct err err = ERR_INIT;
        char secret[SECRET_TEXT_MAX];
        int64_t id;
        int rc;

        assert_int_equal(db_savepoint(w->db, &point, &err), 0);
        mem_fail_after(n);
        rc = user_create(w->db, &user, &id, &err);
        if (rc == 0)
            rc = session_create(w->db, id, "a", "b", 60, secret, &id, &err);
        if (rc == 0)
            rc = session_end(w->db, id, &err);
        mem_fail_after(0);
        db_rollback(&point);
        assert_int_equal(world_int(w, count), before);
        if (rc == 0)
            return;
        assert_int_equal(err.code, ERR_NOMEM);
    }
    fail_msg("it never had enough");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(passwords_are_djangos),
        cmocka_unit_test(weak_passwords_are_told),
        WORLD_TEST(a_username_is_one_regardless_of_case),
        WORLD_TEST(only_digests_of_secrets_are_stored),
        WORLD_TEST(a_password_change_ends_logins),
        WORLD_TEST(rights_and_activity_are_told_apart),
        WORLD_TEST(each_login_ends_by_itself),
        WORLD_TEST(expiry_slides_with_use_once_a_minute),
        WORLD_TEST(at_most_fifty_live_tokens),
        WORLD_TEST(a_ticket_is_good_once_and_for_its_login),
        WORLD_TEST(failures_are_throttled_together),
        WORLD_TEST(what_outlived_its_use_is_purged),
        WORLD_TEST(the_epoch_is_made_once_and_anew_for_a_copy),
        WORLD_TEST(memory_that_runs_out_is_told),
    };

    return cmocka_run_group_tests_name("accounts", tests, NULL, NULL);
}
