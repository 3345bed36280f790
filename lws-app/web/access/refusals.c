#include "web/access/refusals.h"
#include "base/address.h"
#include "base/clock.h"
#include "base/mem.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "base/banned.h"

#define PLACES REFUSALS_TAKEN_MAX

struct refusals {
    pthread_mutex_t lock;
    int64_t minute; /* of the places; those of another are free */
    size_t count;   /* of places that are taken */
    struct refusal places[PLACES];
    struct refusal over[PLACES]; /* of the minute before, not yet taken */
    size_t over_count;
};

struct refusals *refusals_new(void)
{
    struct refusals *refusals = mem_zalloc(sizeof(*refusals));

    if (refusals && pthread_mutex_init(&refusals->lock, NULL) != 0) {
        mem_free(refusals);
        refusals = NULL;
    }
    return refusals;
}

void refusals_free(struct refusals *refusals)
{
    if (refusals)
        pthread_mutex_destroy(&refusals->lock);
    mem_free(refusals);
}

static size_t move(const struct refusal *from, size_t count,
                   struct refusal *out)
{
    size_t moved = 0;

    for (size_t i = 0; i < count; i++) {
        if (from[i].times)
            out[moved++] = from[i];
    }
    return moved;
}

/* What nobody took within a minute is lost but for its newest part: the store
 * has refused it for as long. */
static void turn(struct refusals *refusals, int64_t minute)
{
    if (refusals->minute == minute)
        return;
    refusals->over_count =
        move(refusals->places, refusals->count, refusals->over);
    refusals->count = 0;
    refusals->minute = minute;
}

static struct refusal *find(struct refusals *refusals, enum refusal_kind kind,
                            const char *address, int64_t actor)
{
    for (size_t i = 0; i < refusals->count; i++) {
        struct refusal *one = &refusals->places[i];

        if (one->kind == kind && one->actor == actor &&
            !strcmp(one->address, address))
            return one;
    }
    return NULL;
}

static struct refusal *place_for(struct refusals *refusals,
                                 enum refusal_kind kind, const char *address,
                                 int64_t actor)
{
    struct refusal *one = find(refusals, kind, address, actor);

    if (!one && refusals->count >= REFUSALS_MAX) {
        address = REFUSALS_OTHERS;
        actor = 0;
        one = find(refusals, kind, address, actor);
    }
    if (!one) {
        one = &refusals->places[refusals->count++];
        *one = (struct refusal){
            .kind = kind, .minute = refusals->minute, .actor = actor};
        snprintf(one->address, sizeof(one->address), "%s", address);
    }
    return one;
}

void refusals_note(struct refusals *refusals, enum refusal_kind kind,
                   const char *address, int64_t actor)
{
    char site[ADDRESS_TEXT_MAX];

    if (!refusals)
        return;
    address_site_text(address, site);
    pthread_mutex_lock(&refusals->lock);
    turn(refusals, clock_now_us() / REFUSAL_MINUTE_US);
    place_for(refusals, kind, site, actor)->times++;
    pthread_mutex_unlock(&refusals->lock);
}

void refusals_note_err(struct refusals *refusals, const struct err *err,
                       const char *address, int64_t actor)
{
    static const struct {
        enum err_code code;
        enum refusal_kind kind;
    } kinds[] = {
        {ERR_FORBIDDEN, REFUSAL_FORBIDDEN}, {ERR_CONFIRM, REFUSAL_CONFIRM},
        {ERR_SETUP, REFUSAL_SETUP},         {ERR_CSRF, REFUSAL_CSRF},
        {ERR_ORIGIN, REFUSAL_ORIGIN},       {ERR_THROTTLED, REFUSAL_THROTTLED},
    };

    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        if (err->code == kinds[i].code)
            refusals_note(refusals, kinds[i].kind, address, actor);
    }
}

size_t refusals_take(struct refusals *refusals, struct refusal *out)
{
    size_t count;

    pthread_mutex_lock(&refusals->lock);
    turn(refusals, clock_now_us() / REFUSAL_MINUTE_US);
    if (refusals->over_count) {
        count = move(refusals->over, refusals->over_count, out);
        refusals->over_count = 0;
    } else {
        count = move(refusals->places, refusals->count, out);
        for (size_t i = 0; i < refusals->count; i++)
            refusals->places[i].times = 0;
    }
    pthread_mutex_unlock(&refusals->lock);
    return count;
}

void refusals_give_back(struct refusals *refusals, const struct refusal *taken,
                        size_t count)
{
    pthread_mutex_lock(&refusals->lock);
    turn(refusals, clock_now_us() / REFUSAL_MINUTE_US);
    for (size_t i = 0; i < count; i++)
        place_for(refusals, taken[i].kind, taken[i].address, taken[i].actor)
            ->times += taken[i].times;
    pthread_mutex_unlock(&refusals->lock);
}
