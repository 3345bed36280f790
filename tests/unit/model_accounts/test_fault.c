#include "accounts.h"
#include "base/mem.h"
#include "model/accounts/audit.h"
#include "model/accounts/confirm.h"
#include "model/accounts/pending_login.h"
#include "model/accounts/refusal.h"
#include "model/accounts/scopes.h"
#include "model/accounts/second_factor.h"
#include "model/accounts/session.h"
#include "model/accounts/throttle.h"
#include "model/accounts/ticket.h"
#include "model/log/meta.h"
#include "support/database.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/banned.h"

/*
 * Whatever allocation fails, the caller hears ERR_NOMEM, and once it has gone
 * back to its savepoint nothing is left of the try.
 */
#define ANN 1
#define BOB 2
#define SECRET "secret"
#define RECOVERY "1234567890123456"

static const struct throttle_limits limits = {
    .per_account = 3, .per_address = 5, .window_s = 60};

static int try_user_create(struct world *w, struct err *err)
{
    struct user user = draft("J\xc3\xb6rg");
    int64_t id;

    return user_create(w->db, NULL, &user, NULL, &id, err);
}

static int try_user_get(struct world *w, struct err *err)
{
    struct user user;

    return user_get(w->db, ANN, &user, err);
}

static int try_user_find(struct world *w, struct err *err)
{
    struct user user;

    /* Full width. */
    return user_find(w->db, "\xef\xbc\xa1nn", &user, err);
}

static int try_set_password(struct world *w, struct err *err)
{
    return user_set_password(w->db, NULL, ANN, "new", "ANN", err);
}

static int try_rehash(struct world *w, struct err *err)
{
    return user_rehash(w->db, ANN, "new", err);
}

static int try_set_rights(struct world *w, struct err *err)
{
    struct user user = {.id = ANN, .is_staff = true};

    return set_rights(w, &user, err);
}

static int try_record_login(struct world *w, struct err *err)
{
    return user_record_login(w->db, ANN, err);
}

static int try_user_count(struct world *w, struct err *err)
{
    int64_t all;
    int64_t with_default;

    return user_count(w->db, &all, &with_default, err);
}

static int try_session_create(struct world *w, struct err *err)
{
    char secret[SECRET_TEXT_MAX];
    int64_t id;

    return session_create(w->db, ANN, "::1", "agent", 60, secret, &id, err);
}

static int try_session_find(struct world *w, struct err *err)
{
    struct actor actor;
    bool touch;

    return session_find(w->db, SECRET, &actor, &touch, err);
}

static int try_session_reread(struct world *w, struct err *err)
{
    struct actor actor;

    return session_reread(w->db, 1, 0, &actor, err);
}

static int try_session_touch(struct world *w, struct err *err)
{
    return session_touch(w->db, 1, &(struct session_limits){60, 60, 60}, err);
}

static int try_session_end(struct world *w, struct err *err)
{
    return session_end(w->db, 1, err);
}

static int try_purge(struct world *w, struct err *err)
{
    bool left;

    return session_purge(w->db, 100, &left, err);
}

static int try_token_create(struct world *w, struct err *err)
{
    const struct token_draft draft = {.user = ANN,
                                      .name = "name",
                                      .lifetime_s = 60,
                                      .scopes = SCOPE_ORDERS_READ};
    struct token token;
    char secret[SECRET_TEXT_MAX];

    return token_create(w->db, NULL, &draft, secret, &token, err);
}

static int try_token_find(struct world *w, struct err *err)
{
    struct actor actor;
    bool touch;

    return token_find(w->db, SECRET, &actor, &touch, err);
}

static int try_token_touch(struct world *w, struct err *err)
{
    return token_touch(w->db, 1, err);
}

static int try_token_list(struct world *w, struct err *err)
{
    struct token tokens[4];
    int count = token_list(w->db, ANN, tokens, 4, err);

    return count < 0 ? -1 : 0;
}

static int try_token_end(struct world *w, struct err *err)
{
    return token_end(w->db, NULL, ANN, 1, err);
}

static int try_audit(struct world *w, struct err *err)
{
    return audit_append(w->db, &w->ann, AUDIT_LOGIN, ANN, NULL, err);
}

static int try_refusal(struct world *w, struct err *err)
{
    const struct refusal refusal = {
        .kind = REFUSAL_CSRF, .minute = 1, .address = "::1", .times = 1};

    if (refusal_add(w->db, &refusal, err) < 0)
        return -1;
    return refusal_settle(w->db, 10, err) < 0 ? -1 : 0;
}

static int try_confirm(struct world *w, struct err *err)
{
    const struct actor actor = {.user = ANN, .session = 1};

    return confirm_note(w->db, &actor, err);
}

static int try_ticket_create(struct world *w, struct err *err)
{
    struct actor actor = {.user = ANN, .session = 1};
    char secret[SECRET_TEXT_MAX];
    int64_t expires;

    return ticket_create(w->db, &actor, secret, &expires, err);
}

static int try_ticket_redeem(struct world *w, struct err *err)
{
    struct actor actor;

    return ticket_redeem(w->db, SECRET, &actor, err);
}

static int try_throttle_check(struct world *w, struct err *err)
{
    return throttle_check(w->db, &limits, "::1", "J\xc3\xb6rg", err);
}

static int try_throttle_fail(struct world *w, struct err *err)
{
    return throttle_fail(w->db, &limits, "::1", "J\xc3\xb6rg", err);
}

static int try_throttle_delay(struct world *w, struct err *err)
{
    int delay_s;

    return throttle_delay(w->db, &limits, "J\xc3\xb6rg", &delay_s, err);
}

static int try_throttle_forget(struct world *w, struct err *err)
{
    return throttle_forget(w->db, "::1", "J\xc3\xb6rg", err);
}

static int try_factor_begin(struct world *w, struct err *err)
{
    uint8_t secret[TOTP_SECRET];

    return second_factor_begin(w->db, &w->ann, secret, err);
}

static int try_factor_confirm(struct world *w, struct err *err)
{
    static const uint8_t secret[TOTP_SECRET];
    static const struct second_factor_limits often = {9, 60};
    struct recovery_codes codes;
    char code[TOTP_DIGITS + 1];
    bool is_right;

    totp_code(secret, sizeof(secret), totp_step(db_time_us(w->db)), code);
    return second_factor_confirm(w->db, &w->ann, code, &often, &is_right,
                                 &codes, err);
}

/* Of Bob, by a digest that is none of his, and by one that is. */
static int try_factor(struct world *w, const char *code, struct err *err)
{
    static const struct second_factor_limits often = {9, 60};
    enum second_factor_answer answer;

    return second_factor_try(w->db, &w->bob, code, &often, &answer, err);
}

static int try_factor_wrong(struct world *w, struct err *err)
{
    return try_factor(w, "123456", err);
}

static int try_factor_recovery(struct world *w, struct err *err)
{
    return try_factor(w, RECOVERY, err);
}

static int try_factor_codes(struct world *w, struct err *err)
{
    struct recovery_codes codes;

    return second_factor_new_codes(w->db, &w->bob, &codes, err);
}

static int try_factor_reset(struct world *w, struct err *err)
{
    return second_factor_reset(w->db, NULL, BOB, err);
}

static int try_pending_create(struct world *w, struct err *err)
{
    char secret[SECRET_TEXT_MAX];

    return pending_login_create(w->db, ANN, secret, err);
}

static int try_pending_find(struct world *w, struct err *err)
{
    int64_t user;

    return pending_login_find(w->db, SECRET, &user, err);
}

static const struct {
    const char *name;
    int (*run)(struct world *w, struct err *err);
} tries[] = {
    {"user_create", try_user_create},
    {"confirm_note", try_confirm},
    {"audit_append", try_audit},
    {"refusal", try_refusal},
    {"user_get", try_user_get},
    {"user_find", try_user_find},
    {"user_set_password", try_set_password},
    {"user_rehash", try_rehash},
    {"user_set_rights", try_set_rights},
    {"user_record_login", try_record_login},
    {"user_count", try_user_count},
    {"session_create", try_session_create},
    {"session_find", try_session_find},
    {"session_reread", try_session_reread},
    {"session_touch", try_session_touch},
    {"session_end", try_session_end},
    {"session_purge", try_purge},
    {"token_create", try_token_create},
    {"token_find", try_token_find},
    {"token_touch", try_token_touch},
    {"token_list", try_token_list},
    {"token_end", try_token_end},
    {"ticket_create", try_ticket_create},
    {"ticket_redeem", try_ticket_redeem},
    {"second_factor_begin", try_factor_begin},
    {"second_factor_confirm", try_factor_confirm},
    {"second_factor_try", try_factor_wrong},
    {"recovery_code_use", try_factor_recovery},
    {"second_factor_new_codes", try_factor_codes},
    {"second_factor_reset", try_factor_reset},
    {"pending_login_create", try_pending_create},
    {"pending_login_find", try_pending_find},
    {"throttle_check", try_throttle_check},
    {"throttle_fail", try_throttle_fail},
    {"throttle_delay", try_throttle_delay},
    {"throttle_forget", try_throttle_forget},
};

static void put_digest(const char *text, char hex[2 * SECRET_DIGEST + 1])
{
    uint8_t digest[SECRET_DIGEST];

    secret_sha256(text, strlen(text), digest);
    for (size_t i = 0; i < sizeof(digest); i++)
        snprintf(hex + 2 * i, 3, "%02x", digest[i]);
}

/* Ann's logins, long unused, and something of each kind to purge. By SQL alone:
 * what the tries prepare must not be in the connection's cache yet. */
static void set_up(struct world *w)
{
    char hex[2 * SECRET_DIGEST + 1];
    char recovery[2 * SECRET_DIGEST + 1];
    int64_t now = db_time_us(w->db);

    put_digest(SECRET, hex);
    put_digest("recovery:2:" RECOVERY, recovery);
    change(w,
           "INSERT INTO session VALUES (1, x'%s', 1, '', '', 0, 0, %" PRId64
           ", 0), (2, x'00', 1, '', '', 0, 0, 1, 0);"
           "INSERT INTO token VALUES (1, x'%s', 1, '', 0, NULL, %" PRId64
           ", ''), (2, x'00', 1, '', 0, NULL, 1, '');"
           "INSERT INTO ticket VALUES (x'%s', 1, NULL, 1, %" PRId64
           "), (x'00', 1, 1, NULL, 1);"
           "INSERT INTO throttle VALUES ('old', 1, 1);"
           "INSERT INTO control VALUES (1, 1, 'rights', NULL, 1), "
           "(2, 1, 'rights', NULL, 1)",
           hex, now + CLOCK_S, hex, now + CLOCK_S, hex, now + CLOCK_S);
    /* Ann's second factor is being set up, Bob has one. */
    change(w,
           "UPDATE \"user\" SET second_factor = 1 WHERE id = 2;"
           "INSERT INTO second_factor VALUES (1, zeroblob(20), -1, 0, 0), "
           "(2, zeroblob(20), -1, 0, 0);"
           "INSERT INTO recovery_code VALUES (2, x'%s');"
           "INSERT INTO pending_login VALUES (x'%s', 1, %" PRId64 ")",
           recovery, hex, now + CLOCK_S);
}

/* All that the tries could change. */
static void dump(struct world *w, struct buf *out)
{
    static const char *const selects[] = {
        "SELECT group_concat(username || password || password_is_default || "
        "is_active || is_staff || may_add || coalesce(last_login, '-')) "
        "FROM \"user\"",
        "SELECT group_concat(id || hex(hash) || last_used || '-' || expires) "
        "FROM session",
        "SELECT group_concat(id || hex(hash) || coalesce(last_used, '-') || "
        "expires) FROM token",
        "SELECT group_concat(hex(hash) || expires) FROM ticket",
        "SELECT group_concat(key || failures || '-' || since) FROM throttle",
        "SELECT group_concat(id || kind || time) FROM control",
        "SELECT group_concat(\"user\" || hex(secret) || last_step || '-' || "
        "failures || '-' || failed) FROM second_factor",
        "SELECT group_concat(\"user\" || hex(hash)) FROM recovery_code",
        "SELECT group_concat(hex(hash) || expires) FROM pending_login",
        "SELECT group_concat(coalesce(second_factor, '-')) FROM \"user\"",
    };

    for (size_t i = 0; i < ARRAY_LEN(selects); i++) {
        struct db_stmt *stmt = NULL;
        struct err err = ERR_INIT;

        assert_int_equal(db_prepare(w->db, selects[i], &stmt, &err), 0);
        assert_int_equal(db_step(stmt, &err), 1);
        buf_printf(out, "%s\n",
                   db_is_null(stmt, 0) ? "" : db_text(stmt, 0, NULL));
        db_done(&stmt);
    }
}

/* Runs a try in a new world with its n-th allocation failing; false once it
 * had fewer. */
static bool fails_at(size_t i, unsigned n)
{
    struct db_savepoint point = DB_SAVEPOINT_NONE;
    struct err err = ERR_INIT;
    struct buf before;
    struct buf after;
    struct buf outbox;
    struct world *w;
    void *state;
    int rc;

    world_open(&state);
    w = state;
    set_up(w);
    buf_init(&before, 65536);
    buf_init(&after, 65536);
    buf_init(&outbox, 65536);
    dump(w, &before);
    assert_int_equal(db_savepoint(w->db, &point, &err), 0);
    mem_fail_after(n);
    rc = tries[i].run(w, &err);
    mem_fail_after(0);
    if ((rc < 0 && err.code != ERR_NOMEM) || (rc == 0 && err.code))
        fail_msg("%s, allocation %u: %s", tries[i].name, n, err.text);
    db_rollback(&point);
    dump(w, &after);
    assert_string_equal(buf_text(&after), buf_text(&before));
    world_commit(w, &outbox);
    assert_int_equal(outbox.len, 0);
    buf_release(&before);
    buf_release(&after);
    buf_release(&outbox);
    world_close(&state);
    return rc < 0;
}

static void no_memory_leaves_no_trace(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(tries); i++) {
        unsigned n = 1;

        while (fails_at(i, n))
            n++;
        if (n < 2)
            fail_msg("%s allocates nothing", tries[i].name);
    }
}

/* A read without memory for it is no answer, and the next one is good. */
static void a_fault_passes(void **state)
{
    struct world *w = *state;

    set_up(w);
    for (size_t i = 0; i < ARRAY_LEN(tries); i++) {
        struct db_savepoint point = DB_SAVEPOINT_NONE;
        struct err err = ERR_INIT;

        assert_int_equal(db_savepoint(w->db, &point, &err), 0);
        mem_fail_after(1);
        tries[i].run(w, &err);
        mem_fail_after(0);
        db_rollback(&point);
        err_clear(&err);
        assert_int_equal(db_savepoint(w->db, &point, &err), 0);
        if (tries[i].run(w, &err) < 0)
            fail_msg("%s: %s", tries[i].name, err.text);
        db_rollback(&point);
    }
}

SUITE(fault)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_memory_leaves_no_trace),
        WORLD_TEST(a_fault_passes),
    };

    /* It counts on the words of SQLite. */
    if (database_is_on_server())
        return 0;
    return cmocka_run_group_tests_name("fault", tests, NULL, NULL);
}
