#include "base/log.h"
#include "fanout/relay_private.h"
#include "store/redis/redis.h"
#include "target.h"

#include <stdio.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/banned.h"

/*
 * What a Redis server, or whoever passes for one, answers on the link's two
 * connections, and what of it comes to the hub. In an input the byte FE is
 * followed by what to do: 00 lets the link read what stands before, 01 goes on
 * on the other connection, 02 ends this one.
 */
#define DO_TURN 0
#define DO_SWAP 1
#define DO_END 2
#define DO_MARK 0xfe
#define EPOCH "0123456789abcdef0123456789abcdef"
#define OWNER 7
#define CHANNEL "lws-app:" EPOCH ":owner:7"
#define TURNS 3

struct place {
    char dir[64];
    char url[96];
    int listener;
    int links[2]; /* in the order they connected; -1: none */
    size_t at;
    uv_loop_t loop;
    struct hub *hub;
    struct redis *redis;
    struct buf piece;
    char *prefix;
};

static struct place place = {.listener = -1};

static void remove_folder(void)
{
    char path[96];

    snprintf(path, sizeof(path), "%s/redis.sock", place.dir);
    unlink(path);
    rmdir(place.dir);
}

static void open_listener(void)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};

    snprintf(place.dir, sizeof(place.dir), "/tmp/lws-app-fuzz-XXXXXX");
    must(mkdtemp(place.dir) != NULL);
    atexit(remove_folder);
    snprintf(place.url, sizeof(place.url), "unix://%s/redis.sock", place.dir);
    snprintf(address.sun_path, sizeof(address.sun_path), "%s/redis.sock",
             place.dir);
    place.listener =
        socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    must(bind(place.listener, (struct sockaddr *)&address, sizeof(address)) ==
         0);
    must(listen(place.listener, 16) == 0);
    place.prefix = relay_prefix(EPOCH);
    must(place.prefix != NULL);
}

/* As the relay does with what came. */
static void take(void *arg, const char *channel, const char *bytes, size_t len)
{
    const char *end = bytes + len;
    struct event event;

    (void)arg;
    if (!relay_message_is_sound(place.prefix, channel, bytes, len))
        return;
    while (event_decode(&bytes, end, &event) == 1)
        hub_deliver(place.hub, &event);
}

static void note_subscribed(void *arg, const char *channel)
{
    (void)arg;
    must(channel != NULL);
}

static void note_state(void *arg, bool up)
{
    (void)arg;
    (void)up;
}

static void ignore_wake(void *socket)
{
    (void)socket;
}

static void turn(void)
{
    char bytes[4096];

    for (int i = 0; i < TURNS; i++) {
        uv_run(&place.loop, UV_RUN_NOWAIT);
        for (size_t k = 0; k < 2; k++) {
            if (place.links[k] < 0)
                place.links[k] = accept4(place.listener, NULL, NULL,
                                         SOCK_NONBLOCK | SOCK_CLOEXEC);
            /* What it says is not listened to. */
            else if (recv(place.links[k], bytes, sizeof(bytes), 0) == 0)
                continue;
        }
    }
}

static void act(uint8_t what)
{
    int *link = &place.links[place.at];

    if (place.piece.len && *link >= 0)
        (void)!send(*link, place.piece.data, place.piece.len, MSG_NOSIGNAL);
    buf_clear(&place.piece);
    turn();
    if (what == DO_SWAP)
        place.at ^= 1;
    if (what == DO_END && *link >= 0) {
        close(*link);
        *link = -1;
    }
}

/* The frames of a stream are in order, whoever has sent what. */
static void check_stream(struct subscription *sub)
{
    int64_t before = 0;
    bool lag = false;

    while (subscription_peek(sub, &lag)) {
        subscription_advance(sub);
        must(subscription_position(sub) > before);
        before = subscription_position(sub);
    }
}

static void close_link(void)
{
    redis_free(place.redis);
    uv_run(&place.loop, UV_RUN_DEFAULT);
    must(uv_loop_close(&place.loop) == 0);
    for (size_t i = 0; i < 2; i++) {
        if (place.links[i] >= 0)
            close(place.links[i]);
    }
    /* Tries that were never taken. */
    for (int fd = 0; fd >= 0;) {
        fd = accept4(place.listener, NULL, NULL, SOCK_CLOEXEC);
        if (fd >= 0)
            close(fd);
    }
}

static void open_link(struct subscription **sub)
{
    const struct redis_hooks hooks = {
        .message = take, .subscribed = note_subscribed, .state = note_state};
    const struct hub_hooks hub_hooks = {.wake = ignore_wake};
    struct err err = ERR_INIT;

    place.links[0] = place.links[1] = -1;
    place.at = 0;
    must(uv_loop_init(&place.loop) == 0);
    place.hub = hub_new(65536, &hub_hooks);
    must(place.hub != NULL);
    must(hub_subscribe(place.hub, OWNER, "orders", NULL, sub, &err) == 0);
    hub_join(*sub, 0, 0);
    must(redis_new(&place.redis, &place.loop, place.url, &hooks, &err) == 0);
    must(redis_follow(place.redis, CHANNEL, &err) == 0);
    turn();
    redis_publish(place.redis, CHANNEL, "x", 1);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct subscription *sub = NULL;

    if (place.listener < 0) {
        log_set_level(LOG_ERROR);
        open_listener();
    }
    buf_init(&place.piece, 1 << 20);
    open_link(&sub);
    for (size_t i = 0; i < size; i++) {
        if (data[i] == DO_MARK && i + 1 < size && data[i + 1] <= DO_END)
            act(data[++i]);
        else
            buf_put_char(&place.piece, (char)data[i]);
    }
    act(DO_TURN);
    check_stream(sub);
    close_link();
    hub_free(place.hub);
    buf_release(&place.piece);
    return 0;
}
