#include "model/accounts/recovery_code.h"
#include "base/secret.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/banned.h"

#define GROUP 4
#define RANGE UINT64_C(10000000000000000) /* of RECOVERY_DIGITS */

/* Each number as likely as any other: those past the last whole range would
 * favour the low ones. */
static int random_digits(char digits[RECOVERY_DIGITS + 1], struct err *err)
{
    const uint64_t most = UINT64_MAX / RANGE * RANGE;
    uint64_t number;

    do {
        if (secret_random(&number, sizeof(number), err) < 0)
            return -1;
    } while (number >= most);
    snprintf(digits, RECOVERY_DIGITS + 1, "%016" PRIu64, number % RANGE);
    return 0;
}

static void write_code(const char *digits, char code[RECOVERY_CODE_MAX])
{
    size_t len = 0;

    for (size_t i = 0; i < RECOVERY_DIGITS; i++) {
        if (i && i % GROUP == 0)
            code[len++] = '-';
        code[len++] = digits[i];
    }
    code[len] = '\0';
}

/* Of the user as well, so that no table made beforehand is of use. */
static void digest_of(int64_t user, const char *digits,
                      uint8_t hash[SECRET_DIGEST])
{
    char text[64];
    int len = snprintf(text, sizeof(text), "recovery:%" PRId64 ":%.*s", user,
                       RECOVERY_DIGITS, digits);

    secret_sha256(text, (size_t)len, hash);
}

static int insert(struct db *db, int64_t user, const char *digits,
                  struct err *err)
{
    struct db_stmt *stmt = NULL;
    uint8_t hash[SECRET_DIGEST];

    if (db_prepare(db,
                   "INSERT INTO recovery_code (\"user\", hash) "
                   "VALUES (?1, ?2)",
                   &stmt, err) < 0)
        return -1;
    digest_of(user, digits, hash);
    db_bind_int(stmt, 1, user);
    db_bind_blob(stmt, 2, hash, sizeof(hash));
    return db_run(&stmt, err);
}

int recovery_codes_make(struct db *db, int64_t user,
                        struct recovery_codes *codes, struct err *err)
{
    if (recovery_codes_end(db, user, err) < 0)
        return -1;
    for (size_t i = 0; i < RECOVERY_CODES; i++) {
        char digits[RECOVERY_DIGITS + 1];

        if (random_digits(digits, err) < 0 || insert(db, user, digits, err) < 0)
            return -1;
        write_code(digits, codes->code[i]);
    }
    return 0;
}

int recovery_codes_end(struct db *db, int64_t user, struct err *err)
{
    struct db_stmt *stmt = NULL;

    if (db_prepare(db, "DELETE FROM recovery_code WHERE \"user\" = ?1", &stmt,
                   err) < 0)
        return -1;
    db_bind_int(stmt, 1, user);
    return db_run(&stmt, err);
}

int recovery_codes_left(struct db *db, int64_t user, int *left, struct err *err)
{
    struct db_stmt *stmt = NULL;
    int rc;

    if (db_prepare(db, "SELECT count(*) FROM recovery_code WHERE \"user\" = ?1",
                   &stmt, err) < 0)
        return -1;
    db_bind_int(stmt, 1, user);
    rc = db_step(stmt, err);
    if (rc == 1)
        *left = (int)db_int(stmt, 0);
    db_done(&stmt);
    return rc < 0 ? -1 : 0;
}

int recovery_code_use(struct db *db, int64_t user, const char *digits,
                      bool *is_one, struct err *err)
{
    struct db_stmt *stmt = NULL;
    uint8_t hash[SECRET_DIGEST];

    if (db_prepare(db,
                   "DELETE FROM recovery_code WHERE \"user\" = ?1 AND "
                   "hash = ?2",
                   &stmt, err) < 0)
        return -1;
    digest_of(user, digits, hash);
    db_bind_int(stmt, 1, user);
    db_bind_blob(stmt, 2, hash, sizeof(hash));
    if (db_run(&stmt, err) < 0)
        return -1;
    *is_one = db_changes(db) == 1;
    return 0;
}
