#include "protocols/host/tls.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <time.h>

#include "base/banned.h"

/* TLS 1.2: forward secrecy and authenticated encryption alone. 1.3 has nothing
 * else to choose from. */
#define CIPHERS_TLS12 "ECDHE+AESGCM:ECDHE+CHACHA20"

struct tls_pair {
    X509 *cert;
    STACK_OF(X509) * chain; /* behind it, up to the root */
    EVP_PKEY *key;
};

/* Without it OpenSSL would ask at the terminal. */
static int no_passphrase(char *text, int max, int writing, void *arg)
{
    (void)text;
    (void)max;
    (void)writing;
    (void)arg;
    return -1;
}

static const char *reason(void)
{
    unsigned long code = ERR_peek_last_error();
    const char *text = code ? ERR_reason_error_string(code) : NULL;

    return text ? text : "unknown";
}

static int read_certs(struct tls_pair *pair, const char *path, struct err *err)
{
    BIO *file = BIO_new_file(path, "r");
    X509 *next;
    bool is_kept = true;

    if (!file)
        return err_field(err, "tls_cert", "can't be read: %s: %s", path,
                         reason());
    pair->cert = PEM_read_bio_X509_AUX(file, NULL, no_passphrase, NULL);
    while (is_kept && pair->cert &&
           (next = PEM_read_bio_X509(file, NULL, no_passphrase, NULL)) !=
               NULL) {
        is_kept = sk_X509_push(pair->chain, next) > 0;
        if (!is_kept)
            X509_free(next);
    }
    BIO_free(file);
    if (!is_kept)
        return err_set(err, ERR_NOMEM, "no memory for a certificate");
    if (!pair->cert)
        return err_field(err, "tls_cert", "no certificate (PEM) in %s: %s",
                         path, reason());
    /* It ended because no further one begins; anything else is damage. */
    if (ERR_GET_REASON(ERR_peek_last_error()) != PEM_R_NO_START_LINE)
        return err_field(err, "tls_cert", "a broken chain in %s: %s", path,
                         reason());
    return 0;
}

static int read_key(struct tls_pair *pair, const char *path, struct err *err)
{
    BIO *file = BIO_new_file(path, "r");

    if (!file)
        return err_field(err, "tls_key", "can't be read: %s: %s", path,
                         reason());
    pair->key = PEM_read_bio_PrivateKey(file, NULL, no_passphrase, NULL);
    BIO_free(file);
    if (!pair->key)
        return err_field(err, "tls_key",
                         "no key without a passphrase (PEM) in %s: %s", path,
                         reason());
    return 0;
}

int tls_pair_use(const struct tls_pair *pair, SSL_CTX *context, struct err *err)
{
    ERR_clear_error();
    SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
    /* A client could have us repeat the costly part for ever. */
    SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION |
                                     SSL_OP_NO_COMPRESSION |
                                     SSL_OP_CIPHER_SERVER_PREFERENCE);
    if (SSL_CTX_set_cipher_list(context, CIPHERS_TLS12) != 1)
        return err_set(err, ERR_INTERNAL, "no cipher of TLS 1.2: %s", reason());
    if (X509_check_private_key(pair->cert, pair->key) != 1)
        return err_field(err, "tls_key", "is not the key of tls_cert");
    if (SSL_CTX_use_cert_and_key(context, pair->cert, pair->key, pair->chain,
                                 1) != 1)
        return err_field(err, "tls_cert", "can't be used: %s", reason());
    return 0;
}

static int prove(const struct tls_pair *pair, struct err *err)
{
    SSL_CTX *context = SSL_CTX_new(TLS_server_method());
    int rc;

    if (!context)
        return err_set(err, ERR_NOMEM, "no memory for TLS");
    rc = tls_pair_use(pair, context, err);
    SSL_CTX_free(context);
    return rc;
}

int tls_pair_read(struct tls_pair **out, const char *cert_path,
                  const char *key_path, struct err *err)
{
    struct tls_pair *pair = mem_zalloc(sizeof(*pair));
    int64_t now = clock_now_us();

    *out = NULL;
    ERR_clear_error();
    if (pair)
        pair->chain = sk_X509_new_null();
    if (!pair || !pair->chain) {
        tls_pair_free(pair);
        return err_set(err, ERR_NOMEM, "no memory for a certificate");
    }
    if (read_certs(pair, cert_path, err) < 0 ||
        read_key(pair, key_path, err) < 0 || prove(pair, err) < 0) {
        ERR_clear_error();
        tls_pair_free(pair);
        return -1;
    }
    ERR_clear_error();
    log_info("tls.loaded", "cert=%s days_left=%lld", cert_path,
             (long long)((tls_pair_ends_us(pair) - now) / CLOCK_S / 86400));
    if (tls_pair_ends_us(pair) < now)
        log_warn("tls.expired", "cert=%s", cert_path);
    *out = pair;
    return 0;
}

void tls_pair_free(struct tls_pair *pair)
{
    if (!pair)
        return;
    X509_free(pair->cert);
    sk_X509_pop_free(pair->chain, X509_free);
    EVP_PKEY_free(pair->key);
    mem_free(pair);
}

int64_t tls_pair_ends_us(const struct tls_pair *pair)
{
    struct tm parts;

    if (ASN1_TIME_to_tm(X509_get0_notAfter(pair->cert), &parts) != 1)
        return 0;
    return (int64_t)timegm(&parts) * CLOCK_S;
}
