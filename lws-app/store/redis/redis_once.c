#include "base/clock.h"
#include "store/redis/redis.h"
#include "store/redis/redis_url.h"

#include <hiredis/hiredis.h>
#include <string.h>
#include <sys/time.h>

#include "base/banned.h"

#define BUDGET_US CLOCK_S

/* What is left of the budget; never 0, which would mean without end. */
static struct timeval time_left(int64_t deadline_us)
{
    int64_t left = deadline_us - clock_mono_us();

    if (left < 1)
        left = 1;
    if (left > BUDGET_US)
        left = BUDGET_US;
    return (struct timeval){.tv_sec = left / CLOCK_S,
                            .tv_usec = left % CLOCK_S};
}

static redisContext *open_first(const struct redis_url *url,
                                int64_t deadline_us)
{
    redisContext *c = NULL;

    if (url->path[0])
        return redisConnectUnixWithTimeout(url->path, time_left(deadline_us));
    for (size_t i = 0; i < url->address_count; i++) {
        c = redisConnectWithTimeout(url->addresses[i], url->port,
                                    time_left(deadline_us));
        if (!c || !c->err || i + 1 == url->address_count)
            break;
        redisFree(c);
    }
    return c;
}

static int append(redisContext *c, const struct redis_url *url,
                  const char *const *channels, const char *const *messages,
                  const size_t *lens, size_t count)
{
    const char *argv[3] = {"PUBLISH"};
    size_t argv_len[3] = {strlen(argv[0])};

    if (url->password[0] &&
        redisAppendCommand(c, "AUTH %s", url->password) != REDIS_OK)
        return -1;
    for (size_t i = 0; i < count; i++) {
        argv[1] = channels[i];
        argv_len[1] = strlen(channels[i]);
        argv[2] = messages[i];
        argv_len[2] = lens[i];
        if (redisAppendCommandArgv(c, 3, argv, argv_len) != REDIS_OK)
            return -1;
    }
    return 0;
}

/* One answer per command; the first that is an error ends it. */
static int collect(redisContext *c, size_t count, int64_t deadline_us,
                   struct err *err)
{
    for (size_t i = 0; i < count; i++) {
        void *memory = NULL;
        const redisReply *reply;
        int rc = 0;

        if (clock_mono_us() > deadline_us ||
            redisSetTimeout(c, time_left(deadline_us)) != REDIS_OK ||
            redisGetReply(c, &memory) != REDIS_OK)
            return err_set(err, ERR_UNAVAILABLE, "redis: %s",
                           c->err ? c->errstr : "no answer in time");
        reply = memory;
        if (reply->type == REDIS_REPLY_ERROR)
            rc = err_set(err, ERR_UNAVAILABLE, "redis: %s", reply->str);
        freeReplyObject(memory);
        if (rc < 0)
            return rc;
    }
    return 0;
}

int redis_publish_once(const char *url, const char *const *channels,
                       const char *const *messages, const size_t *lens,
                       size_t count, struct err *err)
{
    struct redis_url where;
    redisContext *c = NULL;
    int64_t deadline_us;
    int rc = -1;

    if (redis_url_parse(&where, url, err) < 0)
        goto out;
    redis_ignore_sigpipe();
    deadline_us = clock_mono_us() + BUDGET_US;
    c = open_first(&where, deadline_us);
    if (!c || c->err) {
        err_set(err, ERR_UNAVAILABLE, "redis: %s",
                c ? c->errstr : "out of memory");
        goto out;
    }
    if (append(c, &where, channels, messages, lens, count) < 0) {
        err_set(err, ERR_NOMEM, "redis: out of memory");
        goto out;
    }
    rc = collect(c, count + (where.password[0] ? 1 : 0), deadline_us, err);
out:
    if (c)
        redisFree(c);
    return rc;
}
