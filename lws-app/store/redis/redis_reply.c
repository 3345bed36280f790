#include "store/redis/redis_reply.h"

#include <stdbool.h>
#include <strings.h>

#include "base/banned.h"

#define ELEMENTS_MAX 4000000

#if HIREDIS_MAJOR >= 1
typedef size_t elements_t;
#else
typedef int elements_t;
#endif

/* hiredis' own, which do the work, and those that look first. */
static redisReplyObjectFunctions own;
static redisReplyObjectFunctions guarded;
static redisReplyObjectFunctions nested; /* of replies to commands alone */

/* A command waits for it, or a subscription; an error needs neither. */
static bool is_expected(const redisReadTask *task)
{
    const redisAsyncContext *ac = task->privdata;

    return ac->replies.head || task->type == REDIS_REPLY_ERROR ||
           (ac->c.flags & (REDIS_SUBSCRIBED | REDIS_MONITORING)) != 0;
}

/* {"message", channel, bytes}, {"subscribe", channel, count}, {"pong", ""}. */
static bool has_its_place(const redisReadTask *task)
{
    const redisReply *array = task->parent ? task->parent->obj : NULL;
    bool is_end;

    if (!array)
        return is_expected(task);
    if (task->idx == 0)
        return task->type == REDIS_REPLY_STRING;
    is_end = !strcasecmp(array->element[0]->str, "unsubscribe") ||
             !strcasecmp(array->element[0]->str, "punsubscribe");
    if (task->idx == 1)
        return task->type == REDIS_REPLY_STRING &&
               (!is_end || array->elements == 3);
    return is_end ? task->type == REDIS_REPLY_INTEGER
                  : task->type == REDIS_REPLY_INTEGER ||
                        task->type == REDIS_REPLY_STRING;
}

static void *make_string(const redisReadTask *task, char *text, size_t len)
{
    return has_its_place(task) ? own.createString(task, text, len) : NULL;
}

static void *make_array(const redisReadTask *task, elements_t count)
{
    return !task->parent && task->type == REDIS_REPLY_ARRAY &&
                   (count == 2 || count == 3) && is_expected(task)
               ? own.createArray(task, count)
               : NULL;
}

static void *make_integer(const redisReadTask *task, long long value)
{
    return has_its_place(task) ? own.createInteger(task, value) : NULL;
}

/* Its task bears the type of what is not there. */
static void *make_nil(const redisReadTask *task)
{
    return !task->parent && is_expected(task) ? own.createNil(task) : NULL;
}

#if HIREDIS_MAJOR >= 1
/* Of a protocol that we don't ask for. */
static void *refuse_double(const redisReadTask *task, double value, char *text,
                           size_t len)
{
    (void)task;
    (void)value;
    (void)text;
    (void)len;
    return NULL;
}

static void *refuse_bool(const redisReadTask *task, int value)
{
    (void)task;
    (void)value;
    return NULL;
}
#endif

/* Of any shape, but only where a command waits. */
static bool is_answer(const redisReadTask *task)
{
    return task->parent || is_expected(task);
}

static void *make_any_string(const redisReadTask *task, char *text, size_t len)
{
    return is_answer(task) ? own.createString(task, text, len) : NULL;
}

static void *make_any_array(const redisReadTask *task, elements_t count)
{
    return is_answer(task) && (size_t)count <= ELEMENTS_MAX
               ? own.createArray(task, count)
               : NULL;
}

static void *make_any_integer(const redisReadTask *task, long long value)
{
    return is_answer(task) ? own.createInteger(task, value) : NULL;
}

static void *make_any_nil(const redisReadTask *task)
{
    return is_answer(task) ? own.createNil(task) : NULL;
}

void redis_reply_guard(redisAsyncContext *ac, bool has_nested)
{
    redisReader *reader = ac->c.reader;

    if (!own.createString) {
        own = *reader->fn;
        guarded = own;
        guarded.createString = make_string;
        guarded.createArray = make_array;
        guarded.createInteger = make_integer;
        guarded.createNil = make_nil;
#if HIREDIS_MAJOR >= 1
        guarded.createDouble = refuse_double;
        guarded.createBool = refuse_bool;
#endif
        nested = guarded;
        nested.createString = make_any_string;
        nested.createArray = make_any_array;
        nested.createInteger = make_any_integer;
        nested.createNil = make_any_nil;
    }
    reader->fn = has_nested ? &nested : &guarded;
    reader->privdata = ac;
}
