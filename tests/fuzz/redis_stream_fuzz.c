#include "base/json_scan.h"
#include "base/log.h"
#include "fanout/market.h"
#include "store/redis/redis_stream_private.h"
#include "target.h"

#include <stdio.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/banned.h"

/*
 * What a Redis server, or whoever passes for one, answers on the two
 * connections of a stream, and what of it comes to the market. In an input the
 * byte FE is followed by what to do: 00 lets the stream read what stands
 * before, 01 goes on on the other connection (the first one reads entries), 02
 * ends this one, 03 is the second that passes, 04 adds an entry.
 */
enum { DO_TURN, DO_SWAP, DO_END, DO_LOOK, DO_ADD, DO_LAST = DO_ADD };
#define DO_MARK 0xfe
#define TURNS 3

struct place {
    char dir[64];
    char url[96];
    int listener;
    int links[2]; /* in the order they connected; -1: none */
    size_t at;
    uv_loop_t loop;
    struct redis_stream *stream;
    struct market *market;
    struct market_session *session;
    struct buf piece;
    struct redis_stream_id last;
    bool is_up;
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
}

/* As the feed does, with what is promised of it. */

static bool is_above(const struct redis_stream_id *a,
                     const struct redis_stream_id *b)
{
    return a->ms > b->ms || (a->ms == b->ms && a->n > b->n);
}

static void on_entry(void *arg, const struct redis_stream_id *id,
                     const char *bytes, size_t len)
{
    const struct market_at at = {.ms = id->ms, .n = id->n};
    static struct tick tick;
    struct err err = ERR_INIT;

    (void)arg;
    must(place.is_up);
    must(id->ms < REDIS_STREAM_MS_MAX && id->n < REDIS_STREAM_N_MAX);
    must(is_above(id, &place.last));
    place.last = *id;
    if (tick_read_line(bytes, len, &tick, &err) == 0)
        market_take(place.market, &tick, &at, 1);
}

static void on_restore(void *arg, const char *name, size_t name_len,
                       const char *value, size_t len)
{
    (void)arg;
    must(name != NULL && name_len > 0);
    market_restore(place.market, value, len, 1);
}

static void on_began(void *arg, const char *epoch)
{
    (void)arg;
    must(*epoch != '\0');
    place.last = (struct redis_stream_id){0, 0};
    market_rebase(place.market);
}

static void on_lost(void *arg, const struct redis_stream_id *after,
                    const struct redis_stream_id *next, int64_t entries)
{
    const struct market_at from = {.ms = after->ms, .n = after->n + 1};
    const struct market_at to = {.ms = next->ms, .n = next->n};

    (void)arg;
    must(entries > 0);
    market_lose(place.market, &from, &to, entries);
}

static void on_state(void *arg, bool up)
{
    (void)arg;
    must(up != place.is_up);
    place.is_up = up;
    market_set_down(place.market, !up);
}

static bool on_save(void *arg, struct buf *name, struct buf *value)
{
    (void)arg;
    return market_next_unsaved(place.market, name, value);
}

static void on_unsaved(void *arg)
{
    (void)arg;
    market_unsave(place.market);
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
    if (what == DO_LOOK)
        place.stream->timer.timer_cb(&place.stream->timer);
    if (what == DO_ADD)
        redis_stream_add(place.stream, "{}\n", 3);
    if (what == DO_END && *link >= 0) {
        close(*link);
        *link = -1;
    }
}

/* Whatever came, what is given of it is JSON. */
static void read_frames(void)
{
    struct market_session *session;
    struct err err = ERR_INIT;
    struct buf out;

    buf_init(&out, 1 << 20);
    while ((session = market_next_session(place.market, 1))) {
        while (market_session_frame(session, MARKET_FRAME_MAX, 1, &out) > 0) {
            must(json_scan(out.data, out.len, &err) == 0);
            buf_clear(&out);
        }
    }
    buf_release(&out);
}

static void open_market(void)
{
    static const char *const names[] = {"*", "A"};
    static const struct market_at start = {.ms = 1};
    const struct market_settings settings = {
        .symbols_max = 100, .trade_bytes = 65536, .minutes = 1};
    const struct market_want want = {.names = names,
                                     .count = 2,
                                     .kinds = MARKET_QUOTES | MARKET_TRADES,
                                     .after = &start};
    struct err err = ERR_INIT;
    struct buf unknown;

    buf_init(&unknown, 4096);
    place.market = market_new(&settings);
    must(place.market != NULL);
    market_set_down(place.market, true);
    place.session = market_session_new(place.market, NULL, "*");
    must(place.session != NULL);
    must(market_follow(place.session, &want, &unknown, &err) == 0);
    buf_release(&unknown);
}

static void open_stream(void)
{
    const struct redis_stream_hooks hooks = {
        .entry = on_entry,
        .restore = on_restore,
        .began = on_began,
        .lost = on_lost,
        .state = on_state,
        .save = on_save,
        .unsaved = on_unsaved,
    };
    struct err err = ERR_INIT;

    place.links[0] = place.links[1] = -1;
    place.at = 0;
    place.is_up = false;
    must(uv_loop_init(&place.loop) == 0);
    open_market();
    must(redis_stream_new(&place.stream, &place.loop, place.url, "k", &hooks,
                          &err) == 0);
    turn();
}

static void close_stream(void)
{
    redis_stream_free(place.stream);
    uv_run(&place.loop, UV_RUN_DEFAULT);
    must(uv_loop_close(&place.loop) == 0);
    market_session_free(place.session);
    market_free(place.market);
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

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (place.listener < 0) {
        log_set_level(LOG_ERROR);
        open_listener();
    }
    buf_init(&place.piece, 1 << 20);
    open_stream();
    for (size_t i = 0; i < size; i++) {
        if (data[i] == DO_MARK && i + 1 < size && data[i + 1] <= DO_LAST)
            act(data[++i]);
        else
            buf_put_char(&place.piece, (char)data[i]);
    }
    act(DO_TURN);
    read_frames();
    close_stream();
    buf_release(&place.piece);
    return 0;
}
