#include "model/accounts/password.h"
#include "base/secret.h"
#include "base/text.h"
#include "model/accounts/actor.h"
#include "model/accounts/password_list.h"

#include <ctype.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/banned.h"

#define SALT_BYTES 16
#define HASH_BYTES 32
#define HASH_TEXT 45 /* base64 with NUL */
#define ALGORITHM "pbkdf2_sha256$"
#define ITERATIONS_MAX 10000000
#define PASSWORD_CHARS_MIN 8

static int derive(const char *password, const char *salt, size_t salt_len,
                  int iterations, char text[HASH_TEXT])
{
    unsigned char bytes[HASH_BYTES];
    int rc = -1;

    if (PKCS5_PBKDF2_HMAC(password, (int)strlen(password),
                          (const unsigned char *)salt, (int)salt_len,
                          iterations, EVP_sha256(), HASH_BYTES, bytes) == 1) {
        EVP_EncodeBlock((unsigned char *)text, bytes, HASH_BYTES);
        rc = 0;
    }
    OPENSSL_cleanse(bytes, sizeof(bytes));
    return rc;
}

int password_hash(const char *password, int iterations,
                  char hash[PASSWORD_HASH_MAX], struct err *err)
{
    unsigned char random[SALT_BYTES];
    char salt[SALT_BYTES * 2];
    char text[HASH_TEXT];
    size_t salt_len;

    if (secret_random(random, sizeof(random), err) < 0)
        return -1;
    salt_len = secret_encode(random, sizeof(random), salt);
    if (derive(password, salt, salt_len, iterations, text) < 0)
        return err_set(err, ERR_INTERNAL, "a password could not be hashed");
    snprintf(hash, PASSWORD_HASH_MAX, ALGORITHM "%d$%s$%s", iterations, salt,
             text);
    return 0;
}

struct parts {
    int iterations;
    const char *salt;
    size_t salt_len;
    const char *text;
};

static bool split(const char *hash, struct parts *parts)
{
    char *end;
    long iterations;
    const char *dollar;

    if (!hash || strncmp(hash, ALGORITHM, strlen(ALGORITHM)) != 0)
        return false;
    iterations = strtol(hash + strlen(ALGORITHM), &end, 10);
    if (iterations < 1 || iterations > ITERATIONS_MAX || *end != '$')
        return false;
    dollar = strchr(end + 1, '$');
    if (!dollar || strlen(dollar + 1) != HASH_TEXT - 1)
        return false;
    parts->iterations = (int)iterations;
    parts->salt = end + 1;
    parts->salt_len = (size_t)(dollar - parts->salt);
    parts->text = dollar + 1;
    return true;
}

bool password_verify(const char *password, const char *hash, int iterations)
{
    struct parts parts = {.iterations = iterations, .salt = "", .text = NULL};
    char text[HASH_TEXT];
    bool fits = split(hash, &parts);

    if (derive(password, parts.salt, parts.salt_len, parts.iterations, text) <
        0)
        return false;
    fits = fits && secret_equal(text, parts.text, HASH_TEXT - 1);
    /* Old hash or unknown user: the time does not tell. */
    if (!fits && parts.iterations < iterations)
        derive(password, parts.salt, parts.salt_len,
               iterations - parts.iterations, text);
    return fits;
}

bool password_is_known(const char *hash)
{
    struct parts parts;

    return split(hash, &parts);
}

int password_work(const char *hash)
{
    struct parts parts;

    return split(hash, &parts) ? parts.iterations : 0;
}

bool password_needs_rehash(const char *hash, int iterations)
{
    struct parts parts;

    return split(hash, &parts) && parts.iterations != iterations;
}

/* Both as names are compared: regardless of case. */
static int compare(const char *password, const char *username, bool *same,
                   bool *holds, struct err *err)
{
    struct buf name;
    struct buf text;
    int rc = -1;

    buf_init(&name, USERNAME_FOLDED_MAX);
    buf_init(&text, PASSWORD_MAX * 18);
    text_fold(&name, username, strlen(username));
    text_fold(&text, password, strlen(password));
    if (buf_check(&name, err) == 0 && buf_check(&text, err) == 0) {
        *holds = name.len &&
                 memmem(buf_text(&text), text.len, buf_text(&name), name.len);
        /* What folds to nothing is still what was typed. */
        *same = (*holds && name.len == text.len) ||
                (*username && !strcmp(password, username));
        rc = 0;
    }
    OPENSSL_cleanse(text.data, text.len);
    buf_release(&name);
    buf_release(&text);
    return rc;
}

int password_is_username(const char *password, const char *username, bool *same,
                         struct err *err)
{
    bool holds;

    return compare(password, username, same, &holds, err);
}

int password_is_default(const char *typed, const char *username, bool *is,
                        struct err *err)
{
    *is = false;
    return typed ? password_is_username(typed, username, is, err) : 0;
}

static bool all_digits(const char *text)
{
    return strspn(text, "0123456789") == strlen(text);
}

/* What most people's passwords are made from. */
static const char *const common_words[] = {
    "abc",      "access",   "admin",    "azerty",   "baseball",   "batman",
    "changeme", "charlie",  "computer", "donald",   "dragon",     "flower",
    "football", "freedom",  "hello",    "hunter",   "iloveyou",   "jordan",
    "killer",   "letmein",  "login",    "lovely",   "master",     "michael",
    "monkey",   "mustang",  "ninja",    "pass",     "passw",      "password",
    "princess", "qazwsx",   "qwerty",   "qwertyui", "qwertyuiop", "secret",
    "shadow",   "starwars", "sunshine", "superman", "test",       "trustno",
    "welcome",  "whatever", "yankees",  "zaqzaq",   "zxcvbnm",
};

/* Letters alone, in lower case; digits and signs that stand in for letters are
 * these letters, others end it: "P@ssw0rd2024!" is "password". */
static void plain_word(const char *password, char *word, size_t max)
{
    static const char signs[] = "0134578@$";
    static const char letters[] = "oleastbas";
    size_t end = strcspn(password, " ");
    size_t len = 0;

    while (end > 0 && !isalpha((unsigned char)password[end - 1]))
        end--;
    for (size_t i = 0; i < end && len + 1 < max; i++) {
        const char *sign = strchr(signs, password[i]);

        if (isalpha((unsigned char)password[i]))
            word[len++] = (char)tolower((unsigned char)password[i]);
        else if (sign)
            word[len++] = letters[sign - signs];
    }
    word[len] = '\0';
}

static bool is_common(const char *password)
{
    char word[32];

    if (strspn(password, "0123456789") == strlen(password))
        return false; /* said already */
    plain_word(password, word, sizeof(word));
    for (size_t i = 0; i < sizeof(common_words) / sizeof(common_words[0]);
         i++) {
        if (!strcmp(word, common_words[i]))
            return true;
    }
    return false;
}

/* As it is, but for capitals, on the list of what most people use. */
static bool is_listed(const char *password)
{
    uint8_t digest[SECRET_DIGEST];
    char lower[PASSWORD_MAX];
    size_t len = strnlen(password, sizeof(lower));
    size_t low = 0;
    size_t high = password_list_count;

    if (len == sizeof(lower))
        return false;
    for (size_t i = 0; i < len; i++)
        lower[i] = password[i] >= 'A' && password[i] <= 'Z'
                       ? (char)(password[i] | 0x20)
                       : password[i];
    secret_sha256(lower, len, digest);
    OPENSSL_cleanse(lower, len);
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = memcmp(digest, password_list + middle * PASSWORD_LIST_BYTES,
                           PASSWORD_LIST_BYTES);

        if (order == 0)
            return true;
        if (order < 0)
            high = middle;
        else
            low = middle + 1;
    }
    return false;
}

/* "aaaaaaaa", "abababab". */
static bool is_monotonous(const char *password)
{
    bool seen[256] = {false};
    size_t kinds = 0;

    for (const char *c = password; *c; c++) {
        kinds += !seen[(unsigned char)*c];
        seen[(unsigned char)*c] = true;
    }
    return kinds < 4;
}

/* "abcdefgh", "87654321". */
static bool is_row(const char *password)
{
    size_t len = strlen(password);

    if (len < 3)
        return false;
    for (size_t i = 2; i < len; i++) {
        int step = password[i] - password[i - 1];

        if ((step != 1 && step != -1) ||
            step != password[i - 1] - password[i - 2])
            return false;
    }
    return true;
}

int password_weaknesses(const char *password, const char *username,
                        const char *reasons[PASSWORD_REASONS], size_t *count,
                        struct err *err)
{
    bool same;
    bool holds;

    *count = 0;
    if (compare(password, username, &same, &holds, err) < 0)
        return -1;
    if (same)
        reasons[(*count)++] = "the password is the username";
    else if (holds && utf8_count(username, strlen(username)) >= 3)
        reasons[(*count)++] = "the password contains the username";
    if (utf8_count(password, strlen(password)) < PASSWORD_CHARS_MIN)
        reasons[(*count)++] = "the password is shorter than 8 characters";
    if (*password && all_digits(password))
        reasons[(*count)++] = "the password is only digits";
    if (is_monotonous(password))
        reasons[(*count)++] =
            "the password has fewer than 4 different characters";
    if (is_row(password))
        reasons[(*count)++] = "the password is a run of neighboring characters";
    if (is_common(password) || is_listed(password))
        reasons[(*count)++] = "the password is one of the most common";
    return 0;
}

int password_check(const char *password, const char *username,
                   const char *field, struct err *err)
{
    const char *reasons[PASSWORD_REASONS];
    size_t count;

    if (password_weaknesses(password, username, reasons, &count, err) < 0)
        return -1;
    for (size_t i = 0; i < count; i++)
        err_field(err, field, "%s", reasons[i]);
    return count ? -1 : 0;
}
