#include "accounts.h"
#include "model/accounts/pending_login.h"
#include "model/accounts/second_factor.h"
#include "model/accounts/session.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/banned.h"

static const struct second_factor_limits limits = {.failures = 3,
                                                   .wait_s = 300};

struct owner {
    struct logins logins;
    struct actor actor;
    uint8_t secret[TOTP_SECRET];
    struct recovery_codes codes;
};

/* Of so many steps from now. */
static const char *code_at(const struct world *w, const struct owner *owner,
                           int64_t offset)
{
    static char code[TOTP_DIGITS + 1];

    totp_code(owner->secret, TOTP_SECRET, totp_step(db_time_us(w->db)) + offset,
              code);
    return code;
}

/* Of none of the steps near now. */
static const char *wrong_code(const struct world *w, const struct owner *owner)
{
    static char code[TOTP_DIGITS + 1];
    bool is_near;

    for (char digit = '0';; digit++) {
        memset(code, digit, TOTP_DIGITS);
        is_near = false;
        for (int64_t offset = -1; offset <= 1; offset++)
            is_near |= !strcmp(code, code_at(w, owner, offset));
        if (!is_near)
            return code;
    }
}

static struct owner begun(struct world *w, const char *username)
{
    struct owner owner = {.logins = logged_in(w, username)};
    struct err err = ERR_INIT;

    assert_int_equal(
        session_reread(w->db, owner.logins.session, 0, &owner.actor, &err), 0);
    owner.actor.is_confirmed = true;
    assert_int_equal(
        second_factor_begin(w->db, &owner.actor, owner.secret, &err), 0);
    return owner;
}

static enum err_code confirmed(struct world *w, struct owner *owner,
                               const char *code)
{
    struct err err = ERR_INIT;
    bool is_right = false;

    if (second_factor_confirm(w->db, &owner->actor, code, &limits, &is_right,
                              &owner->codes, &err) == 0 &&
        !is_right)
        return ERR_INVALID;
    return err.code;
}

static struct owner enrolled(struct world *w, const char *username)
{
    struct owner owner = begun(w, username);

    assert_int_equal(confirmed(w, &owner, code_at(w, &owner, 0)), ERR_NONE);
    return owner;
}

static enum second_factor_answer try(struct world *w, const struct owner *owner,
                                     const char *code)
{
    enum second_factor_answer answer;
    struct err err = ERR_INIT;

    assert_int_equal(
        second_factor_try(w->db, &owner->actor, code, &limits, &answer, &err),
        0);
    return answer;
}

/* How long it has to wait; 0: it may try. */
static int wait_s(struct world *w, const struct owner *owner)
{
    enum second_factor_answer answer;
    struct err err = ERR_INIT;

    if (second_factor_try(w->db, &owner->actor, wrong_code(w, owner), &limits,
                          &answer, &err) == 0) {
        assert_int_equal(answer, SECOND_FACTOR_WRONG);
        return 0;
    }
    assert_int_equal(err.code, ERR_THROTTLED);
    return err.retry_after_s;
}

static void it_counts_once_a_code_of_it_came(void **state)
{
    struct world *w = *state;
    struct owner kim = begun(w, "kim");
    struct err err = ERR_INIT;

    assert_int_equal(try(w, &kim, NULL), SECOND_FACTOR_NONE);
    assert_int_equal(confirmed(w, &kim, wrong_code(w, &kim)), ERR_INVALID);
    assert_int_equal(confirmed(w, &kim, code_at(w, &kim, 2)), ERR_INVALID);
    assert_int_equal(confirmed(w, &kim, ""), ERR_INVALID);
    /* Begun again, the first secret is none. */
    {
        struct owner first = kim;

        assert_int_equal(
            second_factor_begin(w->db, &kim.actor, kim.secret, &err), 0);
        assert_int_equal(confirmed(w, &first, code_at(w, &first, 0)),
                         ERR_INVALID);
    }
    assert_int_equal(confirmed(w, &kim, code_at(w, &kim, -1)), ERR_NONE);
    assert_int_equal(try(w, &kim, NULL), SECOND_FACTOR_MISSING);
    assert_int_equal(try(w, &kim, ""), SECOND_FACTOR_MISSING);
    assert_int_equal(try(w, &kim, code_at(w, &kim, -1)), SECOND_FACTOR_WRONG);
    assert_int_equal(try(w, &kim, code_at(w, &kim, 0)), SECOND_FACTOR_RIGHT);
    assert_int_equal(confirmed(w, &kim, code_at(w, &kim, 1)), ERR_CONFLICT);
    assert_int_equal(second_factor_begin(w->db, &kim.actor, kim.secret, &err),
                     -1);
    assert_int_equal(err.code, ERR_CONFLICT);
}

static void it_is_begun_by_whoever_gave_the_password_lately(void **state)
{
    struct world *w = *state;
    struct owner kim = begun(w, "kim");
    struct err err = ERR_INIT;

    kim.actor.is_confirmed = false;
    assert_int_equal(second_factor_begin(w->db, &kim.actor, kim.secret, &err),
                     -1);
    assert_int_equal(err.code, ERR_CONFIRM);
}

static void whoever_is_there_too_can_guess_it_no_more_than_a_login(void **state)
{
    struct world *w = *state;
    struct owner kim = begun(w, "kim");

    for (int i = 0; i < limits.failures; i++)
        assert_int_equal(confirmed(w, &kim, wrong_code(w, &kim)), ERR_INVALID);
    assert_int_equal(confirmed(w, &kim, code_at(w, &kim, 0)), ERR_THROTTLED);
    later(w, limits.wait_s);
    assert_int_equal(confirmed(w, &kim, code_at(w, &kim, 0)), ERR_NONE);
}

static void nobody_confirms_what_was_not_begun(void **state)
{
    struct world *w = *state;
    struct owner kim = begun(w, "kim");
    struct owner lea = {.logins = logged_in(w, "lea")};

    lea.actor.user = lea.logins.user;
    memcpy(lea.secret, kim.secret, sizeof(lea.secret));
    assert_int_equal(confirmed(w, &lea, code_at(w, &kim, 0)), ERR_CONFLICT);
}

static void other_sessions_came_by_password_alone_and_end(void **state)
{
    struct world *w = *state;
    struct owner kim = begun(w, "kim");
    struct logins lea = logged_in(w, "lea");
    char secret[SECRET_TEXT_MAX];
    int64_t id;
    struct err err = ERR_INIT;

    assert_int_equal(session_create(w->db, kim.logins.user, "::1", "", HOUR_S,
                                    secret, &id, &err),
                     0);
    expect_controls(w, "%s", "");
    assert_int_equal(confirmed(w, &kim, code_at(w, &kim, 0)), ERR_NONE);
    expect_controls(w, "session_ended %" PRId64 " %" PRId64 "; ",
                    kim.logins.user, id);
    assert_false(session_is_live(w, secret));
    assert_int_equal(live_logins(w, &kim.logins), 2);
    assert_int_equal(live_logins(w, &lea), 2);
}

static void no_code_is_good_twice_nor_one_before_it(void **state)
{
    struct world *w = *state;
    struct owner kim = enrolled(w, "kim");
    char code[TOTP_DIGITS + 1];

    assert_int_equal(try(w, &kim, code_at(w, &kim, 0)), SECOND_FACTOR_WRONG);
    snprintf(code, sizeof(code), "%s", code_at(w, &kim, 1));
    assert_int_equal(try(w, &kim, code), SECOND_FACTOR_RIGHT);
    assert_int_equal(try(w, &kim, code), SECOND_FACTOR_WRONG);
    assert_int_equal(try(w, &kim, code_at(w, &kim, 0)), SECOND_FACTOR_WRONG);
    /* So too after the clock was set back. */
    later(w, -TOTP_STEP_S);
    assert_int_equal(try(w, &kim, code_at(w, &kim, 1)), SECOND_FACTOR_WRONG);
    later(w, HOUR_S);
    assert_int_equal(try(w, &kim, code_at(w, &kim, 0)), SECOND_FACTOR_RIGHT);
}

static void recovery_codes_are_good_once_and_stored_as_digests(void **state)
{
    struct world *w = *state;
    struct owner kim = enrolled(w, "kim");
    struct owner lea = enrolled(w, "lea");
    struct recovery_codes fresh;
    struct err err = ERR_INIT;
    char bare[RECOVERY_DIGITS + 1];
    int left;

    for (size_t i = 0; i < RECOVERY_CODES; i++) {
        assert_not_stored(w, kim.codes.code[i]);
        assert_int_equal(try(w, &lea, kim.codes.code[i]), SECOND_FACTOR_WRONG);
    }
    snprintf(bare, sizeof(bare), "%.4s%.4s%.4s%.4s", kim.codes.code[0],
             kim.codes.code[0] + 5, kim.codes.code[0] + 10,
             kim.codes.code[0] + 15);
    assert_not_stored(w, bare);
    assert_int_equal(try(w, &kim, bare), SECOND_FACTOR_RIGHT);
    assert_int_equal(try(w, &kim, kim.codes.code[0]), SECOND_FACTOR_WRONG);
    assert_int_equal(try(w, &kim, kim.codes.code[9]), SECOND_FACTOR_RIGHT);
    assert_int_equal(recovery_codes_left(w->db, kim.logins.user, &left, &err),
                     0);
    assert_int_equal(left, RECOVERY_CODES - 2);
    assert_int_equal(second_factor_new_codes(w->db, &kim.actor, &fresh, &err),
                     0);
    assert_int_equal(try(w, &kim, kim.codes.code[1]), SECOND_FACTOR_WRONG);
    assert_int_equal(try(w, &kim, fresh.code[1]), SECOND_FACTOR_RIGHT);
    assert_int_equal(try(w, &lea, lea.codes.code[1]), SECOND_FACTOR_RIGHT);
}

/* However somebody typed it; 287 082 and the like. */
static void what_is_no_code_is_wrong(void **state)
{
    static const char *const no_codes[] = {
        "x",
        "-",
        "12345",
        "1234567",
        "12345678901234567",
        "123 45a",
        "\xd9\xa1\xd9\xa2\xd9\xa3\xd9\xa4\xd9\xa5\xd9\xa6"};
    struct world *w = *state;
    struct owner kim = enrolled(w, "kim");
    char typed[32];

    for (size_t i = 0; i < ARRAY_LEN(no_codes); i++) {
        assert_int_equal(try(w, &kim, no_codes[i]), SECOND_FACTOR_WRONG);
        change(w, "UPDATE second_factor SET failures = 0");
    }
    snprintf(typed, sizeof(typed), " %.3s\t%s- ", code_at(w, &kim, 1),
             code_at(w, &kim, 1) + 3);
    assert_int_equal(try(w, &kim, typed), SECOND_FACTOR_RIGHT);
}

static void wrong_codes_make_it_wait_ever_longer_up_to_an_hour(void **state)
{
    static const int waits[] = {300, 600, 1200, 2400, 3600, 3600};
    struct world *w = *state;
    struct owner kim = enrolled(w, "kim");

    for (size_t i = 0; i < ARRAY_LEN(waits); i++) {
        for (int tries = 0; tries < limits.failures; tries++) {
            assert_int_equal(wait_s(w, &kim), 0);
            if (tries + 1 < limits.failures)
                later(w, i ? waits[i - 1] : 0);
        }
        assert_int_equal(wait_s(w, &kim), waits[i]);
        later(w, waits[i] - 1);
        assert_in_range(wait_s(w, &kim), 1, 1);
        later(w, 1);
    }
    assert_int_equal(try(w, &kim, code_at(w, &kim, 0)), SECOND_FACTOR_RIGHT);
    /* And all is forgotten. */
    for (int tries = 0; tries < limits.failures; tries++)
        assert_int_equal(wait_s(w, &kim), 0);
    assert_int_equal(wait_s(w, &kim), 300);
    /* A clock that was set back keeps nobody out for longer. */
    later(w, -HOUR_S);
    assert_int_equal(wait_s(w, &kim), 300);
    assert_int_equal(try(w, &kim, kim.codes.code[0]), SECOND_FACTOR_RIGHT);
    assert_int_equal(wait_s(w, &kim), 0);
}

static void it_is_due_where_it_is_demanded_and_not_there(void **state)
{
    static const struct {
        bool has, required, is_of_staff, staff_must, is_due;
    } cases[] = {
        {false, false, false, false, false}, {false, true, false, false, true},
        {true, true, true, true, false},     {false, false, true, false, false},
        {false, false, true, true, true},    {false, false, false, true, false},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct actor actor = {.has_second_factor = cases[i].has,
                              .second_factor_required = cases[i].required,
                              .is_of_staff = cases[i].is_of_staff};
        struct err err = ERR_INIT;

        assert_int_equal(second_factor_is_due(&actor, cases[i].staff_must),
                         cases[i].is_due);
        second_factor_check(&actor, cases[i].staff_must, &err);
        assert_int_equal(err.code, cases[i].is_due ? ERR_SETUP : ERR_NONE);
    }
}

static void its_removal_leaves_nothing(void **state)
{
    struct world *w = *state;
    struct owner kim = enrolled(w, "kim");
    struct owner lea = enrolled(w, "lea");
    struct err err = ERR_INIT;

    assert_int_equal(second_factor_remove(w->db, &kim.actor, &err), 0);
    assert_int_equal(try(w, &kim, NULL), SECOND_FACTOR_NONE);
    assert_int_equal(rows(w, "second_factor"), 1);
    assert_int_equal(rows(w, "recovery_code"), RECOVERY_CODES);
    assert_int_equal(live_logins(w, &kim.logins), 2);
    assert_int_equal(second_factor_remove(w->db, &kim.actor, &err), -1);
    assert_int_equal(err.code, ERR_CONFLICT);
    assert_int_equal(try(w, &lea, code_at(w, &lea, 1)), SECOND_FACTOR_RIGHT);
}

static void superusers_and_commands_reset_those_of_others(void **state)
{
    struct world *w = *state;
    struct owner kim = enrolled(w, "kim");
    struct actor late = {.user = w->sue.user, .is_superuser = true};
    struct actor root = {
        .user = w->sue.user, .is_superuser = true, .is_confirmed = true};
    const struct {
        const struct actor *actor;
        int64_t user;
        enum err_code code;
    } cases[] = {
        {&w->ann, kim.logins.user, ERR_FORBIDDEN},
        {&w->sue, kim.logins.user, ERR_FORBIDDEN},
        {&kim.actor, kim.logins.user, ERR_FORBIDDEN},
        {&late, kim.logins.user, ERR_CONFIRM},
        {&root, 9999, ERR_MISSING},
        {&root, w->ann.user, ERR_MISSING},
        {&root, kim.logins.user, ERR_NONE},
        {NULL, kim.logins.user, ERR_MISSING},
    };

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct err err = ERR_INIT;

        second_factor_reset(w->db, cases[i].actor, cases[i].user, &err);
        assert_int_equal(err.code, cases[i].code);
    }
    /* Tokens stay. */
    assert_int_equal(live_logins(w, &kim.logins), 1);
    assert_true(token_is_live(w, kim.logins.token_secret));
    assert_int_equal(try(w, &kim, NULL), SECOND_FACTOR_NONE);
}

static void without_its_secret_nobody_gets_in(void **state)
{
    struct world *w = *state;
    struct owner kim = enrolled(w, "kim");
    enum second_factor_answer answer;
    struct err err = ERR_INIT;

    change(w, "DELETE FROM second_factor");
    assert_int_equal(
        second_factor_try(w->db, &kim.actor, "123456", &limits, &answer, &err),
        -1);
    assert_int_equal(err.code, ERR_STORE);
}

static int64_t pending(struct world *w, const char *secret)
{
    struct err err = ERR_INIT;
    int64_t user = 0;

    if (pending_login_find(w->db, secret, &user, &err) < 0)
        assert_int_equal(err.code, ERR_UNAUTHENTICATED);
    return user;
}

static void a_pending_login_lasts_for_minutes_and_for_one_password(void **state)
{
    struct world *w = *state;
    int64_t kim = made(w, "kim");
    int64_t lea = made(w, "lea");
    char of_kim[SECRET_TEXT_MAX];
    char of_lea[SECRET_TEXT_MAX];
    struct err err = ERR_INIT;

    assert_int_equal(pending_login_create(w->db, kim, of_kim, &err), 0);
    assert_int_equal(pending_login_create(w->db, lea, of_lea, &err), 0);
    assert_not_stored(w, of_kim);
    assert_int_equal(pending(w, of_kim), kim);
    assert_int_equal(pending(w, of_lea), lea);
    assert_int_equal(pending(w, ""), 0);
    assert_int_equal(user_set_password(w->db, NULL, kim, "!", NULL, &err), 0);
    assert_int_equal(pending(w, of_kim), 0);
    later(w, PENDING_LOGIN_S - 1);
    assert_int_equal(pending(w, of_lea), lea);
    later(w, 1);
    assert_int_equal(pending(w, of_lea), 0);
}

SUITE(second_factor)
{
    const struct CMUnitTest tests[] = {
        WORLD_TEST(it_counts_once_a_code_of_it_came),
        WORLD_TEST(it_is_begun_by_whoever_gave_the_password_lately),
        WORLD_TEST(whoever_is_there_too_can_guess_it_no_more_than_a_login),
        WORLD_TEST(nobody_confirms_what_was_not_begun),
        WORLD_TEST(other_sessions_came_by_password_alone_and_end),
        WORLD_TEST(no_code_is_good_twice_nor_one_before_it),
        WORLD_TEST(recovery_codes_are_good_once_and_stored_as_digests),
        WORLD_TEST(what_is_no_code_is_wrong),
        WORLD_TEST(wrong_codes_make_it_wait_ever_longer_up_to_an_hour),
        cmocka_unit_test(it_is_due_where_it_is_demanded_and_not_there),
        WORLD_TEST(its_removal_leaves_nothing),
        WORLD_TEST(superusers_and_commands_reset_those_of_others),
        WORLD_TEST(without_its_secret_nobody_gets_in),
        WORLD_TEST(a_pending_login_lasts_for_minutes_and_for_one_password),
    };

    return cmocka_run_group_tests_name("second_factor", tests, NULL, NULL);
}
