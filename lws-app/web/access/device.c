#include "web/access/device.h"
#include "base/clock.h"
#include "base/text.h"
#include "web/access/login.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/banned.h"

#define YEAR_S 31536000
#define SIGNED_MAX (32 + USERNAME_FOLDED_MAX)
/* "SECONDS.SIGNATURE", since when and of whom. */
#define ENTRY_MAX (24 + SECRET_TEXT_MAX)
#define COOKIE_MAX (DEVICE_USERS_MAX * ENTRY_MAX)
#define BETWEEN "~"

static const char *cookie_name(const struct request *request)
{
    return request->host_cookies ? SECURE_PREFIX DEVICE_COOKIE : DEVICE_COOKIE;
}

/* "": no memory, which no entry is like. */
static void put_entry(const struct web *web, const char *username,
                      long long since_s, char entry[ENTRY_MAX])
{
    uint8_t digest[SECRET_DIGEST];
    char mac[SECRET_TEXT_MAX];
    struct buf text;

    *entry = '\0';
    buf_init(&text, SIGNED_MAX);
    buf_printf(&text, "device:%lld:", since_s);
    text_fold(&text, username, strlen(username));
    if (!text.failed) {
        secret_hmac(web->meta.secret, sizeof(web->meta.secret), text.data,
                    text.len, digest);
        secret_encode(digest, sizeof(digest), mac);
        snprintf(entry, ENTRY_MAX, "%lld.%s", since_s, mac);
    }
    buf_release(&text);
}

static bool is_of(const struct web *web, const char *entry, size_t len,
                  const char *username)
{
    char wanted[ENTRY_MAX];
    int64_t now_s = clock_now_us() / CLOCK_S;
    long long since_s = strtoll(entry, NULL, 10);

    if (since_s <= now_s - YEAR_S || since_s > now_s)
        return false;
    put_entry(web, username, since_s, wanted);
    return *wanted && strlen(wanted) == len && secret_equal(wanted, entry, len);
}

bool device_is_known(const struct call *call, const char *username)
{
    const char *at = NULL;
    char cookie[COOKIE_MAX];

    while (request_cookie_next(call->request, cookie_name(call->request), &at,
                               cookie, sizeof(cookie))) {
        for (const char *entry = cookie; *entry;
             entry += strcspn(entry, BETWEEN), entry += *entry != '\0') {
            if (is_of(call->web, entry, strcspn(entry, BETWEEN), username))
                return true;
        }
    }
    return false;
}

/* Those of others that the browser brought, as long as there is room: what they
 * are worth is seen when one of them logs in. */
static void keep_others(const struct call *call, struct buf *value)
{
    const char *at = NULL;
    char cookie[COOKIE_MAX];
    int kept = 1;

    if (!request_cookie_next(call->request, cookie_name(call->request), &at,
                             cookie, sizeof(cookie)))
        return;
    for (const char *entry = cookie; *entry && kept < DEVICE_USERS_MAX;
         entry += strcspn(entry, BETWEEN), entry += *entry != '\0') {
        size_t len = strcspn(entry, BETWEEN);

        if (len < ENTRY_MAX &&
            !is_of(call->web, entry, len, call->actor.username)) {
            buf_put_text(value, BETWEEN);
            buf_put(value, entry, len);
            kept++;
        }
    }
}

int device_remember(struct call *call, struct err *err)
{
    char entry[ENTRY_MAX];
    struct buf value;
    int rc;

    put_entry(call->web, call->actor.username, clock_now_us() / CLOCK_S, entry);
    buf_init(&value, COOKIE_MAX);
    buf_put_text(&value, entry);
    keep_others(call, &value);
    rc = buf_check(&value, err);
    if (rc == 0)
        login_set_cookie(call, cookie_name(call->request), buf_text(&value),
                         YEAR_S, true);
    buf_release(&value);
    return rc;
}
