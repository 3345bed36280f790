#pragma once
#include "base/err.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
/*
 * Random bytes, digests and comparison in constant time, all by OpenSSL.
 * Thread: any. Never blocks (random: only before the kernel's pool is ready).
 */
#define SECRET_DIGEST 32   /* bytes of a SHA-256 */
#define SECRET_SHA1 20     /* bytes of a SHA-1 */
#define SECRET_TEXT_MAX 44 /* 32 bytes in base64url, with NUL */

int secret_random(void *bytes, size_t len, struct err *err);
void secret_sha256(const void *bytes, size_t len, uint8_t out[SECRET_DIGEST]);
/* The same of what comes in parts. NULL: out of memory. */
struct secret_hash;
struct secret_hash *secret_hash_new(void);
void secret_hash_free(struct secret_hash *hash); /* NULL is fine */
void secret_hash_add(struct secret_hash *hash, const void *bytes, size_t len);
void secret_hash_end(struct secret_hash *hash, uint8_t out[SECRET_DIGEST]);
void secret_hmac(const void *key, size_t key_len, const void *bytes, size_t len,
                 uint8_t out[SECRET_DIGEST]);
/* For what the world agreed on with SHA-1 (base/totp.h), and nothing else. */
void secret_hmac_sha1(const void *key, size_t key_len, const void *bytes,
                      size_t len, uint8_t out[SECRET_SHA1]);
bool secret_equal(const void *a, const void *b, size_t len);
/* base64url without padding; out holds (len * 4 + 2) / 3 characters and NUL.
 * Returns the length. */
size_t secret_encode(const void *bytes, size_t len, char *out);
/* Returns how many bytes came out, or -1 for text that is no base64url or does
 * not fit max. */
int secret_decode(const char *text, size_t len, void *out, size_t max);
/* SipHash-2-4: spreads keys that a stranger chose, as he can't foresee. */
#define SECRET_SIPHASH_KEY 16
uint64_t secret_siphash(const uint8_t key[SECRET_SIPHASH_KEY],
                        const void *bytes, size_t len);
/* 32 random bytes as text: a session id, a token. */
int secret_new(char text[SECRET_TEXT_MAX], struct err *err);
