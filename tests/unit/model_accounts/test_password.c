#include "accounts.h"
#include "base/mem.h"
#include "model/accounts/password.h"
#include "model/accounts/password_list.h"

#include <openssl/evp.h>
#include <stdio.h>
#include <string.h>

#include "base/banned.h"

/* The linker puts the first in the place of the second (accounts.cmake), so
 * that work is counted instead of timed. */
int __wrap_PKCS5_PBKDF2_HMAC(const char *pass, int passlen,
                             const unsigned char *salt, int saltlen, int iter,
                             const EVP_MD *digest, int keylen,
                             unsigned char *out);
int __real_PKCS5_PBKDF2_HMAC(const char *pass, int passlen,
                             const unsigned char *salt, int saltlen, int iter,
                             const EVP_MD *digest, int keylen,
                             unsigned char *out);

static int work; /* iterations since it was last set to 0 */

int __wrap_PKCS5_PBKDF2_HMAC(const char *pass, int passlen,
                             const unsigned char *salt, int saltlen, int iter,
                             const EVP_MD *digest, int keylen,
                             unsigned char *out)
{
    work += iter;
    return __real_PKCS5_PBKDF2_HMAC(pass, passlen, salt, saltlen, iter, digest,
                                    keylen, out);
}

#define SEASALT_HASH "JgZryXe2Ga8ysg6XbzkLpTdyPQrHqsinbL9BnnhgX4A="
#define SEASALT "pbkdf2_sha256$1000$seasalt$" SEASALT_HASH

/* Made by Python's hashlib.pbkdf2_hmac() and base64, as Django does. */
static void djangos_hashes_are_understood(void **state)
{
    static const struct {
        const char *password;
        const char *hash;
    } known[] = {
        {"correct horse", "pbkdf2_sha256$1500$seasalt$"
                          "iT/LSoYhMCtxwN3t0lRVVhpkew79R8HdHnXEtuRBllM="},
        {"l\xc3\xa8tmein", SEASALT},
        {"", "pbkdf2_sha256$1$x$"
             "yb9iKunqNijXRQKUvO6LoyiwVgfOzKs1+3gaWy8rzxc="},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(known); i++) {
        assert_true(password_verify(known[i].password, known[i].hash, 1000));
        assert_false(password_verify("correct hors", known[i].hash, 1000));
    }
    assert_false(password_verify("letmein", SEASALT, 1000));
}

static void what_is_no_hash_fits_nothing(void **state)
{
    static const char *const malformed[] = {
        "",
        "!",
        "!pbkdf2_sha256$1000$seasalt$" SEASALT_HASH,
        "pbkdf2_sha1$1000$seasalt$" SEASALT_HASH,
        "pbkdf2_sha256",
        "pbkdf2_sha256$",
        "pbkdf2_sha256$1000",
        "pbkdf2_sha256$1000$seasalt",
        "pbkdf2_sha256$1000$seasalt$",
        "pbkdf2_sha256$1000$seasalt$short",
        "pbkdf2_sha256$$seasalt$" SEASALT_HASH,
        "pbkdf2_sha256$0$seasalt$" SEASALT_HASH,
        "pbkdf2_sha256$-1000$seasalt$" SEASALT_HASH,
        "pbkdf2_sha256$1000x$seasalt$" SEASALT_HASH,
        "pbkdf2_sha256$99999999999999999999$seasalt$" SEASALT_HASH,
        "pbkdf2_sha256$1000$$seasalt$" SEASALT_HASH,
        SEASALT "$",
        SEASALT "=",
        "pbkdf2_sha256$10000001$seasalt$" SEASALT_HASH,
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(malformed); i++) {
        assert_false(password_verify("l\xc3\xa8tmein", malformed[i], 1));
        assert_false(password_needs_rehash(malformed[i], 10000000));
    }
    assert_false(password_verify("", NULL, 1));
    assert_false(password_needs_rehash(NULL, 10000000));
}

/* Who asks can't tell an unknown user from a wrong password. */
static void a_refusal_costs_the_dearest_hash(void **state)
{
    static const char *const hashes[] = {NULL, "", "!", "md5$x$y", SEASALT};

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(hashes); i++) {
        work = 0;
        assert_false(password_verify("wrong", hashes[i], 1234));
        assert_int_equal(work, 1234);
    }
    work = 0;
    assert_false(password_verify("wrong", SEASALT, 999));
    assert_int_equal(work, 1000);
}

static void a_new_hash_has_its_own_salt(void **state)
{
    char first[PASSWORD_HASH_MAX];
    char second[PASSWORD_HASH_MAX];
    char password[PASSWORD_MAX];
    struct err err = ERR_INIT;

    (void)state;
    memset(password, 'p', sizeof(password) - 1);
    password[sizeof(password) - 1] = '\0';
    assert_int_equal(password_hash(password, 1200, first, &err), 0);
    assert_int_equal(password_hash(password, 1200, second, &err), 0);
    assert_string_not_equal(first, second);
    assert_ptr_equal(strstr(first, "pbkdf2_sha256$1200$"), first);
    assert_true(password_verify(password, first, 1000));
    assert_true(password_verify(password, second, 1000));
    password[sizeof(password) - 2] = 'q';
    assert_false(password_verify(password, first, 1000));
}

static void a_hash_of_other_iterations_is_made_anew(void **state)
{
    (void)state;
    assert_true(password_needs_rehash(SEASALT, 1001));
    assert_false(password_needs_rehash(SEASALT, 1000));
    assert_true(password_needs_rehash(SEASALT, 999));
}

static void a_password_is_the_username_in_any_case(void **state)
{
    static const struct {
        const char *password;
        const char *username;
        bool same;
    } pairs[] = {
        {"admin", "admin", true},   {"ADMIN", "admin", true},
        {"admin", "Admin", true},   {"j\xc3\x96rg", "J\xc3\xb6rg", true},
        {"admin ", "admin", false}, {"admi", "admin", false},
        {"", "admin", false},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(pairs); i++) {
        struct err err = ERR_INIT;
        bool same = !pairs[i].same;

        assert_int_equal(password_is_username(pairs[i].password,
                                              pairs[i].username, &same, &err),
                         0);
        assert_int_equal(same, pairs[i].same);
    }
    for (unsigned n = 1; n <= 2; n++) {
        struct err err = ERR_INIT;
        bool same;

        mem_fail_after(n);
        assert_int_equal(password_is_username("admin", "admin", &same, &err),
                         -1);
        assert_int_equal(err.code, ERR_NOMEM);
    }
    mem_fail_after(0);
}

static void a_weak_password_is_told_why(void **state)
{
    static const struct {
        const char *username;
        const char *password;
        const char *why; /* the sentence holds it; NULL: it is fine */
    } cases[] = {
        {"demo", "demo", "is the username"},
        {"demo", "DeMo", "is the username"},
        {"longer-name", "Longer-Name", "is the username"},
        {"j\xc3\xa9r", "J\xc3\x89R", "is the username"},
        {"demo", "", "shorter"},
        {"demo", "abcdefg", "shorter"},
        /* Characters, not bytes. */
        {"demo", "\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9", "shorter"},
        {"demo", "1234567890123", "digits"},
        {"demo", "12345678", "digits"},
        {"demo", "my-demo-1", "contains the username"},
        {"demo", "MY-DEMO-1", "contains the username"},
        {"j\xc3\xa9r\xc3\xb4me", "J\xc3\x89R\xc3\x94ME-2024",
         "contains the username"},
        {"demo", "password", "most common"},
        {"demo", "PassWord1", "most common"},
        {"demo", "battery-staple-9", NULL},
        {"demo", "dem-oooo", NULL},
        /* A name this short is in too much. */
        {"ab", "crab-apple-tree", NULL},
        {"\xe2\x80\x8b\xe2\x80\x8b\xe2\x80\x8b", "battery-staple-9", NULL},
        {"demo", "abcdefgh", "run"},
        {"demo", "98765432", "run"},
        {"demo", "abcdefgi", NULL},
        {"demo", "abababab", "different"},
        {"demo", "kvqzkvqz", NULL},
        {"demo", "abcdabcd", "most common"},
        {"demo", "P@ssw0rd2024!", "most common"},
        {"demo", "Welcome1", "most common"},
        {"demo", "w3lc0me!!", "most common"},
        {"demo", "welcomes-all-9", NULL},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        const char *reasons[PASSWORD_REASONS];
        struct err err = ERR_INIT;
        size_t count = 99;
        bool is_told = false;

        assert_int_equal(password_weaknesses(cases[i].password,
                                             cases[i].username, reasons, &count,
                                             &err),
                         0);
        for (size_t j = 0; j < count; j++)
            is_told |= cases[i].why && strstr(reasons[j], cases[i].why);
        assert_int_equal(is_told, cases[i].why != NULL);
        if (!cases[i].why)
            assert_int_equal(count, 0);
    }
}

static void no_rule_is_skipped_for_want_of_memory(void **state)
{
    (void)state;
    for (unsigned n = 1; n <= 2; n++) {
        struct err err = ERR_INIT;

        mem_fail_after(n);
        assert_int_equal(password_check("my-demo-1", "demo", "password", &err),
                         -1);
        assert_int_equal(err.code, ERR_NOMEM);
    }
    mem_fail_after(0);
}

static void every_reason_is_given_at_once(void **state)
{
    struct err err = ERR_INIT;

    (void)state;
    assert_int_equal(password_check("111", "111", "new_password", &err), -1);
    assert_int_equal(err.code, ERR_INVALID);
    assert_int_equal(err.field_count, 4);
    for (size_t i = 0; i < err.field_count; i++)
        assert_string_equal(err.fields[i].name, "new_password");
    err_clear(&err);
    assert_int_equal(
        password_check("battery-staple-9", "demo", "password", &err), 0);
    assert_int_equal(err.code, ERR_NONE);
}

/* None of them is found by any other rule. */
static void a_password_of_the_list_is_refused(void **state)
{
    static const struct {
        const char *password;
        bool is_weak;
    } cases[] = {
        {"butterfly", true},
        {"ButterFly", true},
        {"1q2w3e4r5t", true},
        {"manchester", true},
        {"chelsea1", true},
        {"liverpool1", true},
        {"q1w2e3r4", true},
        {"midnight", true},
        {"butterfly ", false},
        {"butterflz", false},
        {"hbsuqnxw", false},
        {"zoom-lamp-42", false},
        {"\xc3\xa9t\xc3\xa9-kiwi-9", false},
    };

    (void)state;
    assert_int_equal(password_list_count, 100000);
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        const char *reasons[PASSWORD_REASONS];
        struct err err = ERR_INIT;
        size_t count;

        assert_int_equal(password_weaknesses(cases[i].password, "nobody",
                                             reasons, &count, &err),
                         0);
        if ((count > 0) != cases[i].is_weak)
            fail_msg("%s: %zu reasons", cases[i].password, count);
        if (count)
            assert_string_equal(reasons[0],
                                "the password is one of the most common");
    }
}

/* Known users and strangers alike pay for it at a refused login. */
static void the_dearest_hash_is_known(void **state)
{
    struct world *w = *state;
    const char *const hash = "pbkdf2_sha256$%d$seasalt$"
                             "JgZryXe2Ga8ysg6XbzkLpTdyPQrHqsinbL9BnnhgX4A=";
    struct user user = draft("kim");
    struct err err = ERR_INIT;
    char text[PASSWORD_HASH_MAX];
    int dearest;
    int64_t id;

    assert_int_equal(user_dearest_work(w->db, &dearest, &err), 0);
    assert_int_equal(dearest, 0);
    snprintf(user.password, sizeof(user.password), hash, 870000);
    assert_int_equal(user_create(w->db, NULL, &user, NULL, &id, &err), 0);
    assert_int_equal(user_dearest_work(w->db, &dearest, &err), 0);
    assert_int_equal(dearest, 870000);
    snprintf(text, sizeof(text), hash, 1000);
    assert_int_equal(user_rehash(w->db, id, text, &err), 0);
    assert_int_equal(user_dearest_work(w->db, &dearest, &err), 0);
    assert_int_equal(dearest, 1000);
    snprintf(text, sizeof(text), hash, 1500);
    assert_int_equal(user_set_password(w->db, NULL, id, text, NULL, &err), 0);
    assert_int_equal(user_dearest_work(w->db, &dearest, &err), 0);
    assert_int_equal(dearest, 1500);
}

SUITE(password)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(djangos_hashes_are_understood),
        cmocka_unit_test(what_is_no_hash_fits_nothing),
        cmocka_unit_test(a_refusal_costs_the_dearest_hash),
        cmocka_unit_test(a_new_hash_has_its_own_salt),
        cmocka_unit_test(a_hash_of_other_iterations_is_made_anew),
        WORLD_TEST(the_dearest_hash_is_known),
        cmocka_unit_test(a_password_of_the_list_is_refused),
        cmocka_unit_test(a_password_is_the_username_in_any_case),
        cmocka_unit_test(a_weak_password_is_told_why),
        cmocka_unit_test(every_reason_is_given_at_once),
        cmocka_unit_test(no_rule_is_skipped_for_want_of_memory),
    };

    return cmocka_run_group_tests_name("password", tests, NULL, NULL);
}
