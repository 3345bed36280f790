/*
 * Makes users u1 to uN, each with a token, and prints the tokens, one a line.
 *   usage: load_people DATABASE N [staff]
 */
#include "base/err.h"
#include "model/accounts/token.h"
#include "model/accounts/user.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/banned.h"

/* Nobody logs in by password. */
static const char hash[] = "pbkdf2_sha256$1000$salt$"
                           "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";

static int make(struct db *db, long i, bool is_staff, struct err *err)
{
    struct user draft = {
        .is_active = true, .is_staff = is_staff, .may_add = true};
    char secret[SECRET_TEXT_MAX];
    struct token_draft of = {.name = "load", .lifetime_s = TOKEN_LIFETIME_S};
    struct token token;
    int64_t id;

    snprintf(draft.username, sizeof(draft.username), "u%ld", i);
    memcpy(draft.password, hash, sizeof(hash));
    if (user_create(db, NULL, &draft, NULL, &id, err) < 0)
        return -1;
    of.user = id;
    if (token_create(db, NULL, &of, secret, &token, err) < 0)
        return -1;
    puts(secret);
    return 0;
}

int main(int argc, char **argv)
{
    bool is_staff = argc == 4 && !strcmp(argv[3], "staff");
    long count = argc == 3 || is_staff ? strtol(argv[2], NULL, 10) : 0;
    struct err err = ERR_INIT;
    struct db *db = NULL;
    int rc;

    if (count < 1) {
        fputs("usage: load_people DATABASE N [staff]\n", stderr);
        return 2;
    }
    rc = db_open(&db, argv[1], DB_WRITE, &err);
    if (rc == 0)
        rc = db_begin(db, &err);
    for (long i = 1; rc == 0 && i <= count; i++)
        rc = make(db, i, is_staff, &err);
    if (rc == 0)
        rc = db_commit(db, &err);
    if (rc < 0)
        fprintf(stderr, "load_people: %s\n", err.text);
    db_close(db);
    return rc < 0;
}
