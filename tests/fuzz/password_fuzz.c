#include "model/accounts/actor.h"
#include "model/accounts/password.h"
#include "target.h"

#include <stdbool.h>
#include <stdio.h>

#include "base/banned.h"

/* Hashing is slow on purpose, so only cheap hashes are tried. */
static void check_hash(const char *hash, const char *typed)
{
    bool is_known = password_is_known(hash);
    char longer[PASSWORD_MAX + 2];

    must(is_known || !password_needs_rehash(hash, 10000000));
    if (!is_known) {
        must(!password_verify(typed, hash, 1));
    } else if (password_needs_rehash(hash, 1000) &&
               password_verify(typed, hash, 1)) {
        snprintf(longer, sizeof(longer), "%sx", typed);
        must(!password_verify(longer, hash, 1));
    }
}

static void check_strength(const char *typed, const char *name)
{
    const char *reasons[PASSWORD_REASONS];
    struct err err = ERR_INIT;
    size_t count = 0;
    bool same = false;

    must(password_weaknesses(typed, name, reasons, &count, &err) == 0);
    must(count <= PASSWORD_REASONS);
    for (size_t i = 0; i < count; i++)
        must(*reasons[i] != '\0');
    must(password_is_username(typed, name, &same, &err) == 0);
    must(strcmp(typed, name) != 0 || !*typed || same);
    must(password_check(typed, name, "password", &err) == (count ? -1 : 0));
}

/* A line each: what is stored, what somebody typed, who they say they are. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *hash = target_line(&data, &size);
    char *typed = target_line(&data, &size);
    char *name = target_line(&data, &size);

    if (name && strlen(typed) < PASSWORD_MAX && strlen(name) < USERNAME_MAX) {
        check_hash(hash, typed);
        check_strength(typed, name);
    }
    free(hash);
    free(typed);
    free(name);
    return 0;
}
