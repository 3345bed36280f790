#include "web/logins.h"
#include "base/clock.h"
#include "base/mem.h"
#include "base/secret.h"
#include "web/auth.h"

#include <string.h>

#include "base/banned.h"

#define PLACES 1024
/* Looked up anew after that long: a use of the login may have to be noted. */
#define KEPT_US CLOCK_S

struct login {
    uint8_t digest[SECRET_DIGEST];
    struct db_state state;
    int64_t read_us;
    bool by_cookie;
    struct actor actor;
};

struct logins {
    struct db *db;
    struct login *places[PLACES]; /* by digest */
};

struct logins *logins_new(struct db *db)
{
    struct logins *logins = mem_zalloc(sizeof(*logins));

    if (logins)
        logins->db = db;
    return logins;
}

void logins_free(struct logins *logins)
{
    for (size_t i = 0; logins && i < PLACES; i++)
        mem_free(logins->places[i]);
    mem_free(logins);
}

struct db *logins_db(const struct logins *logins)
{
    return logins->db;
}

/* A token is no session, whatever its text. */
static bool make_digest(const struct request *request,
                        uint8_t digest[SECRET_DIGEST])
{
    char text[1 + AUTH_CREDENTIAL_MAX];

    text[0] = request->headers[HEADER_AUTHORIZATION] ? 't' : 's';
    if (!auth_credential(request, text + 1))
        return false;
    secret_sha256(text, strlen(text), digest);
    return true;
}

static struct login **place_of(struct logins *logins,
                               const uint8_t digest[SECRET_DIGEST])
{
    return &logins->places[(digest[0] << 8 | digest[1]) % PLACES];
}

static bool is_good(const struct login *login,
                    const uint8_t digest[SECRET_DIGEST],
                    const struct db_state *state)
{
    int64_t now = clock_now_us();

    return login && secret_equal(login->digest, digest, SECRET_DIGEST) &&
           db_state_equal(&login->state, state) &&
           login->actor.expires_us > now && now >= login->read_us &&
           now - login->read_us < KEPT_US;
}

static void keep(struct login **place, const uint8_t digest[SECRET_DIGEST],
                 const struct db_state *state, const struct actor *actor,
                 bool by_cookie)
{
    if (!*place)
        *place = mem_alloc(sizeof(**place));
    if (!*place)
        return;
    memcpy((*place)->digest, digest, SECRET_DIGEST);
    (*place)->state = *state;
    (*place)->read_us = clock_now_us();
    (*place)->by_cookie = by_cookie;
    (*place)->actor = *actor;
}

int logins_actor(struct logins *logins, const struct request *request,
                 struct actor *actor, bool *by_cookie, int64_t *touch_session,
                 int64_t *touch_token, struct err *err)
{
    struct db_state before;
    struct db_state after;
    uint8_t digest[SECRET_DIGEST];
    bool is_told =
        make_digest(request, digest) && db_state(logins->db, &before);
    struct login **place = is_told ? place_of(logins, digest) : NULL;

    if (place && is_good(*place, digest, &before)) {
        *actor = (*place)->actor;
        *by_cookie = (*place)->by_cookie;
        memcpy(actor->address, request->address, sizeof(actor->address));
        return 0;
    }
    if (auth_actor(logins->db, request, actor, by_cookie, touch_session,
                   touch_token, err) < 0)
        return -1;
    if (place && !*touch_session && !*touch_token &&
        db_state(logins->db, &after) && db_state_equal(&before, &after))
        keep(place, digest, &before, actor, *by_cookie);
    return 0;
}
