#include "accounts.h"
#include "model/accounts/ticket.h"
#include "model/accounts/user_column.h"
#include "model/log/control.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/banned.h"

/* count times text. */
static void fill(char *out, size_t max, const char *text, size_t count)
{
    size_t len = strlen(text);

    assert_true(count * len < max);
    for (size_t i = 0; i < count; i++)
        memcpy(out + i * len, text, len);
    out[count * len] = '\0';
}

static void all_of_a_draft_is_kept(void **state)
{
    struct world *w = *state;
    struct user user = {
        .username = "Kim Lee",
        .password = "pbkdf2_sha256$1$a$b",
        .password_is_default = true,
        .email = "kim@example.org",
        .first_name = "K\xc3\xaem",
        .last_name = "Lee",
        .is_staff = true,
        .may_change = true,
        .may_feed = true,
        .market_symbols = "EDF*,TTE",
        .limits = {.max_quantity = 7, .max_notional = 9},
        .second_factor_required = true,
    };
    struct user found;
    struct actor actor;
    struct err err = ERR_INIT;

    assert_int_equal(user_create(w->db, NULL, &user, "kim LEE", &user.id, &err),
                     0);
    assert_int_equal(user_get(w->db, user.id, &found, &err), 0);
    user.date_joined_us = db_time_us(w->db);
    assert_memory_equal(&found, &user, sizeof(user));
    user_to_actor(&found, &actor);
    assert_int_equal(actor.user, user.id);
    assert_string_equal(actor.username, "Kim Lee");
    assert_true(actor.is_staff && actor.may_change && actor.may_feed);
    assert_string_equal(actor.market_symbols, "EDF*,TTE");
    assert_int_equal(actor.limits.max_quantity, 7);
    assert_int_equal(actor.limits.max_notional, 9);
    assert_true(actor.is_of_staff && actor.second_factor_required);
    assert_false(actor.has_second_factor);
    assert_false(actor.is_active || actor.is_superuser || actor.may_add ||
                 actor.may_delete);
    assert_true(!actor.session && !actor.token && !actor.address[0]);
}

/* Each has room for as much as an email. */
static char *field_of(struct user *user, const char *name)
{
    if (!strcmp(name, "username"))
        return user->username;
    if (!strcmp(name, "email"))
        return user->email;
    return !strcmp(name, "first_name") ? user->first_name : user->last_name;
}

static void create_refuses_a_bad_field(void **state)
{
    static const struct {
        const char *field;
        const char *text;
        size_t count; /* of text in a row */
    } bad[] = {
        {"username", "", 0},
        {"username", " x", 1},
        {"username", "x ", 1},
        {"username", " ", 1},
        /* Spaces of another kind; characters that show nothing. */
        {"username", "x\xc2\xa0", 1},
        {"username", "\xe3\x80\x80x", 1},
        {"username", "\xe2\x80\x8b", 3},
        {"username", "a\nb", 1},
        {"username", "a\x7f", 1},
        {"username", "a\xc2\x85", 1},
        {"username", "\xff", 1},
        {"username", "\xc3", 1},
        {"username", "x", 151},
        {"email", "a@b\r\nx", 1},
        {"email", "\xff@b", 1},
        {"first_name", "a\tb", 1},
        {"first_name", "x", 151},
        {"last_name", "\xc3\x28", 1},
        {"last_name", "x", 151},
    };
    struct world *w = *state;
    int64_t before = rows(w, "user");

    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        struct user user = draft("kim");
        struct err err = ERR_INIT;
        int64_t id;
        fill(field_of(&user, bad[i].field), sizeof(user.email), bad[i].text,
             bad[i].count);
        assert_int_equal(user_create(w->db, NULL, &user, NULL, &id, &err), -1);
        assert_int_equal(err.field_count, 1);
        assert_field(&err, bad[i].field);
    }
    assert_int_equal(rows(w, "user"), before);
}

static void every_field_at_fault_is_named(void **state)
{
    struct world *w = *state;
    struct user user = {
        .username = "\n", .email = "\n", .first_name = "\n", .last_name = "\n"};
    struct err err = ERR_INIT;
    int64_t id;

    assert_int_equal(user_create(w->db, NULL, &user, NULL, &id, &err), -1);
    assert_int_equal(err.field_count, 4);
    assert_field(&err, "username");
    assert_field(&err, "email");
    assert_field(&err, "first_name");
    assert_field(&err, "last_name");
}

static void limits_count_characters(void **state)
{
    struct world *w = *state;
    /* Four bytes each, and one that grows to 33 bytes when it is folded. */
    static const char *const widest[] = {"\xf0\x9f\x90\x8d", "\xef\xb7\xba"};

    for (size_t i = 0; i < ARRAY_LEN(widest); i++) {
        struct user user = draft("");
        struct user found;
        struct err err = ERR_INIT;
        int64_t id;

        fill(user.username, sizeof(user.username), widest[i], 150);
        fill(user.first_name, sizeof(user.first_name), widest[i], 150);
        fill(user.last_name, sizeof(user.last_name), widest[i], 150);
        fill(user.email, sizeof(user.email), "e", 320);
        assert_int_equal(user_create(w->db, NULL, &user, NULL, &id, &err), 0);
        assert_int_equal(user_find(w->db, user.username, &found, &err), 0);
        assert_int_equal(found.id, id);
        assert_string_equal(found.username, user.username);
        assert_string_equal(found.last_name, user.last_name);
        assert_string_equal(found.email, user.email);
    }
}

static void a_username_is_one_regardless_of_case(void **state)
{
    static const struct {
        const char *made;
        const char *same;
    } names[] = {
        {"kim", "KIM"},
        {"j\xc3\xb6rg", "J\xc3\x96RG"},
        {"j\xc3\xb6rn", "jo\xcc\x88rn"}, /* o and a combining diaeresis */
        {"Stra\xc3\x9f"
         "e",
         "STRASSE"},
        {"\xce\xa3\xce\xaf\xcf\x83\xcf\x85\xcf\x86\xce\xbf\xcf\x82",
         "\xcf\x83\xce\xaf\xcf\x83\xcf\x85\xcf\x86\xce\xbf\xcf\x83"},
        {"lea", "\xef\xbc\xac\xef\xbc\xa5\xef\xbc\xa1"}, /* full width */
    };
    struct world *w = *state;

    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        int64_t id = made(w, names[i].made);
        int64_t before = rows(w, "user");
        struct user user = draft(names[i].same);
        struct err err = ERR_INIT;
        int64_t other;

        assert_int_equal(user_create(w->db, NULL, &user, NULL, &other, &err),
                         -1);
        assert_int_equal(err.field_count, 1);
        assert_field(&err, "username");
        assert_string_equal(err.fields[0].text, "is taken");
        assert_int_equal(rows(w, "user"), before);
        err_clear(&err);
        assert_int_equal(user_find(w->db, names[i].same, &user, &err), 0);
        assert_int_equal(user.id, id);
        assert_string_equal(user.username, names[i].made);
    }
}

static void nobody_is_missing_by_any_name(void **state)
{
    struct world *w = *state;
    static char endless[4 * USERNAME_MAX];
    const char *const names[] = {"nobody", "",     "\xff", "an",
                                 "ann ",   "ann%", endless};
    struct user user;
    struct err err = ERR_INIT;

    memset(endless, 'a', sizeof(endless) - 1);
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        err_clear(&err);
        assert_int_equal(user_find(w->db, names[i], &user, &err), -1);
        assert_int_equal(err.code, ERR_MISSING);
    }
    err_clear(&err);
    assert_int_equal(user_get(w->db, 999, &user, &err), -1);
    assert_int_equal(err.code, ERR_MISSING);
}

static void ticket_of(struct world *w, const struct logins *logins)
{
    struct actor actor = {.user = logins->user, .session = logins->session};
    struct err err = ERR_INIT;
    char secret[SECRET_TEXT_MAX];
    int64_t expires;

    assert_int_equal(ticket_create(w->db, &actor, secret, &expires, &err), 0);
}

static void a_new_password_ends_the_users_logins(void **state)
{
    struct world *w = *state;
    struct logins kim = logged_in(w, "kim");
    struct logins lea = logged_in(w, "lea");
    struct user user;
    struct err err = ERR_INIT;

    ticket_of(w, &kim);
    ticket_of(w, &lea);
    expect_controls(w, "%s", "");
    assert_int_equal(live_logins(w, &kim), 2);
    assert_int_equal(
        user_set_password(w->db, NULL, kim.user, "new", "KIM", &err), 0);
    assert_int_equal(live_logins(w, &kim), 0);
    assert_int_equal(live_logins(w, &lea), 2);
    assert_int_equal(rows(w, "ticket"), 1);
    assert_int_equal(rows(w, "session"), 1);
    assert_int_equal(rows(w, "token"), 1);
    expect_controls(w, "password %" PRId64 " 0; ", kim.user);
    assert_int_equal(user_get(w->db, kim.user, &user, &err), 0);
    assert_string_equal(user.password, "new");
    assert_true(user.password_is_default);
    assert_int_equal(
        user_set_password(w->db, NULL, kim.user, "x", "kim2", &err), 0);
    assert_int_equal(user_get(w->db, kim.user, &user, &err), 0);
    assert_false(user.password_is_default);
    expect_controls(w, "password %" PRId64 " 0; ", kim.user);
}

static void a_rehash_ends_nothing(void **state)
{
    struct world *w = *state;
    struct logins kim = logged_in(w, "kim");
    struct user user;
    struct err err = ERR_INIT;

    change(w, "UPDATE \"user\" SET password_is_default = 1 WHERE id = %" PRId64,
           kim.user);
    assert_int_equal(user_rehash(w->db, kim.user, "new", &err), 0);
    assert_int_equal(live_logins(w, &kim), 2);
    expect_controls(w, "%s", "");
    assert_int_equal(user_get(w->db, kim.user, &user, &err), 0);
    assert_string_equal(user.password, "new");
    assert_true(user.password_is_default);
}

static void nobodys_password_or_rights_are_not_set(void **state)
{
    struct world *w = *state;
    struct user nobody = {.id = 999, .is_staff = true};
    struct err err = ERR_INIT;

    assert_int_equal(user_set_password(w->db, NULL, 999, "new", NULL, &err),
                     -1);
    assert_int_equal(err.code, ERR_MISSING);
    err_clear(&err);
    assert_int_equal(set_rights(w, &nobody, &err), -1);
    assert_int_equal(err.code, ERR_MISSING);
    expect_controls(w, "%s", "");
}

static void a_change_of_rights_is_told_by_its_kind(void **state)
{
    /* Each over the one before. */
    static const struct {
        bool is_active, is_staff, is_superuser, add, change, del;
        const char *kind; /* NULL: nothing has changed */
        int live;
    } steps[] = {
        {true, false, false, true, false, false, NULL, 2},
        {true, true, false, true, false, false, "rights", 2},
        {true, true, false, true, false, false, NULL, 2},
        {true, true, true, true, false, false, "rights", 2},
        {true, true, true, false, false, false, "rights", 2},
        {true, true, true, false, true, false, "rights", 2},
        {true, true, true, false, true, true, "rights", 2},
        {false, true, true, false, true, true, "active", 0},
        {false, true, true, true, true, true, "rights", 0},
        {true, false, true, true, true, true, "active", 0},
        {true, false, true, true, true, true, NULL, 0},
    };
    struct world *w = *state;
    struct logins kim = logged_in(w, "kim");
    struct logins lea = logged_in(w, "lea");

    /* So that kim is not the last superuser. */
    change(w, "UPDATE \"user\" SET is_superuser = 1 WHERE id = %" PRId64,
           lea.user);
    ticket_of(w, &kim);
    expect_controls(w, "%s", "");
    for (size_t i = 0; i < ARRAY_LEN(steps); i++) {
        struct user user;
        struct user found;
        struct err err = ERR_INIT;

        assert_int_equal(user_get(w->db, kim.user, &user, &err), 0);
        user.is_active = steps[i].is_active;
        user.is_staff = steps[i].is_staff;
        user.is_superuser = steps[i].is_superuser;
        user.may_add = steps[i].add;
        user.may_change = steps[i].change;
        user.may_delete = steps[i].del;
        assert_int_equal(set_rights(w, &user, &err), 0);
        if (steps[i].kind)
            expect_controls(w, "%s %" PRId64 " 0; ", steps[i].kind, kim.user);
        else
            expect_controls(w, "%s", "");
        assert_int_equal(live_logins(w, &kim), steps[i].live);
        assert_int_equal(live_logins(w, &lea), 2);
        assert_int_equal(user_get(w->db, kim.user, &found, &err), 0);
        assert_memory_equal(&found, &user, sizeof(user));
    }
    assert_int_equal(rows(w, "ticket"), 0);
}

static void the_last_active_superuser_stays(void **state)
{
    struct world *w = *state;
    int64_t ids[] = {made(w, "kim"), made(w, "lea"), made(w, "off")};
    struct user user;
    struct err err = ERR_INIT;

    change(w,
           "UPDATE \"user\" SET is_superuser = 1, is_active = CASE id WHEN "
           "%" PRId64 " THEN 0 ELSE 1 END WHERE id >= %" PRId64,
           ids[2], ids[0]);
    expect_controls(w, "%s", "");
    assert_int_equal(user_get(w->db, ids[0], &user, &err), 0);
    user.is_superuser = false;
    assert_int_equal(set_rights(w, &user, &err), 0);
    expect_controls(w, "rights %" PRId64 " 0; ", ids[0]);
    for (int way = 0; way < 2; way++) {
        assert_int_equal(user_get(w->db, ids[1], &user, &err), 0);
        user.is_superuser = way == 0;
        user.is_active = way == 1;
        assert_int_equal(set_rights(w, &user, &err), -1);
        assert_int_equal(err.code, ERR_CONFLICT);
        err_clear(&err);
        assert_int_equal(user_get(w->db, ids[1], &user, &err), 0);
        assert_true(user.is_superuser && user.is_active);
        expect_controls(w, "%s", "");
    }
}

static void what_was_done_to_a_user_is_audited(void **state)
{
    struct world *w = *state;
    struct user_draft draft = {.has = 0};
    struct user user;
    struct err err = ERR_INIT;
    int64_t id = made(w, "kim");

    w->ann.is_superuser = true;
    assert_int_equal(rows(w, "audit"), 1);
    assert_int_equal(world_int(w, "SELECT count(*) FROM audit WHERE actor IS "
                                  "NULL AND address = 'command' AND action = "
                                  "'user.create' AND detail = "
                                  "'{\"username\":[null,\"kim\"],"
                                  "\"is_active\":[false,true],"
                                  "\"may_add\":[false,true]}'"),
                     1);
    assert_int_equal(user_draft_set_text(&draft, USER_WRITE_OWN, "email",
                                         "k@x.example", 11, &err),
                     0);
    for (int i = 0; i < 2; i++) /* the second changes nothing */
        assert_int_equal(user_change(w->db, &w->ann, id, &draft, &user, &err),
                         0);
    assert_string_equal(user.email, "k@x.example");
    assert_int_equal(rows(w, "audit"), 2);
    assert_int_equal(
        world_int(w, "SELECT count(*) FROM audit WHERE actor = 1 AND action = "
                     "'user.change' AND address = '127.0.0.1' AND "
                     "detail = '{\"email\":[\"\",\"k@x.example\"]}'"),
        1);
    assert_int_equal(
        user_set_password(w->db, &w->ann, id, "hash-of-it", "typed-it", &err),
        0);
    assert_int_equal(world_int(w, "SELECT count(*) FROM audit WHERE action = "
                                  "'password.set' AND detail = '{}'"),
                     1);
    assert_not_stored(w, "typed-it");
}

static void a_draft_takes_what_its_writer_may_set(void **state)
{
    static const struct {
        unsigned may;
        const char *name;
        const char *text;
        const char *why; /* NULL: taken */
    } cases[] = {
        {USER_WRITE, "is_staff", "true", NULL},
        {USER_WRITE, "is_staff", "1", "must be true or false"},
        {USER_WRITE_OWN, "is_staff", "true", "you may not set this"},
        {USER_WRITE_OWN, "first_name", "K", NULL},
        {USER_WRITE | USER_WRITE_OWN, "username", "kim",
         "can't be changed here"},
        {USER_WRITE | USER_WRITE_OWN, "id", "1", "read-only"},
        {USER_WRITE | USER_WRITE_OWN, "isstaff", "1", "unknown field"},
        {USER_WRITE, "max_quantity", "10.5", NULL},
        {USER_WRITE, "max_quantity", "", NULL},
        {USER_WRITE, "max_notional", "0", "must be greater than 0"},
        {USER_WRITE, "max_notional", "much", "must be a number"},
        {USER_WRITE_OWN, "max_notional", "1", "you may not set this"},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct user_draft draft = {.has = 0};
        struct err err = ERR_INIT;
        int rc =
            user_draft_set_text(&draft, cases[i].may, cases[i].name,
                                cases[i].text, strlen(cases[i].text), &err);

        assert_int_equal(rc, cases[i].why ? -1 : 0);
        assert_int_equal(draft.has != 0, !cases[i].why);
        if (cases[i].why)
            assert_string_equal(err.fields[0].text, cases[i].why);
    }
}

static void a_limit_is_set_and_lifted_and_told(void **state)
{
    struct world *w = *state;
    struct logins kim = logged_in(w, "kim");
    struct user_draft draft = {.has = 0};
    struct user user;
    struct err err = ERR_INIT;

    assert_int_equal(
        user_draft_set_number(&draft, USER_WRITE, "max_quantity", 12.5, &err),
        0);
    assert_int_equal(user_change(w->db, NULL, kim.user, &draft, &user, &err),
                     0);
    assert_int_equal(user.limits.max_quantity, 1250000000);
    draft = (struct user_draft){.has = 0};
    assert_int_equal(
        user_draft_set_null(&draft, USER_WRITE, "max_quantity", &err), 0);
    assert_int_equal(user_change(w->db, NULL, kim.user, &draft, &user, &err),
                     0);
    assert_int_equal(
        world_int(w, "SELECT count(*) FROM \"user\" WHERE username = 'kim' "
                     "AND max_quantity IS NULL AND max_notional IS NULL"),
        1);
    assert_int_equal(world_int(w, "SELECT count(*) FROM audit WHERE detail IN "
                                  "('{\"max_quantity\":[null,\"12.5\"]}', "
                                  "'{\"max_quantity\":[\"12.5\",null]}')"),
                     2);
    /* What a socket shows is the same. */
    expect_controls(w, "%s", "");
    assert_int_equal(user_draft_set_null(&draft, USER_WRITE, "is_staff", &err),
                     -1);
    assert_string_equal(err.fields[0].text, "must be true or false");
}

static void a_login_is_recorded(void **state)
{
    struct world *w = *state;
    int64_t id = made(w, "kim");
    struct user user;
    struct err err = ERR_INIT;

    later(w, 100);
    assert_int_equal(user_record_login(w->db, id, &err), 0);
    assert_int_equal(user_get(w->db, id, &user, &err), 0);
    assert_int_equal(user.last_login_us, db_time_us(w->db));
    assert_true(user.date_joined_us < user.last_login_us);
}

/* What a daemon asks before it listens to the world. */
static void default_passwords_count_where_they_open_all(void **state)
{
    static const struct {
        const char *name;
        bool is_active, is_superuser, is_default, counts;
    } users[] = {
        {"u1", true, true, true, true},     {"u2", true, true, false, false},
        {"u3", true, false, true, false},   {"u4", false, true, true, false},
        {"u5", false, false, false, false}, {"u6", true, true, true, true},
    };
    struct world *w = *state;
    int64_t wanted = 0;
    int64_t before;
    int64_t all;
    int64_t with_default;
    struct err err = ERR_INIT;

    assert_int_equal(user_count(w->db, &before, &with_default, &err), 0);
    assert_int_equal(before, rows(w, "user"));
    assert_int_equal(with_default, 0);
    for (size_t i = 0; i < ARRAY_LEN(users); i++) {
        struct user user = draft(users[i].name);
        int64_t id;

        user.is_active = users[i].is_active;
        user.is_superuser = users[i].is_superuser;
        assert_int_equal(user_create(w->db, NULL, &user,
                                     users[i].is_default ? user.username : "no",
                                     &id, &err),
                         0);
        wanted += users[i].counts;
        assert_int_equal(user_count(w->db, &all, &with_default, &err), 0);
        assert_int_equal(all, before + (int64_t)i + 1);
        assert_int_equal(with_default, wanted);
    }
}

/* Whatever the route: the rule stands in the model. */
static void only_superusers_change_others(void **state)
{
    struct world *w = *state;
    struct user_draft right = {.has = 0};
    struct user_draft email = {.has = 0};
    struct user user;
    int64_t id;
    const struct {
        const struct actor *actor;
        int64_t user;
        enum err_code right, email, password;
    } cases[] = {
        {&w->ann, 2, ERR_FORBIDDEN, ERR_FORBIDDEN, ERR_FORBIDDEN},
        {&w->sue, 2, ERR_FORBIDDEN, ERR_FORBIDDEN, ERR_FORBIDDEN},
        {&w->ann, 1, ERR_INVALID, ERR_NONE, ERR_NONE},
        {NULL, 2, ERR_NONE, ERR_NONE, ERR_NONE},
    };
    struct err err = ERR_INIT;

    user_draft_set_bool(&right, USER_WRITE, "is_staff", true, &err);
    user_draft_set_text(&email, USER_WRITE_OWN, "email", "x@y", 3, &err);
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        err_clear(&err);
        user_change(w->db, cases[i].actor, cases[i].user, &right, &user, &err);
        assert_int_equal(err.code, cases[i].right);
        err_clear(&err);
        user_change(w->db, cases[i].actor, cases[i].user, &email, &user, &err);
        assert_int_equal(err.code, cases[i].email);
        err_clear(&err);
        user_set_password(w->db, cases[i].actor, cases[i].user, "!", NULL,
                          &err);
        assert_int_equal(err.code, cases[i].password);
    }
    user = draft("fresh");
    err_clear(&err);
    assert_int_equal(user_create(w->db, &w->sue, &user, NULL, &id, &err), -1);
    assert_int_equal(err.code, ERR_FORBIDDEN);
}

SUITE(user)
{
    const struct CMUnitTest tests[] = {
        WORLD_TEST(all_of_a_draft_is_kept),
        WORLD_TEST(create_refuses_a_bad_field),
        WORLD_TEST(every_field_at_fault_is_named),
        WORLD_TEST(limits_count_characters),
        WORLD_TEST(a_username_is_one_regardless_of_case),
        WORLD_TEST(nobody_is_missing_by_any_name),
        WORLD_TEST(a_new_password_ends_the_users_logins),
        WORLD_TEST(a_rehash_ends_nothing),
        WORLD_TEST(nobodys_password_or_rights_are_not_set),
        WORLD_TEST(a_change_of_rights_is_told_by_its_kind),
        WORLD_TEST(only_superusers_change_others),
        WORLD_TEST(the_last_active_superuser_stays),
        WORLD_TEST(what_was_done_to_a_user_is_audited),
        cmocka_unit_test(a_draft_takes_what_its_writer_may_set),
        WORLD_TEST(a_limit_is_set_and_lifted_and_told),
        WORLD_TEST(a_login_is_recorded),
        WORLD_TEST(default_passwords_count_where_they_open_all),
    };

    return cmocka_run_group_tests_name("user", tests, NULL, NULL);
}
