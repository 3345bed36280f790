#include "store/redis/redis_once.h"
#include "base/clock.h"
#include "base/mem.h"
#include "store/redis/redis_once_private.h"
#include "store/redis/redis_stream_private.h"
#include "store/redis/redis_tls.h"

#include <errno.h>
#include <hiredis/hiredis.h>
#include <stdio.h>
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

/* All errors of here say of which server they are. */
static int fail(const struct redis_url *url, enum err_code code,
                const char *text, struct err *err)
{
    return err_set(err, code, "redis %.100s: %s", url->name, text);
}

/* hiredis has the system's words for a time that is over. */
static const char *words_of(const redisContext *c)
{
    return !c                                          ? "out of memory"
           : c->err == REDIS_ERR_IO && errno == EAGAIN ? "no answer in time"
           : c->err                                    ? c->errstr
                                                       : "no answer in time";
}

/* NULL, or one that may be at fault. */
static redisContext *open_first(const struct redis_url *url,
                                const struct redis_addresses *addresses,
                                int64_t deadline_us)
{
    redisContext *c = NULL;

    if (url->path[0])
        return redisConnectUnixWithTimeout(url->path, time_left(deadline_us));
    for (size_t i = 0; i < addresses->count; i++) {
        c = redisConnectWithTimeout(addresses->text[i], url->port,
                                    time_left(deadline_us));
        if (!c || !c->err || i + 1 == addresses->count)
            break;
        redisFree(c);
    }
    return c;
}

int redis_once_connect(redisContext **c, const struct redis_url *url,
                       int64_t deadline_us, struct err *err)
{
    struct redis_addresses addresses = {.count = 0};

    if (!url->path[0] && redis_url_look_up(url, &addresses, err) < 0)
        return fail(url, err->code, err->text, err);
    *c = open_first(url, &addresses, deadline_us);
    if (!*c || (*c)->err)
        return fail(url, ERR_UNAVAILABLE, words_of(*c), err);
    if (url->is_tls && redis_tls_wrap((*c)->fd, url, err) < 0)
        return fail(url, err->code, err->text, err);
    return 0;
}

int redis_once_login(redisContext *c, const struct redis_url *url)
{
    const char *argv[REDIS_AUTH_WORDS];
    int argc = redis_url_auth(url, argv);

    return !argc || redisAppendCommandArgv(c, argc, argv, NULL) == REDIS_OK
               ? 0
               : -1;
}

static int append(redisContext *c, const struct redis_url *url,
                  const char *const *channels, const char *const *messages,
                  const size_t *lens, size_t count)
{
    const char *argv[3] = {"PUBLISH"};
    size_t argv_len[3] = {strlen(argv[0])};

    if (redis_once_login(c, url) < 0)
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

/* While it reads its file, or waits for the one that it is a copy of. */
static enum err_code refusal_code(const char *text)
{
    return !strncmp(text, "LOADING ", 8) || !strncmp(text, "MASTERDOWN ", 11)
               ? ERR_UNAVAILABLE
               : ERR_STORE;
}

redisReply *redis_once_reply(redisContext *c, const struct redis_url *url,
                             int64_t deadline_us, struct err *err)
{
    void *memory = NULL;
    redisReply *reply;

    if (clock_mono_us() > deadline_us ||
        redisSetTimeout(c, time_left(deadline_us)) != REDIS_OK ||
        redisGetReply(c, &memory) != REDIS_OK) {
        fail(url, ERR_UNAVAILABLE, words_of(c), err);
        return NULL;
    }
    reply = memory;
    if (reply->type != REDIS_REPLY_ERROR)
        return reply;
    fail(url, refusal_code(reply->str), reply->str, err);
    freeReplyObject(reply);
    return NULL;
}

/* One answer per command; the first that is an error ends it. */
static int collect(redisContext *c, const struct redis_url *url, size_t count,
                   int64_t deadline_us, struct err *err)
{
    for (size_t i = 0; i < count; i++) {
        redisReply *reply = redis_once_reply(c, url, deadline_us, err);

        if (!reply)
            return -1;
        freeReplyObject(reply);
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
    if (redis_once_connect(&c, &where, deadline_us, err) < 0)
        goto out;
    if (append(c, &where, channels, messages, lens, count) < 0) {
        err_set(err, ERR_NOMEM, "redis: out of memory");
        goto out;
    }
    rc =
        collect(c, &where, count + (where.has_login ? 1 : 0), deadline_us, err);
out:
    if (c)
        redisFree(c);
    redis_tls_wait();
    return rc;
}

struct redis_adder {
    struct redis_url url;
    redisContext *c; /* NULL: not connected */
    char key[STREAM_KEY_MAX];
};

int redis_adder_new(struct redis_adder **out, const char *url, const char *key,
                    struct err *err)
{
    struct redis_adder *adder = mem_zalloc(sizeof(*adder));

    *out = adder;
    if (!adder)
        return err_set(err, ERR_NOMEM, "out of memory");
    redis_ignore_sigpipe();
    if (stream_key_check(key, err) < 0)
        return -1;
    snprintf(adder->key, sizeof(adder->key), "%s", key);
    return redis_url_parse(&adder->url, url, err);
}

static void drop(struct redis_adder *adder)
{
    if (adder->c)
        redisFree(adder->c);
    adder->c = NULL;
}

void redis_adder_free(struct redis_adder *adder)
{
    if (!adder)
        return;
    drop(adder);
    redis_tls_wait();
    mem_free(adder);
}

static int log_in(struct redis_adder *adder, int64_t deadline_us,
                  struct err *err)
{
    if (redis_once_connect(&adder->c, &adder->url, deadline_us, err) < 0)
        return -1;
    if (!adder->url.has_login)
        return 0;
    if (redis_once_login(adder->c, &adder->url) < 0)
        return err_set(err, ERR_NOMEM, "redis: out of memory");
    return collect(adder->c, &adder->url, 1, deadline_us, err);
}

static int add(struct redis_adder *adder, const char *bytes, size_t len,
               int64_t deadline_us, struct err *err)
{
    struct stream_entry entry;

    if (!adder->c && log_in(adder, deadline_us, err) < 0)
        return -1;
    stream_entry_make(&entry, adder->key, bytes, len);
    if (redisAppendCommandArgv(adder->c, STREAM_ENTRY_WORDS, entry.argv,
                               entry.lens) != REDIS_OK)
        return err_set(err, ERR_NOMEM, "redis: out of memory");
    return collect(adder->c, &adder->url, 1, deadline_us, err);
}

int redis_adder_add(struct redis_adder *adder, const char *bytes, size_t len,
                    struct err *err)
{
    int rc = add(adder, bytes, len, clock_mono_us() + BUDGET_US, err);

    if (rc < 0)
        drop(adder);
    return rc;
}
