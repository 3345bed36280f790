#include "accounts.h"
#include "model/accounts/session.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/banned.h"

static int64_t token_of(struct world *w, int64_t user, const char *name,
                        int lifetime_s)
{
    const struct token_draft draft = {
        .user = user, .name = name, .lifetime_s = lifetime_s};
    struct token token;
    struct err err = ERR_INIT;
    char secret[SECRET_TEXT_MAX];

    assert_int_equal(token_create(w->db, NULL, &draft, secret, &token, &err),
                     0);
    return token.id;
}

static bool has_room(struct world *w, int64_t user)
{
    const struct token_draft draft = {
        .user = user, .name = "", .lifetime_s = HOUR_S};
    struct token token;
    struct err err = ERR_INIT;
    char secret[SECRET_TEXT_MAX];
    int64_t before = rows(w, "token");

    if (token_create(w->db, NULL, &draft, secret, &token, &err) == 0) {
        assert_int_equal(rows(w, "token"), before + 1);
        return true;
    }
    assert_int_equal(err.code, ERR_CONFLICT);
    assert_int_equal(rows(w, "token"), before);
    return false;
}

static void a_token_stands_for_its_user(void **state)
{
    struct world *w = *state;
    struct logins kim = logged_in(w, "Kim");
    struct actor actor;
    struct err err = ERR_INIT;
    bool touch = false;

    logged_in(w, "lea");
    memset(&actor, 0xFF, sizeof(actor));
    assert_int_equal(token_find(w->db, kim.token_secret, &actor, &touch, &err),
                     0);
    assert_true(touch);
    assert_int_equal(actor.user, kim.user);
    assert_string_equal(actor.username, "Kim");
    assert_true(actor.is_active && actor.may_add);
    assert_false(actor.is_staff || actor.is_superuser || actor.may_change ||
                 actor.may_delete);
    assert_int_equal(actor.token, kim.token.id);
    assert_int_equal(actor.session, 0);
    assert_int_equal(actor.expires_us, kim.token.expires_us);
    assert_string_equal(actor.address, "");
}

static void what_was_made_is_listed(void **state)
{
    struct world *w = *state;
    struct logins kim = logged_in(w, "kim");
    struct token list[3];
    struct err err = ERR_INIT;
    int64_t now = db_time_us(w->db);

    assert_int_equal(kim.token.user, kim.user);
    assert_string_equal(kim.token.name, "t");
    assert_int_equal(kim.token.created_us, now);
    assert_int_equal(kim.token.last_used_us, 0);
    assert_int_equal(kim.token.expires_us, now + HOUR_S * CLOCK_S);
    assert_int_equal(token_list(w->db, kim.user, list, 3, &err), 1);
    assert_memory_equal(&list[0], &kim.token, sizeof(list[0]));
    later(w, 100);
    assert_int_equal(token_touch(w->db, kim.token.id, &err), 0);
    assert_int_equal(token_list(w->db, kim.user, list, 3, &err), 1);
    assert_int_equal(list[0].last_used_us, db_time_us(w->db));
    assert_int_equal(list[0].expires_us, kim.token.expires_us);
}

static void the_list_is_ones_own_newest_first(void **state)
{
    struct world *w = *state;
    int64_t kim = made(w, "kim");
    int64_t lea = made(w, "lea");
    int64_t first = token_of(w, kim, "first", HOUR_S);
    int64_t dead = token_of(w, kim, "dead", 60);
    int64_t other = token_of(w, lea, "other", HOUR_S);
    int64_t last = token_of(w, kim, "last", HOUR_S);
    struct token list[4];
    struct err err = ERR_INIT;

    assert_int_equal(token_list(w->db, kim, list, 4, &err), 3);
    assert_int_equal(list[1].id, dead);
    later(w, 61);
    assert_int_equal(token_list(w->db, kim, list, 4, &err), 2);
    assert_int_equal(list[0].id, last);
    assert_string_equal(list[0].name, "last");
    assert_int_equal(list[1].id, first);
    assert_int_equal(token_list(w->db, kim, list, 1, &err), 1);
    assert_int_equal(list[0].id, last);
    assert_int_equal(token_list(w->db, lea, list, 4, &err), 1);
    assert_int_equal(list[0].id, other);
    assert_int_equal(token_list(w->db, w->ann.user, list, 4, &err), 0);
}

static void a_user_has_fifty_live_tokens_at_most(void **state)
{
    struct world *w = *state;
    int64_t kim = made(w, "kim");
    int64_t lea = made(w, "lea");
    int64_t short_lived = token_of(w, kim, "", 60);
    int64_t last = 0;
    struct token list[TOKEN_MAX];
    struct err err = ERR_INIT;

    for (int i = 1; i < TOKEN_MAX; i++)
        last = token_of(w, kim, "", HOUR_S);
    assert_false(has_room(w, kim));
    assert_true(has_room(w, lea));
    /* Expired ones do not count, purged or not. */
    change(w, "UPDATE token SET expires = %" PRId64 " WHERE id = %" PRId64,
           db_time_us(w->db) + 1, short_lived);
    assert_false(has_room(w, kim));
    change(w, "UPDATE token SET expires = %" PRId64 " WHERE id = %" PRId64,
           db_time_us(w->db), short_lived);
    assert_true(has_room(w, kim));
    assert_false(has_room(w, kim));
    assert_int_equal(token_list(w->db, kim, list, TOKEN_MAX, &err), TOKEN_MAX);
    /* Nor do ended ones. */
    assert_int_equal(token_end(w->db, NULL, kim, last, &err), 0);
    assert_true(has_room(w, kim));
    assert_false(has_room(w, kim));
}

static void only_its_user_ends_a_token(void **state)
{
    struct world *w = *state;
    struct logins kim = logged_in(w, "kim");
    struct logins lea = logged_in(w, "lea");
    struct err err = ERR_INIT;

    expect_controls(w, "%s", "");
    assert_int_equal(token_end(w->db, NULL, lea.user, kim.token.id, &err), -1);
    assert_int_equal(err.code, ERR_MISSING);
    err_clear(&err);
    assert_int_equal(token_end(w->db, NULL, kim.user, 999, &err), -1);
    assert_int_equal(err.code, ERR_MISSING);
    expect_controls(w, "%s", "");
    assert_int_equal(live_logins(w, &kim), 2);
    err_clear(&err);
    assert_int_equal(token_end(w->db, NULL, kim.user, kim.token.id, &err), 0);
    expect_controls(w, "token_ended %" PRId64 " %" PRId64 "; ", kim.user,
                    kim.token.id);
    assert_false(token_is_live(w, kim.token_secret));
    assert_true(session_is_live(w, kim.session_secret));
    assert_int_equal(live_logins(w, &lea), 2);
    assert_int_equal(token_end(w->db, NULL, kim.user, kim.token.id, &err), -1);
    assert_int_equal(err.code, ERR_MISSING);
}

static void a_name_is_short_text(void **state)
{
    static const struct {
        const char *text;
        size_t count; /* of text in a row */
        bool is_good;
    } names[] = {
        {"x", 0, true},
        {"x", 64, true},
        {"\xf0\x9f\x90\x8d", 64, true},
        {"my token ", 1, true},
        {"x", 65, false},
        {"\xf0\x9f\x90\x8d", 65, false},
        {"x", 5000, false},
        {"a\nb", 1, false},
        {"a\xc2\x9f", 1, false},
        {"\xff", 1, false},
    };
    struct world *w = *state;

    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        struct token_draft draft = {.user = w->ann.user, .lifetime_s = HOUR_S};
        struct token token;
        struct token kept;
        struct err err = ERR_INIT;
        struct buf name;
        char secret[SECRET_TEXT_MAX];
        int64_t before = rows(w, "token");
        int rc;

        buf_init(&name, 8192);
        for (size_t n = 0; n < names[i].count; n++)
            buf_put_text(&name, names[i].text);
        draft.name = buf_text(&name);
        rc = token_create(w->db, NULL, &draft, secret, &token, &err);
        assert_int_equal(rc, names[i].is_good ? 0 : -1);
        assert_int_equal(rows(w, "token"), before + names[i].is_good);
        if (names[i].is_good) {
            assert_string_equal(token.name, buf_text(&name));
            assert_int_equal(token_list(w->db, w->ann.user, &kept, 1, &err), 1);
            assert_string_equal(kept.name, buf_text(&name));
        } else {
            assert_field(&err, "name");
        }
        buf_release(&name);
    }
}

static void a_use_is_written_once_a_minute_and_prolongs_nothing(void **state)
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
    };

    for (size_t i = 0; i < ARRAY_LEN(uses); i++) {
        struct actor actor;
        struct err err = ERR_INIT;
        int64_t then = now - uses[i].ago_us;
        bool touch;

        change(w, "UPDATE token SET last_used = %" PRId64, then);
        assert_int_equal(
            token_find(w->db, kim.token_secret, &actor, &touch, &err), 0);
        assert_int_equal(touch, uses[i].is_due);
        assert_int_equal(token_touch(w->db, kim.token.id, &err), 0);
        assert_int_equal(world_int(w, "SELECT last_used FROM token"),
                         uses[i].is_due ? now : then);
        assert_int_equal(world_int(w, "SELECT expires FROM token"),
                         kim.token.expires_us);
    }
}

SUITE(token)
{
    const struct CMUnitTest tests[] = {
        WORLD_TEST(a_token_stands_for_its_user),
        WORLD_TEST(what_was_made_is_listed),
        WORLD_TEST(the_list_is_ones_own_newest_first),
        WORLD_TEST(a_user_has_fifty_live_tokens_at_most),
        WORLD_TEST(only_its_user_ends_a_token),
        WORLD_TEST(a_name_is_short_text),
        WORLD_TEST(a_use_is_written_once_a_minute_and_prolongs_nothing),
    };

    return cmocka_run_group_tests_name("token", tests, NULL, NULL);
}
