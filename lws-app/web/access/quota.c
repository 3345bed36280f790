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
    struct quota_use unwritten;
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

static bool are_over(struct quota_use used, struct quota_use more,
                     struct quota_use most)
{
    return is_over(used.rows, more.rows, most.rows) ||
           is_over(used.bytes, more.bytes, most.bytes);
}

static void add_use(struct quota_use *use, struct quota_use more)
{
    use->rows += more.rows;
    use->bytes += more.bytes;
}

static int refuse(const char *what, struct err *err)
{
    int64_t wait_us = quota_until_us() - clock_now_us();

    err_set(err, ERR_THROTTLED,
            "that is more than one user may %s in a day (UTC): GET /api/me/ "
            "says how much that is",
            what);
    err->retry_after_s = (int)((wait_us + CLOCK_S - 1) / CLOCK_S);
    return -1;
}

int quota_take(struct quota *quota, int64_t user, struct quota_use more,
               struct err *err)
{
    struct user_quota *found;
    struct quota_use used = {0};
    bool is_more = more.rows || more.bytes;
    int rc = 0;

    if (!quota)
        return 0;
    pthread_mutex_lock(&quota->lock);
    found = find(quota, user);
    if (found)
        used = found->used;
    if (are_over(used, more, quota->most)) {
        rc = refuse("write", err);
    } else if (found && !is_more &&
               are_over(found->unwritten, more, quota->most)) {
        rc = refuse("have refused, repeat or leave unchanged", err);
    } else if (is_more) {
        if (!found)
            found = add(quota, user);
        if (found) {
            add_use(&found->used, more);
        } else {
            rc = err_set(err, ERR_NOMEM, "no memory to count what is written");
        }
    }
    pthread_mutex_unlock(&quota->lock);
    return rc;
}

void quota_add_unwritten(struct quota *quota, int64_t user,
                         struct quota_use more)
{
    struct user_quota *found;

    if (!quota)
        return;
    pthread_mutex_lock(&quota->lock);
    found = find(quota, user);
    if (!found)
        found = add(quota, user);
    if (found)
        add_use(&found->unwritten, more);
    pthread_mutex_unlock(&quota->lock);
}

struct quota_use quota_most(const struct quota *quota)
{
    return quota ? quota->most : (struct quota_use){0};
}

/* Both. */
static struct user_quota look(struct quota *quota, int64_t user)
{
    struct user_quota copy = {0};
    struct user_quota *found;

    if (!quota)
        return copy;
    pthread_mutex_lock(&quota->lock);
    found = find(quota, user);
    if (found)
        copy = *found;
    pthread_mutex_unlock(&quota->lock);
    return copy;
}

struct quota_use quota_used(struct quota *quota, int64_t user)
{
    return look(quota, user).used;
}

struct quota_use quota_unwritten(struct quota *quota, int64_t user)
{
    return look(quota, user).unwritten;
}

int64_t quota_until_us(void)
{
    return (clock_now_us() / DAY_US + 1) * DAY_US;
}
