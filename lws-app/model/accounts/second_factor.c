#include "model/accounts/second_factor.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/secret.h"
#include "model/accounts/audit.h"
#include "model/accounts/confirm.h"
#include "model/accounts/recovery_code.h"
#include "model/accounts/session.h"
#include "model/accounts/user.h"
#include "model/log/control.h"

#include <openssl/crypto.h>
#include <string.h>

#include "base/banned.h"

#define WAIT_MAX_S 3600

bool second_factor_is_required(const struct actor *actor, bool staff_must)
{
    return actor->second_factor_required || (staff_must && actor->is_of_staff);
}

bool second_factor_is_due(const struct actor *actor, bool staff_must)
{
    return !actor->has_second_factor &&
           second_factor_is_required(actor, staff_must);
}

int second_factor_check(const struct actor *actor, bool staff_must,
                        struct err *err)
{
    if (!second_factor_is_due(actor, staff_must))
        return 0;
    return err_set(err, ERR_SETUP,
                   "this account must have a second factor: set it up first");
}

/* What is stored */

struct stored {
    uint8_t secret[TOTP_SECRET];
    int64_t last_step;
    int64_t failures;
    int64_t failed_us;
    bool counts; /* else it is being set up */
};

/* 1; 0: there is none; -1. */
static int read_stored(struct db *db, int64_t user, struct stored *stored,
                       struct err *err)
{
    struct db_stmt *stmt = NULL;
    const void *secret;
    size_t len;
    int rc;

    if (db_prepare(db,
                   "SELECT f.secret, f.last_step, f.failures, f.failed, "
                   "u.second_factor IS NOT NULL FROM \"user\" u "
                   "LEFT JOIN second_factor f ON f.\"user\" = u.id "
                   "WHERE u.id = ?1",
                   &stmt, err) < 0)
        return -1;
    db_bind_int(stmt, 1, user);
    rc = db_step(stmt, err);
    if (rc == 1) {
        secret = db_blob(stmt, 0, &len);
        stored->last_step = db_int(stmt, 1);
        stored->failures = db_int(stmt, 2);
        stored->failed_us = db_int(stmt, 3);
        stored->counts = db_int(stmt, 4) != 0;
        if (secret && len == TOTP_SECRET)
            memcpy(stored->secret, secret, TOTP_SECRET);
        else if (stored->counts) /* then nobody gets in without it */
            rc = err_set(err, ERR_STORE, "a second factor without its secret");
        else
            rc = 0;
    }
    db_done(&stmt);
    return rc;
}

static int take_step(struct db *db, int64_t user, int64_t step, struct err *err)
{
    struct db_stmt *stmt = NULL;

    if (db_prepare(db,
                   "UPDATE second_factor SET last_step = ?2, failures = 0, "
                   "failed = 0 WHERE \"user\" = ?1",
                   &stmt, err) < 0)
        return -1;
    db_bind_int(stmt, 1, user);
    db_bind_int(stmt, 2, step);
    return db_run(&stmt, err);
}

static int count_failure(struct db *db, int64_t user, struct err *err)
{
    struct db_stmt *stmt = NULL;

    if (db_prepare(db,
                   "UPDATE second_factor SET failures = failures + 1, "
                   "failed = ?2 WHERE \"user\" = ?1",
                   &stmt, err) < 0)
        return -1;
    db_bind_int(stmt, 1, user);
    db_bind_int(stmt, 2, db_time_us(db));
    return db_run(&stmt, err);
}

static int set_since(struct db *db, int64_t user, int64_t since_us,
                     struct err *err)
{
    struct db_stmt *stmt = NULL;

    if (db_prepare(db,
                   "UPDATE \"user\" SET second_factor = nullif(?2, 0) "
                   "WHERE id = ?1",
                   &stmt, err) < 0)
        return -1;
    db_bind_int(stmt, 1, user);
    db_bind_int(stmt, 2, since_us);
    return db_run(&stmt, err);
}

static int delete_stored(struct db *db, int64_t user, struct err *err)
{
    struct db_stmt *stmt = NULL;

    if (db_prepare(db, "DELETE FROM second_factor WHERE \"user\" = ?1", &stmt,
                   err) < 0)
        return -1;
    db_bind_int(stmt, 1, user);
    return db_run(&stmt, err);
}

/* After wrong codes */

static int check_wait(struct db *db, const struct stored *stored,
                      const struct second_factor_limits *limits,
                      struct err *err)
{
    int64_t now = db_time_us(db);
    int64_t wait_s = limits->wait_s;
    int64_t most = wait_s > WAIT_MAX_S ? wait_s : WAIT_MAX_S;
    int64_t left_us;

    if (stored->failures < limits->failures)
        return 0;
    for (int64_t more = stored->failures / limits->failures;
         more > 1 && wait_s < most; more--)
        wait_s *= 2;
    if (wait_s > most)
        wait_s = most;
    left_us = stored->failed_us + wait_s * CLOCK_S - now;
    if (left_us <= 0)
        return 0;
    if (left_us > wait_s * CLOCK_S) /* the clock was set back since */
        left_us = wait_s * CLOCK_S;
    err_set(err, ERR_THROTTLED, "too many wrong codes: wait%s",
            stored->counts ? ", or use a recovery code" : "");
    err->retry_after_s = (int)((left_us + CLOCK_S - 1) / CLOCK_S);
    return -1;
}

/* Setting it up */

int second_factor_begin(struct db *db, const struct actor *actor,
                        uint8_t secret[TOTP_SECRET], struct err *err)
{
    struct db_stmt *stmt = NULL;
    struct user now;

    if (confirm_check(actor, err) < 0 ||
        user_get(db, actor->user, &now, err) < 0)
        return -1;
    if (now.second_factor_us)
        return err_set(err, ERR_CONFLICT, "there is a second factor already");
    if (secret_random(secret, TOTP_SECRET, err) < 0 ||
        db_prepare(db,
                   "INSERT INTO second_factor (\"user\", secret, last_step, "
                   "failures, failed) VALUES (?1, ?2, -1, 0, 0) "
                   "ON CONFLICT (\"user\") DO UPDATE SET "
                   "secret = excluded.secret, last_step = -1, failures = 0, "
                   "failed = 0",
                   &stmt, err) < 0)
        return -1;
    db_bind_int(stmt, 1, actor->user);
    db_bind_blob(stmt, 2, secret, TOTP_SECRET);
    return db_run(&stmt, err);
}

/* The digits of what was typed or pasted: 0: it is no code at all. */
static size_t read_digits(const char *code, char digits[RECOVERY_DIGITS + 1])
{
    size_t len = 0;

    for (; *code; code++) {
        if (*code == ' ' || *code == '-' || *code == '\t')
            continue;
        if (*code < '0' || *code > '9' || len == RECOVERY_DIGITS)
            return 0;
        digits[len++] = *code;
    }
    digits[len] = '\0';
    return len;
}

/* The step whose code this is, if it was not taken yet; -1. */
static int64_t fits(struct db *db, const struct stored *stored,
                    const char *digits, size_t len)
{
    if (len != TOTP_DIGITS)
        return -1;
    return totp_match(stored->secret, TOTP_SECRET, totp_step(db_time_us(db)),
                      stored->last_step, digits);
}

static int turn_on(struct db *db, const struct actor *actor, int64_t step,
                   struct recovery_codes *codes, struct err *err)
{
    if (take_step(db, actor->user, step, err) < 0 ||
        set_since(db, actor->user, db_time_us(db), err) < 0 ||
        recovery_codes_make(db, actor->user, codes, err) < 0 ||
        session_end_all(db, actor, actor->user, actor->session, err) < 0)
        return -1;
    return audit_append(db, actor, AUDIT_FACTOR_ADD, actor->user, NULL, err);
}

int second_factor_confirm(struct db *db, const struct actor *actor,
                          const char *code,
                          const struct second_factor_limits *limits,
                          bool *is_right, struct recovery_codes *codes,
                          struct err *err)
{
    char digits[RECOVERY_DIGITS + 1];
    size_t len = read_digits(code, digits);
    struct stored stored;
    int64_t step;
    int rc = read_stored(db, actor->user, &stored, err);

    if (rc == 0)
        return err_set(err, ERR_CONFLICT,
                       "no second factor is being set up: begin with that");
    if (rc < 0)
        return -1;
    step = fits(db, &stored, digits, len);
    OPENSSL_cleanse(stored.secret, sizeof(stored.secret));
    if (stored.counts)
        return err_set(err, ERR_CONFLICT, "there is a second factor already");
    /* Else somebody else in the same session could guess it. */
    if (check_wait(db, &stored, limits, err) < 0)
        return -1;
    *is_right = step >= 0;
    return *is_right ? turn_on(db, actor, step, codes, err)
                     : count_failure(db, actor->user, err);
}

int second_factor_new_codes(struct db *db, const struct actor *actor,
                            struct recovery_codes *codes, struct err *err)
{
    struct user user;

    if (user_get(db, actor->user, &user, err) < 0)
        return -1;
    if (!user.second_factor_us)
        return err_set(err, ERR_CONFLICT, "there is no second factor");
    if (recovery_codes_make(db, actor->user, codes, err) < 0)
        return -1;
    return audit_append(db, actor, AUDIT_FACTOR_CODES, actor->user, NULL, err);
}

/* Taking it away */

static int take_away(struct db *db, const struct actor *actor, int64_t user,
                     const char *action, struct err *err)
{
    /* Where it is demanded, sockets have to go as well. */
    struct control control = {.user = user, .kind = CONTROL_RIGHTS};

    if (delete_stored(db, user, err) < 0 || set_since(db, user, 0, err) < 0 ||
        recovery_codes_end(db, user, err) < 0 ||
        control_append(db, &control, err) < 0)
        return -1;
    return audit_append(db, actor, action, user, NULL, err);
}

int second_factor_remove(struct db *db, const struct actor *actor,
                         struct err *err)
{
    struct user user;

    if (user_get(db, actor->user, &user, err) < 0)
        return -1;
    if (!user.second_factor_us)
        return err_set(err, ERR_CONFLICT, "there is no second factor");
    return take_away(db, actor, actor->user, AUDIT_FACTOR_REMOVE, err);
}

int second_factor_reset(struct db *db, const struct actor *actor, int64_t id,
                        struct err *err)
{
    struct user user;

    if (user_check_right(actor, id, err) < 0 || confirm_check(actor, err) < 0)
        return -1;
    if (actor && actor->user == id)
        return err_set(err, ERR_FORBIDDEN,
                       "turn off your own with your password and a code");
    if (user_get(db, id, &user, err) < 0)
        return -1;
    if (!user.second_factor_us)
        return err_set(err, ERR_MISSING, "this user has no second factor");
    if (take_away(db, actor, id, AUDIT_FACTOR_RESET, err) < 0)
        return -1;
    return session_end_all(db, actor, id, 0, err);
}

/* Trying a code */

static int try_recovery(struct db *db, const struct actor *actor,
                        const char *digits, bool *is_right, struct err *err)
{
    struct buf detail;
    int left = 0;
    int rc;

    if (recovery_code_use(db, actor->user, digits, is_right, err) < 0)
        return -1;
    if (!*is_right)
        return 0;
    if (recovery_codes_left(db, actor->user, &left, err) < 0)
        return -1;
    buf_init(&detail, AUDIT_DETAIL_MAX);
    json_open(&detail);
    audit_put_int(&detail, "recovery_codes", left + 1, left);
    json_close(&detail);
    rc = audit_append(db, actor, AUDIT_FACTOR_RECOVER, actor->user, &detail,
                      err);
    buf_release(&detail);
    return rc;
}

static int try_stored(struct db *db, const struct actor *actor,
                      const struct stored *stored, const char *code,
                      const struct second_factor_limits *limits, bool *is_right,
                      struct err *err)
{
    char digits[RECOVERY_DIGITS + 1];
    size_t len = read_digits(code, digits);
    int64_t step = stored->last_step;

    *is_right = false;
    if (len == RECOVERY_DIGITS) {
        if (try_recovery(db, actor, digits, is_right, err) < 0)
            return -1;
    } else {
        if (check_wait(db, stored, limits, err) < 0)
            return -1;
        step = fits(db, stored, digits, len);
        *is_right = step >= 0;
    }
    return *is_right ? take_step(db, actor->user, step, err)
                     : count_failure(db, actor->user, err);
}

int second_factor_try(struct db *db, const struct actor *actor,
                      const char *code,
                      const struct second_factor_limits *limits,
                      enum second_factor_answer *answer, struct err *err)
{
    struct stored stored;
    bool is_right;
    int rc = read_stored(db, actor->user, &stored, err);

    if (rc < 0)
        return -1;
    if (rc == 0 || !stored.counts) {
        *answer = SECOND_FACTOR_NONE;
        return 0;
    }
    if (!code || !*code) {
        *answer = SECOND_FACTOR_MISSING;
        return 0;
    }
    rc = try_stored(db, actor, &stored, code, limits, &is_right, err);
    OPENSSL_cleanse(stored.secret, sizeof(stored.secret));
    *answer = is_right ? SECOND_FACTOR_RIGHT : SECOND_FACTOR_WRONG;
    return rc;
}
