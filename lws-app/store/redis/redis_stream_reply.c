#include "store/redis/redis_stream_private.h"

#include <string.h>

#include "base/banned.h"

#define ENTRIES_MAX INT64_C(1000000000000000) /* that there ever were */

bool stream_is_text(const redisReply *reply)
{
    return reply->type == REDIS_REPLY_STRING;
}

/* The digits at text, of a number below max. NULL: there is none. */
static const char *read_digits(const char *text, uint64_t max, uint64_t *number)
{
    const char *at = text;

    for (*number = 0; *at >= '0' && *at <= '9'; at++) {
        *number = *number * 10 + (uint64_t)(*at - '0');
        if (*number >= max)
            return NULL;
    }
    return at > text ? at : NULL;
}

int stream_id_read(const char *text, struct redis_stream_id *id)
{
    const char *dash = read_digits(text, REDIS_STREAM_MS_MAX, &id->ms);
    const char *end = dash && *dash == '-'
                          ? read_digits(dash + 1, REDIS_STREAM_N_MAX, &id->n)
                          : NULL;

    return end && !*end ? 0 : -1;
}

int stream_id_compare(const char *left, const char *right)
{
    struct redis_stream_id a = {0, 0};
    struct redis_stream_id b = {0, 0};

    stream_id_read(left, &a);
    stream_id_read(right, &b);
    if (a.ms != b.ms)
        return a.ms < b.ms ? -1 : 1;
    return a.n == b.n ? 0 : a.n < b.n ? -1 : 1;
}

static bool is_sound(const struct stream_info *info)
{
    struct redis_stream_id id;

    return info->kept >= 0 && info->kept <= ENTRIES_MAX && info->added >= 0 &&
           info->added <= ENTRIES_MAX &&
           stream_id_read(info->newest, &id) == 0 &&
           stream_id_read(info->oldest, &id) == 0;
}

bool stream_info_read(const redisReply *reply, struct stream_info *info)
{
    *info = (struct stream_info){.newest = "0-0", .oldest = "0-0"};
    /* No such key: nothing was ever added. */
    if (reply->type == REDIS_REPLY_ERROR)
        return !strncmp(reply->str, "ERR no such key", 15);
    if (reply->type != REDIS_REPLY_ARRAY)
        return false;
    for (size_t i = 0; i + 1 < reply->elements; i += 2) {
        const redisReply *name = reply->element[i];
        const redisReply *value = reply->element[i + 1];

        if (!stream_is_text(name))
            continue;
        if (!strcmp(name->str, "length") && value->type == REDIS_REPLY_INTEGER)
            info->kept = value->integer;
        if (!strcmp(name->str, "entries-added") &&
            value->type == REDIS_REPLY_INTEGER)
            info->added = value->integer;
        if (!strcmp(name->str, "last-generated-id") && stream_is_text(value) &&
            (size_t)value->len < STREAM_ID_MAX)
            info->newest = value->str;
        if (!strcmp(name->str, "first-entry") &&
            value->type == REDIS_REPLY_ARRAY && value->elements > 0 &&
            stream_is_text(value->element[0]))
            info->oldest = value->element[0]->str;
    }
    /* Before version 7 it does not say how many there ever were. */
    if (info->added < info->kept)
        info->added = info->kept;
    return is_sound(info);
}
