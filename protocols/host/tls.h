#pragma once
#include "base/err.h"
#include <openssl/ssl.h>
#include <stdint.h>
/*
 * The certificate and key that TLS is served with: read and proven once, by the
 * process that starts the workers, and kept in memory, so that files that are
 * broken later take nothing down.
 * Thread: main or loop; read-only once read. tls_pair_read() blocks on files.
 */
struct tls_pair;

/* Two PEM files: the certificate with its chain behind it, and its key, without
 * a passphrase. ERR_INVALID, field "tls_cert" or "tls_key". */
int tls_pair_read(struct tls_pair **pair, const char *cert_path,
                  const char *key_path, struct err *err);
void tls_pair_free(struct tls_pair *pair); /* NULL is fine */
/* UTC, when the certificate ends. */
int64_t tls_pair_ends_us(const struct tls_pair *pair);

/* Sets versions, ciphers and the pair on a server's context. The pair may be
 * freed before the context. */
int tls_pair_use(const struct tls_pair *pair, SSL_CTX *context,
                 struct err *err);
