#include "accounts.h"
#include "model/accounts/confirm.h"
#include "model/accounts/session.h"
#include "model/accounts/user_column.h"

#include <stdio.h>
#include <string.h>

#include "base/banned.h"

#define ANN 1
#define SUE 3

/* Of somebody who has not given the password lately. */
static void what_could_take_over_needs_the_password(void **state)
{
    struct world *w = *state;
    const int64_t chief = made(w, "chief");
    struct actor boss = w->ann;
    const struct {
        const struct actor *actor;
        int64_t user;
        const char *field, *value;
        bool asked;
    } cases[] = {
        {&boss, SUE, "is_staff", "false", true},
        {&boss, SUE, "is_superuser", "true", true},
        {&boss, SUE, "may_add", "false", true},
        {&boss, SUE, "max_quantity", "5", true},
        {&boss, SUE, "is_active", "false", false},
        {&boss, SUE, "email", "a@b", false},
        {&boss, SUE, "first_name", "A", false},
        {&boss, SUE, "is_staff", "true", false}, /* as it is */
        {&boss, ANN, "email", "a@b", true},
        {&boss, ANN, "first_name", "A", false},
        {&boss, chief, "first_name", "A", true},
        {&boss, chief, "is_active", "false", true},
        {NULL, chief, "email", "a@b", false},
    };
    const unsigned may = USER_WRITE | USER_WRITE_OWN;
    struct user fresh = draft("fresh");
    struct user user;
    struct err err = ERR_INIT;
    int64_t id;

    boss.is_superuser = true;
    boss.is_confirmed = false;
    change(w, "UPDATE \"user\" SET is_superuser = 1 WHERE id = %d", (int)chief);
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct user_draft fields = {.has = 0};

        err_clear(&err);
        user_draft_set_text(&fields, may, cases[i].field, cases[i].value,
                            strlen(cases[i].value), &err);
        user_change(w->db, cases[i].actor, cases[i].user, &fields, &user, &err);
        assert_int_equal(err.code, cases[i].asked ? ERR_CONFIRM : ERR_NONE);
    }
    err_clear(&err);
    assert_int_equal(user_create(w->db, &boss, &fresh, NULL, &id, &err), 0);
    fresh = draft("second");
    fresh.is_staff = true;
    user_create(w->db, &boss, &fresh, NULL, &id, &err);
    assert_int_equal(err.code, ERR_CONFIRM);
    err_clear(&err);
    user_set_password(w->db, &boss, SUE, "!", NULL, &err);
    assert_int_equal(err.code, ERR_CONFIRM);
}

/* Asked of a session; a token has none to give, and a command needs none. */
static void a_session_is_confirmed_by_its_password(void **state)
{
    struct world *w = *state;
    struct logins kim = logged_in(w, "kim");
    struct actor actor;
    struct err err = ERR_INIT;
    int64_t at_login;
    bool touch;

    assert_int_equal(
        session_find(w->db, kim.session_secret, &actor, &touch, &err), 0);
    at_login = actor.confirmed_us;
    assert_int_equal(at_login, db_time_us(w->db));
    later(w, 1000);
    assert_int_equal(confirm_check(&actor, &err), -1);
    assert_int_equal(err.code, ERR_CONFIRM);
    err_clear(&err);
    assert_int_equal(confirm_check(NULL, &err), 0);
    assert_int_equal(confirm_note(w->db, &actor, &err), 0);
    assert_int_equal(
        session_find(w->db, kim.session_secret, &actor, &touch, &err), 0);
    assert_int_equal(actor.confirmed_us, db_time_us(w->db));
    assert_true(actor.confirmed_us > at_login);
    assert_int_equal(token_find(w->db, kim.token_secret, &actor, &touch, &err),
                     0);
    assert_int_equal(actor.confirmed_us, 0);
}

/* Which minute, counted from the login, a session ends in. */
static int64_t ends_in(struct world *w, const struct logins *logins)
{
    char sql[128];

    snprintf(sql, sizeof(sql),
             "SELECT (expires - created + 30000000) / 60000000 FROM session "
             "WHERE id = %d",
             (int)logins->session);
    return world_int(w, sql);
}

static void a_login_of_staff_ends_whatever_it_is_used_for(void **state)
{
    static const struct session_limits limits = {100 * 60, 10 * 60, 25 * 60};
    const struct actor trader = {.user = 1};
    const struct actor staff = {.user = 1, .is_staff = true};
    const struct actor boss = {.user = 1, .is_superuser = true};
    struct world *w = *state;
    struct logins kim = logged_in(w, "kim");
    struct err err = ERR_INIT;

    assert_int_equal(session_lifetime_s(&limits, &trader), 6000);
    assert_int_equal(session_lifetime_s(&limits, &staff), 600);
    assert_int_equal(session_lifetime_s(&limits, &boss), 600);
    later(w, 120);
    assert_int_equal(session_touch(w->db, kim.session, &limits, &err), 0);
    assert_int_equal(ends_in(w, &kim), 102);
    /* From when they are staff: soon, unless it is used. */
    change(w, "UPDATE \"user\" SET is_staff = 1 WHERE id = %d", (int)kim.user);
    assert_int_equal(session_raise(w->db, kim.user, &err), 0);
    assert_int_equal(ends_in(w, &kim), 12);
    assert_int_equal(session_touch(w->db, kim.session, &limits, &err), 0);
    assert_int_equal(ends_in(w, &kim), 12);
    later(w, 300);
    assert_int_equal(session_touch(w->db, kim.session, &limits, &err), 0);
    assert_int_equal(ends_in(w, &kim), 17);
    for (int i = 0; i < 4; i++) {
        later(w, 240);
        assert_int_equal(session_touch(w->db, kim.session, &limits, &err), 0);
    }
    assert_int_equal(ends_in(w, &kim), 25);
    later(w, 130);
    assert_false(session_is_live(w, kim.session_secret));
}

SUITE(confirm)
{
    const struct CMUnitTest tests[] = {
        WORLD_TEST(what_could_take_over_needs_the_password),
        WORLD_TEST(a_session_is_confirmed_by_its_password),
        WORLD_TEST(a_login_of_staff_ends_whatever_it_is_used_for),
    };

    return cmocka_run_group_tests_name("confirm", tests, NULL, NULL);
}
