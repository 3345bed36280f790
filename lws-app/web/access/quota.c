#include "web/access/quota.h"
#include "base/clock.h"
#include "base/mem.h"

#include <pthread.h>
#include <stdbool.h>

#define HASH_NONFATAL_OOM 1
#define uthash_malloc(size) mem_alloc(size)
#define uthash_free(memory, size) mem_free(memory)
#include <uthash.h>

#include "base/banned.h"

#define DAY_US (86400 * CLOCK_S)

struct user_quota {
    int64_t user;
    struct quota_use used;
    UT_hash_handle hh;
};
struct quota {
    struct quota_use most;
    pthread_mutex_t lock;
    int64_t day;              /* of all that is noted */
    struct user_quota *users; /* those who have written in it */
};

int quota_new(struct quota **out, struct quota_use most, struct err *err)
{
    struct quota *quota = mem_zalloc(sizeof(*quota));

    *out = NULL;
    if (!quota || pthread_mutex_init(&quota->lock, NULL) != 0) {
        mem_free(quota);
        return err_set(err, ERR_NOMEM, "no memory for quotas");
    }
    quota->most = most;
    *out = quota;
    return 0;
}

static void forget_all(struct quota *quota)
{
    struct user_quota *user;
    struct user_quota *next;

    HASH_ITER(hh, quota->users, user, next)
    {
        HASH_DEL(quota->users, user);
        mem_free(user);
    }
}

void quota_free(struct quota *quota)
{
    if (!quota)
        return;
    forget_all(quota);
    pthread_mutex_destroy(&quota->lock);
    mem_free(quota);
}

/* Under the lock. NULL: nothing written today. */
static struct user_quota *find(struct quota *quota, int64_t user)
{
    struct user_quota *found;
    int64_t day = clock_now_us() / DAY_US;

    if (quota->day != day)
        forget_all(quota);
    quota->day = day;
    HASH_FIND(hh, quota->users, &user, sizeof(user), found);
    return found;
}

static struct user_quota *add(struct quota *quota, int64_t user)
{
    struct user_quota *added = mem_zalloc(sizeof(*added));

    if (!added)
        return NULL;
    added->user = user;
    HASH_ADD(hh, quota->users, user, sizeof(added->user), added);
    if (!added->hh.tbl) {
        mem_free(added);
        return NULL;
    }
    return added;
}

/* Whether it is more than may be; where nothing is added, whether it is all
 * that may be. */
static bool is_over(int64_t used, int64_t more, int64_t most)
{
    return most && (more ? used + more > most : used >= most);
}

static int refuse(struct err *err)
{
    int64_t wait_us = quota_until_us() - clock_now_us();

    err_set(err, ERR_THROTTLED,
            "that is more than one user may write in a day (UTC): GET /api/me/ "
            "says how much that is");
    err->retry_after_s = (int)((wait_us + CLOCK_S - 1) / CLOCK_S);
    return -1;
}

int quota_take(struct quota *quota, int64_t user, struct quota_use more,
               struct err *err)
{
    struct user_quota *found;
    struct quota_use used = {0};
    int rc = 0;

    if (!quota)
        return 0;
    pthread_mutex_lock(&quota->lock);
    found = find(quota, user);
    if (found)
        used = found->used;
    if (is_over(used.rows, more.rows, quota->most.rows) ||
        is_over(used.bytes, more.bytes, quota->most.bytes)) {
        rc = refuse(err);
    } else if (more.rows || more.bytes) {
        if (!found)
            found = add(quota, user);
        if (found) {
            found->used.rows += more.rows;
            found->used.bytes += more.bytes;
        } else {
            rc = err_set(err, ERR_NOMEM, "no memory to count what is written");
        }
    }
    pthread_mutex_unlock(&quota->lock);
    return rc;
}

struct quota_use quota_most(const struct quota *quota)
{
    return quota ? quota->most : (struct quota_use){0};
}

struct quota_use quota_used(struct quota *quota, int64_t user)
{
    struct user_quota *found;
    struct quota_use used = {0};

    if (!quota)
        return used;
    pthread_mutex_lock(&quota->lock);
    found = find(quota, user);
    if (found)
        used = found->used;
    pthread_mutex_unlock(&quota->lock);
    return used;
}

int64_t quota_until_us(void)
{
    return (clock_now_us() / DAY_US + 1) * DAY_US;
}
