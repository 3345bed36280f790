#include "accounts.h"
#include "model/accounts/session.h"
#include "model/accounts/ticket.h"

#include <inttypes.h>

#include "base/banned.h"

struct given {
    char secret[SECRET_TEXT_MAX];
    int64_t expires_us;
};

static struct given ticket_by(struct world *w, int64_t user, int64_t session,
                              int64_t token)
{
    struct actor actor = {.user = user, .session = session, .token = token};
    struct given given;
    struct err err = ERR_INIT;

    assert_int_equal(
        ticket_create(w->db, &actor, given.secret, &given.expires_us, &err), 0);
    return given;
}

static void assert_dead(struct world *w, const char *secret)
{
    struct actor actor;
    struct err err = ERR_INIT;

    assert_int_equal(ticket_redeem(w->db, secret, &actor, &err), -1);
    assert_int_equal(err.code, ERR_UNAUTHENTICATED);
}

static void a_ticket_stands_for_the_login_it_came_from(void **state)
{
    struct world *w = *state;
    struct logins kim = logged_in(w, "kim");
    struct logins lea = logged_in(w, "lea");
    struct given by_session = ticket_by(w, kim.user, kim.session, 0);
    struct given by_token = ticket_by(w, lea.user, 0, lea.token.id);
    struct actor actor;
    struct actor login;
    struct err err = ERR_INIT;

    /* As its user is now, not as it was. */
    change(w, "UPDATE \"user\" SET is_staff = 1 WHERE id = %" PRId64, kim.user);
    assert_int_equal(ticket_redeem(w->db, by_session.secret, &actor, &err), 0);
    assert_int_equal(session_reread(w->db, kim.session, 0, &login, &err), 0);
    assert_memory_equal(&actor, &login, sizeof(actor));
    assert_true(actor.is_staff);
    assert_int_equal(actor.user, kim.user);
    assert_int_equal(ticket_redeem(w->db, by_token.secret, &actor, &err), 0);
    assert_int_equal(session_reread(w->db, 0, lea.token.id, &login, &err), 0);
    assert_memory_equal(&actor, &login, sizeof(actor));
    assert_int_equal(actor.user, lea.user);
    assert_int_equal(rows(w, "ticket"), 0);
}

static void a_ticket_is_good_once(void **state)
{
    struct world *w = *state;
    struct logins kim = logged_in(w, "kim");
    struct given first = ticket_by(w, kim.user, kim.session, 0);
    struct given second = ticket_by(w, kim.user, kim.session, 0);
    struct actor actor;
    struct err err = ERR_INIT;

    assert_string_not_equal(first.secret, second.secret);
    assert_not_stored(w, first.secret);
    assert_int_equal(ticket_redeem(w->db, first.secret, &actor, &err), 0);
    assert_dead(w, first.secret);
    assert_int_equal(ticket_redeem(w->db, second.secret, &actor, &err), 0);
    assert_dead(w, second.secret);
    assert_dead(w, "");
    assert_dead(w, kim.session_secret);
    assert_int_equal(live_logins(w, &kim), 2);
}

static void a_ticket_is_good_for_thirty_seconds(void **state)
{
    struct world *w = *state;
    struct logins kim = logged_in(w, "kim");
    struct given just = ticket_by(w, kim.user, kim.session, 0);
    struct given late;
    struct actor actor;
    struct err err = ERR_INIT;
    int64_t now = db_time_us(w->db);

    assert_int_equal(just.expires_us, now + 30 * CLOCK_S);
    assert_int_equal(world_int(w, "SELECT expires FROM ticket"),
                     just.expires_us);
    change(w, "UPDATE ticket SET expires = %" PRId64, now + 1);
    assert_int_equal(ticket_redeem(w->db, just.secret, &actor, &err), 0);
    late = ticket_by(w, kim.user, kim.session, 0);
    change(w, "UPDATE ticket SET expires = %" PRId64, now);
    assert_dead(w, late.secret);
    late = ticket_by(w, kim.user, kim.session, 0);
    later(w, TICKET_LIFETIME_S);
    assert_dead(w, late.secret);
}

/* Every way in which a login dies. */
static void end_session(struct world *w, const struct logins *logins)
{
    struct err err = ERR_INIT;

    assert_int_equal(session_end(w->db, logins->session, &err), 0);
}

static void end_token(struct world *w, const struct logins *logins)
{
    struct err err = ERR_INIT;

    assert_int_equal(
        token_end(w->db, NULL, logins->user, logins->token.id, &err), 0);
}

static void set_password(struct world *w, const struct logins *logins)
{
    struct err err = ERR_INIT;

    assert_int_equal(
        user_set_password(w->db, NULL, logins->user, "new", NULL, &err), 0);
}

static void deactivate(struct world *w, const struct logins *logins)
{
    struct user user;
    struct err err = ERR_INIT;

    assert_int_equal(user_get(w->db, logins->user, &user, &err), 0);
    user.is_active = false;
    assert_int_equal(set_rights(w, &user, &err), 0);
}

static void expire(struct world *w, const struct logins *logins)
{
    change(w, "UPDATE session SET expires = 1 WHERE \"user\" = %" PRId64,
           logins->user);
    change(w, "UPDATE token SET expires = 1 WHERE \"user\" = %" PRId64,
           logins->user);
}

static void a_ticket_dies_with_its_login(void **state)
{
    static const struct {
        void (*end)(struct world *w, const struct logins *logins);
        bool session, token; /* which are dead then */
    } ends[] = {
        {end_session, true, false}, {end_token, false, true},
        {set_password, true, true}, {deactivate, true, true},
        {expire, true, true},
    };
    struct world *w = *state;

    for (size_t i = 0; i < ARRAY_LEN(ends); i++) {
        char name[] = "kim0";
        struct logins kim;
        struct given by_session;
        struct given by_token;
        struct actor actor;
        struct err err = ERR_INIT;

        name[3] = (char)('0' + i);
        kim = logged_in(w, name);
        by_session = ticket_by(w, kim.user, kim.session, 0);
        by_token = ticket_by(w, kim.user, 0, kim.token.id);
        ends[i].end(w, &kim);
        if (ends[i].session)
            assert_dead(w, by_session.secret);
        else
            assert_int_equal(
                ticket_redeem(w->db, by_session.secret, &actor, &err), 0);
        if (ends[i].token)
            assert_dead(w, by_token.secret);
        else
            assert_int_equal(
                ticket_redeem(w->db, by_token.secret, &actor, &err), 0);
    }
}

SUITE(ticket)
{
    const struct CMUnitTest tests[] = {
        WORLD_TEST(a_ticket_stands_for_the_login_it_came_from),
        WORLD_TEST(a_ticket_is_good_once),
        WORLD_TEST(a_ticket_is_good_for_thirty_seconds),
        WORLD_TEST(a_ticket_dies_with_its_login),
    };

    return cmocka_run_group_tests_name("ticket", tests, NULL, NULL);
}
