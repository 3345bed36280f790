#include "base/totp.h"
#include "base/clock.h"
#include "base/secret.h"

#include <openssl/crypto.h>
#include <string.h>

#include "base/banned.h"

int64_t totp_step(int64_t time_us)
{
    return time_us / (TOTP_STEP_S * CLOCK_S);
}

/* RFC 4226, section 5.3. */
void totp_code(const void *secret, size_t len, int64_t step,
               char code[TOTP_DIGITS + 1])
{
    uint8_t counter[8];
    uint8_t digest[SECRET_SHA1];
    uint32_t number;
    size_t at;

    for (size_t i = 0; i < sizeof(counter); i++)
        counter[i] = (uint8_t)((uint64_t)step >> (56 - 8 * i));
    secret_hmac_sha1(secret, len, counter, sizeof(counter), digest);
    at = digest[SECRET_SHA1 - 1] & 15;
    number = (uint32_t)(digest[at] & 127) << 24 |
             (uint32_t)digest[at + 1] << 16 | (uint32_t)digest[at + 2] << 8 |
             digest[at + 3];
    OPENSSL_cleanse(digest, sizeof(digest));
    for (size_t i = TOTP_DIGITS; i-- > 0; number /= 10)
        code[i] = (char)('0' + number % 10);
    code[TOTP_DIGITS] = '\0';
}

int64_t totp_match(const void *secret, size_t len, int64_t now, int64_t after,
                   const char *code)
{
    int64_t found = -1;
    char wanted[TOTP_DIGITS + 1];

    for (int64_t step = now + TOTP_WINDOW; step >= now - TOTP_WINDOW; step--) {
        bool is_it;

        totp_code(secret, len, step, wanted);
        is_it = secret_equal(wanted, code, TOTP_DIGITS);
        if (is_it && step > after)
            found = step;
    }
    OPENSSL_cleanse(wanted, sizeof(wanted));
    return found;
}
