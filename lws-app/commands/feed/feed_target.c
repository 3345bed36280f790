#include "commands/feed/feed_target.h"
#include "base/json.h"
#include "base/mem.h"
#include "client/link.h"
#include "store/redis/redis_once.h"
#include "store/redis/redis_stream.h"

#include "base/banned.h"

/* Of a request: less than 1 MiB, and of no more than 10,000 lines. */
#define POST_MAX (256 * 1024)
#define WAIT_MAX_MS 2000

struct feed_target {
    struct feed_target_options options;
    struct link *link;
    struct redis_adder *adder;
};

int feed_target_open(struct feed_target **out,
                     const struct feed_target_options *options, struct err *err)
{
    struct feed_target *target = mem_zalloc(sizeof(*target));

    *out = target;
    if (!target)
        return err_set(err, ERR_NOMEM, "out of memory");
    target->options = *options;
    if (!options->url)
        return redis_adder_new(&target->adder, options->redis_url, options->key,
                               err);
    if (link_open(&target->link, options->url, options->ca, err) < 0)
        return -1;
    return link_set_token(target->link, options->token, err);
}

void feed_target_close(struct feed_target *target)
{
    if (!target)
        return;
    link_close(target->link);
    redis_adder_free(target->adder);
    mem_free(target);
}

size_t feed_target_max(const struct feed_target *target)
{
    return target->link ? POST_MAX : REDIS_STREAM_ENTRY_MAX;
}

static const char *text_of(const cJSON *tree, const char *name)
{
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(tree, name);

    return cJSON_IsString(item) ? item->valuestring : "";
}

/* Too many requests, too much that waits, a proxy without its server: not for
 * good. */
static bool is_for_now(int status)
{
    return status == 429 || (status >= 502 && status <= 504);
}

static int judge(const struct link_answer *answer, struct err *err)
{
    cJSON *tree;

    if (answer->status == 202)
        return 0;
    tree = cJSON_ParseWithLength(buf_text(&answer->body), answer->body.len);
    err_set(err, is_for_now(answer->status) ? ERR_UNAVAILABLE : ERR_CONFLICT,
            "the server answered %d: %s: %s", answer->status,
            text_of(tree, "title"), text_of(tree, "detail"));
    cJSON_Delete(tree);
    return -1;
}

static int post(struct link *link, const struct buf *lines, struct err *err)
{
    struct link_answer answer;
    int rc = link_request(link, "POST", "/api/market/", lines, &answer, err);

    if (rc == 0)
        rc = judge(&answer, err);
    link_answer_release(&answer);
    return rc;
}

int feed_target_send(struct feed_target *target, const struct buf *lines,
                     struct err *err)
{
    int ms = FEED_TARGET_WAIT_MS;

    for (;;) {
        int rc = target->link ? post(target->link, lines, err)
                              : redis_adder_add(target->adder, buf_text(lines),
                                                lines->len, err);

        if (rc == 0 || err->code != ERR_UNAVAILABLE ||
            !target->options.wait(target->options.arg, ms, err))
            return rc;
        err_clear(err);
        ms = 2 * ms > WAIT_MAX_MS ? WAIT_MAX_MS : 2 * ms;
    }
}
