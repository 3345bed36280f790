#include "model/password.h"
#include "base/secret.h"
#include "base/text.h"
#include "model/actor.h"

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

bool password_needs_rehash(const char *hash, int iterations)
{
    struct parts parts;

    return split(hash, &parts) && parts.iterations < iterations;
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
        *same = *holds && name.len == text.len;
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

static bool all_digits(const char *text)
{
    return strspn(text, "0123456789") == strlen(text);
}

int password_weakness(const char *password, const char *username,
                      const char **why, struct err *err)
{
    static const char *const common[] = {
        "password", "12345678", "123456789", "1234567890", "qwertyuiop",
        "iloveyou", "sunshine", "football",  "baseball",   "princess",
        "letmein1", "passw0rd", "password1", "trustno1",   "superman",
    };

    bool same;
    bool holds;

    *why = NULL;
    if (compare(password, username, &same, &holds, err) < 0)
        return -1;
    if (same)
        *why = "the password is the username";
    else if (text_count(password, strlen(password)) < 8)
        *why = "the password is shorter than 8 characters";
    else if (all_digits(password))
        *why = "the password is digits alone";
    else if (holds && text_count(username, strlen(username)) >= 3)
        *why = "the password holds the username";
    for (size_t i = 0; !*why && i < sizeof(common) / sizeof(common[0]); i++) {
        if (!strcasecmp(password, common[i]))
            *why = "the password is one of the most used";
    }
    return 0;
}
