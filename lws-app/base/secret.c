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

static const EVP_MD *get_sha256(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;

    pthread_once(&once, find_sha256);
    return sha256;
}

void secret_sha256(const void *bytes, size_t len, uint8_t out[SECRET_DIGEST])
{
    if (EVP_Digest(bytes, len, out, NULL, get_sha256(), NULL) != 1)
        abort();
}

/* Never looked into: it is OpenSSL's own. */
static EVP_MD_CTX *context(struct secret_hash *hash)
{
    return (EVP_MD_CTX *)hash;
}

struct secret_hash *secret_hash_new(void)
{
    EVP_MD_CTX *made = EVP_MD_CTX_new();

    if (made && EVP_DigestInit_ex2(made, get_sha256(), NULL) != 1)
        abort();
    return (struct secret_hash *)made;
}

void secret_hash_free(struct secret_hash *hash)
{
    EVP_MD_CTX_free(context(hash));
}

void secret_hash_add(struct secret_hash *hash, const void *bytes, size_t len)
{
    if (EVP_DigestUpdate(context(hash), bytes, len) != 1)
        abort();
}

void secret_hash_end(struct secret_hash *hash, uint8_t out[SECRET_DIGEST])
{
    if (EVP_DigestFinal_ex(context(hash), out, NULL) != 1)
        abort();
}

static void hmac(const EVP_MD *digest, const void *key, size_t key_len,
                 const void *bytes, size_t len, uint8_t *out, unsigned size)
{
    unsigned out_len = 0;

    if (key_len > INT_MAX ||
        !HMAC(digest, key, (int)key_len, bytes, len, out, &out_len) ||
        out_len != size)
        abort();
}

void secret_hmac(const void *key, size_t key_len, const void *bytes, size_t len,
                 uint8_t out[SECRET_DIGEST])
{
    hmac(EVP_sha256(), key, key_len, bytes, len, out, SECRET_DIGEST);
}

void secret_hmac_sha1(const void *key, size_t key_len, const void *bytes,
                      size_t len, uint8_t out[SECRET_SHA1])
{
    hmac(EVP_sha1(), key, key_len, bytes, len, out, SECRET_SHA1);
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

static uint64_t rotate(uint64_t value, int bits)
{
    return value << bits | value >> (64 - bits);
}

static void sip_round(uint64_t v[4])
{
    v[0] += v[1];
    v[1] = rotate(v[1], 13) ^ v[0];
    v[0] = rotate(v[0], 32);
    v[2] += v[3];
    v[3] = rotate(v[3], 16) ^ v[2];
    v[0] += v[3];
    v[3] = rotate(v[3], 21) ^ v[0];
    v[2] += v[1];
    v[1] = rotate(v[1], 17) ^ v[2];
    v[2] = rotate(v[2], 32);
}

static uint64_t little_endian(const uint8_t *bytes, size_t len)
{
    uint64_t value = 0;

    for (size_t i = 0; i < len; i++)
        value |= (uint64_t)bytes[i] << (8 * i);
    return value;
}

/* OpenSSL's own needs a context per call, at 30 times the cost. */
uint64_t secret_siphash(const uint8_t key[SECRET_SIPHASH_KEY],
                        const void *bytes, size_t len)
{
    const uint8_t *at = bytes;
    uint64_t k0 = little_endian(key, 8);
    uint64_t k1 = little_endian(key + 8, 8);
    uint64_t v[4] = {
        k0 ^ UINT64_C(0x736f6d6570736575), k1 ^ UINT64_C(0x646f72616e646f6d),
        k0 ^ UINT64_C(0x6c7967656e657261), k1 ^ UINT64_C(0x7465646279746573)};

    for (size_t left = len;; left -= 8, at += 8) {
        uint64_t word =
            left >= 8 ? little_endian(at, 8)
                      : little_endian(at, left) | (uint64_t)(len & 255) << 56;

        v[3] ^= word;
        sip_round(v);
        sip_round(v);
        v[0] ^= word;
        if (left < 8)
            break;
    }
    v[2] ^= 255;
    for (int i = 0; i < 4; i++)
        sip_round(v);
    return v[0] ^ v[1] ^ v[2] ^ v[3];
}
