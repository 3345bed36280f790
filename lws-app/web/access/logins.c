#include "web/access/logins.h"
#include "base/clock.h"
#include "base/mem.h"
#include "base/secret.h"
#include "web/access/auth.h"

#include <string.h>

#include "base/banned.h"

#define PLACES 1024
/* Looked up anew after that long: a use of the login may have to be noted. */
#define KEPT_US CLOCK_S

struct login {
    uint8_t digest[SECRET_DIGEST];
    struct db_state state;
    int64_t read_us;
    size_t which; /* of the credentials */
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

/* Of all of them together, since which one counts hangs on those before it. A
 * token is no session, whatever its text. */
static void make_digest(const struct credentials *credentials,
                        uint8_t digest[SECRET_DIGEST])
{
    char text[CREDENTIALS_MAX * (CREDENTIAL_MAX + 1)];
    size_t len = 0;

    for (size_t i = 0; i < credentials->count; i++) {
        const struct credential *one = &credentials->of[i];
        size_t one_len = strlen(one->text) + 1;

        text[len++] = one->is_token ? 't' : 's';
        memcpy(text + len, one->text, one_len);
        len += one_len;
    }
    secret_sha256(text, len, digest);
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
                 size_t which)
{
    if (!*place)
        *place = mem_alloc(sizeof(**place));
    if (!*place)
        return;
    memcpy((*place)->digest, digest, SECRET_DIGEST);
    (*place)->state = *state;
    (*place)->read_us = clock_now_us();
    (*place)->which = which;
    (*place)->actor = *actor;
}

static int find(struct logins *logins, const struct credentials *credentials,
                struct actor *actor, size_t *which, int64_t *touch_session,
                int64_t *touch_token, struct err *err)
{
    struct db_state before;
    struct db_state after;
    uint8_t digest[SECRET_DIGEST];
    struct login **place = NULL;

    if (credentials->count && db_state(logins->db, &before)) {
        make_digest(credentials, digest);
        place = place_of(logins, digest);
    }
    if (place && is_good(*place, digest, &before)) {
        *actor = (*place)->actor;
        *which = (*place)->which;
        return 0;
    }
    if (auth_find(logins->db, credentials, actor, which, touch_session,
                  touch_token, err) < 0)
        return -1;
    if (place && !*touch_session && !*touch_token &&
        db_state(logins->db, &after) && db_state_equal(&before, &after))
        keep(place, digest, &before, actor, *which);
    return 0;
}

int logins_actor(struct logins *logins, const struct request *request,
                 struct actor *actor, char session[CREDENTIAL_MAX],
                 int64_t *touch_session, int64_t *touch_token, struct err *err)
{
    struct credentials credentials;
    size_t which;

    *session = '\0';
    *touch_session = *touch_token = 0;
    if (credentials_read(request, &credentials, err) < 0 ||
        find(logins, &credentials, actor, &which, touch_session, touch_token,
             err) < 0)
        return -1;
    auth_finish(request, &credentials.of[which], actor, session);
    return 0;
}
