#include "base/secret.h"

#include <limits.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>
#include <pthread.h>
#include <stdlib.h>

#include "base/banned.h"

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                               "abcdefghijklmnopqrstuvwxyz"
                               "0123456789-_";

int secret_random(void *bytes, size_t len, struct err *err)
{
    if (len > INT_MAX || RAND_bytes(bytes, (int)len) != 1)
        return err_set(err, ERR_INTERNAL, "no random bytes");
    return 0;
}

/* The digests can fail only where OpenSSL has no memory or no SHA-256 left. To
 * go on with bytes that are not the digest would open doors, so we stop. */
/* Found once: EVP_sha256() would have it looked up for every digest. */
static EVP_MD *sha256;

static void find_sha256(void)
{
    sha256 = EVP_MD_fetch(NULL, "SHA256", NULL);
    if (!sha256)
        abort();
}

void secret_sha256(const void *bytes, size_t len, uint8_t out[SECRET_DIGEST])
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;

    pthread_once(&once, find_sha256);
    if (EVP_Digest(bytes, len, out, NULL, sha256, NULL) != 1)
        abort();
}

void secret_hmac(const void *key, size_t key_len, const void *bytes, size_t len,
                 uint8_t out[SECRET_DIGEST])
{
    unsigned out_len = 0;

    if (key_len > INT_MAX ||
        !HMAC(EVP_sha256(), key, (int)key_len, bytes, len, out, &out_len) ||
        out_len != SECRET_DIGEST)
        abort();
}

bool secret_equal(const void *a, const void *b, size_t len)
{
    return CRYPTO_memcmp(a, b, len) == 0;
}

size_t secret_encode(const void *bytes, size_t len, char *out)
{
    const uint8_t *in = bytes;
    size_t n = 0;
    uint32_t bits = 0;
    unsigned held = 0;

    for (size_t i = 0; i < len; i++) {
        bits = bits << 8 | in[i];
        held += 8;
        while (held >= 6) {
            held -= 6;
            out[n++] = alphabet[bits >> held & 63];
        }
    }
    if (held > 0)
        out[n++] = alphabet[bits << (6 - held) & 63];
    out[n] = '\0';
    return n;
}

static int sextet(char c)
{
    int value = -1;

    if (c >= 'A' && c <= 'Z')
        value = c - 'A';
    else if (c >= 'a' && c <= 'z')
        value = c - 'a' + 26;
    else if (c >= '0' && c <= '9')
        value = c - '0' + 52;
    else if (c == '-')
        value = 62;
    else if (c == '_')
        value = 63;
    return value;
}

int secret_decode(const char *text, size_t len, void *out, size_t max)
{
    uint8_t *bytes = out;
    size_t n = 0;
    uint32_t bits = 0;
    unsigned held = 0;

    if (len / 4 * 3 > INT_MAX - 3 || len % 4 == 1)
        return -1;
    for (size_t i = 0; i < len; i++) {
        int value = sextet(text[i]);

        if (value < 0)
            return -1;
        bits = bits << 6 | (uint32_t)value;
        held += 6;
        if (held >= 8) {
            held -= 8;
            if (n == max)
                return -1;
            bytes[n++] = (uint8_t)(bits >> held & 255);
        }
    }
    /* The bits left over are 0, so that each value has one spelling only. */
    if (bits & ((1U << held) - 1))
        return -1;
    return (int)n;
}

int secret_new(char text[SECRET_TEXT_MAX], struct err *err)
{
    uint8_t bytes[32];
    int rc = secret_random(bytes, sizeof(bytes), err);

    if (rc == 0)
        secret_encode(bytes, sizeof(bytes), text);
    OPENSSL_cleanse(bytes, sizeof(bytes));
    return rc;
}
