#include "store/redis/redis_uv.h"
#include "base/mem.h"

#include "base/banned.h"

struct watch {
    uv_poll_t poll;
    redisAsyncContext *ac; /* NULL once hiredis let go of it */
    int events;            /* asked for by hiredis */
};

static void ready(uv_poll_t *poll, int status, int events);

/* uv takes the socket out of epoll and puts it in again at each start, so only
 * a change gets that far. */
static void ask(struct watch *watch, int events)
{
    if (!watch->ac || events == watch->events)
        return;
    watch->events = events;
    if (events)
        uv_poll_start(&watch->poll, events, ready);
    else
        uv_poll_stop(&watch->poll);
}

static void add_read(void *data)
{
    struct watch *watch = data;

    ask(watch, watch->events | UV_READABLE);
}

static void del_read(void *data)
{
    struct watch *watch = data;

    ask(watch, watch->events & ~UV_READABLE);
}

static void add_write(void *data)
{
    struct watch *watch = data;

    ask(watch, watch->events | UV_WRITABLE);
}

static void del_write(void *data)
{
    struct watch *watch = data;

    ask(watch, watch->events & ~UV_WRITABLE);
}

static void closed(uv_handle_t *handle)
{
    mem_free(handle->data);
}

/* hiredis closes the socket right after this, and may call it twice. */
static void cleanup(void *data)
{
    struct watch *watch = data;

    if (!watch->ac)
        return;
    watch->ac->ev.data = NULL;
    watch->ac->ev.cleanup = NULL;
    watch->ac = NULL;
    uv_close((uv_handle_t *)&watch->poll, closed);
}

static void ready(uv_poll_t *poll, int status, int events)
{
    struct watch *watch = poll->data;
    int watched = watch->events;

    /* uv stopped watching. hiredis finds out what is wrong by itself, if only
     * it is told that something happened. */
    if (status < 0) {
        events = watched;
        watch->events = 0;
    }
    if (watch->ac && (events & UV_READABLE))
        redisAsyncHandleRead(watch->ac);
    if (watch->ac && (events & UV_WRITABLE))
        redisAsyncHandleWrite(watch->ac);
    if (watch->ac && status < 0)
        ask(watch, watch->events | watched);
}

int redis_uv_attach(redisAsyncContext *ac, uv_loop_t *loop)
{
    struct watch *watch = mem_zalloc(sizeof(*watch));

    if (!watch)
        return -1;
    if (uv_poll_init(loop, &watch->poll, ac->c.fd) != 0) {
        mem_free(watch);
        return -1;
    }
    watch->poll.data = watch;
    watch->ac = ac;
    ac->ev.data = watch;
    ac->ev.addRead = add_read;
    ac->ev.delRead = del_read;
    ac->ev.addWrite = add_write;
    ac->ev.delWrite = del_write;
    ac->ev.cleanup = cleanup;
    return 0;
}
