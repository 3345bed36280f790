#include "store/redis/redis_ask.h"
#include "base/clock.h"
#include "store/redis/redis_once_private.h"

#include <string.h>

#include "base/banned.h"

static int skip_replies(redisContext *c, const struct redis_url *url, int count,
                        int64_t deadline_us, struct err *err)
{
    for (int i = 0; i < count; i++) {
        redisReply *reply = redis_once_reply(c, url, deadline_us, err);

        if (!reply)
            return -1;
        freeReplyObject(reply);
    }
    return 0;
}

/* One command of three words at most, and what comes before it. */
static int run(redisContext **c, const struct redis_url *url, int argc,
               const char *const *argv, int64_t deadline_us, struct err *err)
{
    const char *words[3];

    for (int i = 0; i < argc; i++)
        words[i] = argv[i];
    if (redis_once_connect(c, url, deadline_us, err) < 0)
        return -1;
    if (redis_once_login(*c, url) < 0 ||
        redisAppendCommandArgv(*c, argc, words, NULL) != REDIS_OK)
        return err_set(err, ERR_NOMEM, "redis: out of memory");
    return skip_replies(*c, url, url->has_login ? 2 : 1, deadline_us, err);
}

/* False: none came in time. */
static bool take_answer(redisContext *c, const struct redis_url *url,
                        int64_t deadline_us,
                        const struct redis_question *question, bool *is_enough)
{
    struct err err = ERR_INIT;
    redisReply *reply = redis_once_reply(c, url, deadline_us, &err);

    if (!reply)
        return false;
    if (reply->type == REDIS_REPLY_ARRAY && reply->elements == 3 &&
        reply->element[0]->type == REDIS_REPLY_STRING &&
        !strcmp(reply->element[0]->str, "message") &&
        reply->element[2]->type == REDIS_REPLY_STRING)
        *is_enough = question->answer(question->arg, reply->element[2]->str,
                                      reply->element[2]->len);
    freeReplyObject(reply);
    return true;
}

int redis_ask(const char *url, const struct redis_question *question,
              struct err *err)
{
    const char *const follow[] = {"SUBSCRIBE", question->answers};
    const char *const publish[] = {"PUBLISH", question->channel,
                                   question->text};
    int64_t deadline_us = clock_mono_us() + question->wait_ms * INT64_C(1000);
    struct redis_url where;
    redisContext *listener = NULL;
    redisContext *asker = NULL;
    bool is_enough = false;
    int rc = -1;

    if (redis_url_parse(&where, url, err) < 0)
        return -1;
    redis_ignore_sigpipe();
    if (run(&listener, &where, 2, follow, deadline_us, err) == 0 &&
        run(&asker, &where, 3, publish, deadline_us, err) == 0) {
        rc = 0;
        while (!is_enough && take_answer(listener, &where, deadline_us,
                                         question, &is_enough)) {
        }
    }
    if (asker)
        redisFree(asker);
    if (listener)
        redisFree(listener);
    return rc;
}
