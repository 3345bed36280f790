#include "base/mem.h"
#include "store/redis/redis_stream_private.h"

#include <stdio.h>
#include <string.h>

#include "base/banned.h"

/*
 * One of all that read the stream writes what it has come to: whoever holds the
 * lock, which runs out unless it is held on to. In pieces, each only if the
 * lock is still held then.
 */
#define HOLD_MS "3000"
#define PIECE 200 /* names */
#define PIECE_BYTES (4 * 1024 * 1024)

static void step(struct redis_stream *s);

/* A piece, as the arguments of HSET and of HDEL. */
struct words {
    struct buf bytes;
    size_t ends[2 * PIECE];
    size_t count;
};
struct piece {
    struct words set;  /* names and values */
    struct words gone; /* names */
    size_t count;      /* names of both */
};

static void add_word(struct words *words, const struct buf *word)
{
    buf_put(&words->bytes, buf_text(word), word->len);
    words->ends[words->count++] = words->bytes.len;
}

static void gather(struct redis_stream *s, struct piece *piece)
{
    struct buf name;
    struct buf value;

    buf_init(&name, PIECE_BYTES);
    buf_init(&value, PIECE_BYTES);
    piece->count = 0;
    while (piece->count < PIECE && s->hooks.save(s->hooks.arg, &name, &value)) {
        add_word(value.len ? &piece->set : &piece->gone, &name);
        if (value.len)
            add_word(&piece->set, &value);
        piece->count++;
        buf_clear(&name);
        buf_clear(&value);
    }
    buf_release(&name);
    buf_release(&value);
}

static int send_text(struct redis_stream *s, redisCallbackFn *on, int argc,
                     const char *const *argv)
{
    return stream_send(s, &s->writer, on, argc, argv, NULL);
}

static void ignore(redisAsyncContext *ac, void *memory, void *round)
{
    (void)stream_of(ac, memory, round);
}

/* end: what stands behind the words; NULL: nothing. */
static int send_words(struct redis_stream *s, const char *command,
                      const struct words *words, const char *end)
{
    const char *argv[2 + 2 * PIECE + 2] = {command, s->latest};
    size_t lens[2 + 2 * PIECE + 2] = {strlen(command), strlen(s->latest)};
    size_t from = 0;
    int argc = 2;

    for (size_t i = 0; i < words->count; i++, argc++) {
        argv[argc] = words->bytes.data + from;
        lens[argc] = words->ends[i] - from;
        from = words->ends[i];
    }
    if (end) {
        argv[argc] = "";
        lens[argc++] = 0;
        argv[argc] = end;
        lens[argc++] = strlen(end);
    }
    return argc > 2 ? stream_send(s, &s->writer, ignore, argc, argv, lens) : 0;
}

/* At the end of the last piece all that is kept is as of the last entry. */
static int send_fields(struct redis_stream *s, const struct piece *piece)
{
    const char *at = piece->count < PIECE ? s->last : NULL;

    if (send_words(s, "HDEL", &piece->gone, NULL) < 0)
        return -1;
    return send_words(s, "HSET", &piece->set, at);
}

static void on_exec_more(redisAsyncContext *ac, void *memory, void *round);
static void on_exec_last(redisAsyncContext *ac, void *memory, void *round);

static void send_piece(struct redis_stream *s, const struct piece *piece)
{
    static const char *const multi[] = {"MULTI"};
    static const char *const exec[] = {"EXEC"};
    const char *const hold[] = {"SET", s->keeper, s->me, "PX", HOLD_MS};
    const char *const trim[] = {"XTRIM", s->key, "MAXLEN", "~", STREAM_KEPT};

    if (send_text(s, ignore, 1, multi) < 0 ||
        send_text(s, ignore, 5, hold) < 0 ||
        send_text(s, ignore, 5, trim) < 0 || send_fields(s, piece) < 0)
        return;
    send_text(s, piece->count == PIECE ? on_exec_more : on_exec_last, 1, exec);
    s->stats.saved += (int64_t)piece->count;
}

static void end(struct redis_stream *s, bool is_keeper)
{
    s->is_keeping = false;
    s->is_keeper = is_keeper;
}

/* The lock has gone to another one, or was let go of, meanwhile. */
static bool has_failed(struct redis_stream *s, const redisReply *reply)
{
    if (reply->type == REDIS_REPLY_ARRAY)
        return false;
    s->hooks.unsaved(s->hooks.arg);
    end(s, false);
    return true;
}

static void on_exec_more(redisAsyncContext *ac, void *memory, void *round)
{
    struct redis_stream *s = stream_of(ac, memory, round);

    if (s && !has_failed(s, memory))
        step(s);
}

static void on_exec_last(redisAsyncContext *ac, void *memory, void *round)
{
    struct redis_stream *s = stream_of(ac, memory, round);

    if (s && !has_failed(s, memory))
        end(s, true);
}

static void on_holder(redisAsyncContext *ac, void *memory, void *round)
{
    static const char *const unwatch[] = {"UNWATCH"};
    const redisReply *reply = memory;
    struct redis_stream *s = stream_of(ac, reply, round);
    struct piece *piece;
    bool is_mine;

    if (!s)
        return;
    is_mine = reply->type == REDIS_REPLY_STRING && !strcmp(reply->str, s->me);
    if (!is_mine && reply->type != REDIS_REPLY_NIL) {
        send_text(s, ignore, 1, unwatch);
        end(s, false);
        return;
    }
    /* A new keeper knows not what the one before has saved. */
    if (!is_mine)
        s->hooks.unsaved(s->hooks.arg);
    piece = mem_zalloc(sizeof(*piece));
    if (!piece) {
        end(s, false);
        return;
    }
    buf_init(&piece->set.bytes, PIECE_BYTES);
    buf_init(&piece->gone.bytes, PIECE_BYTES);
    gather(s, piece);
    if (piece->set.bytes.failed || piece->gone.bytes.failed) {
        s->hooks.unsaved(s->hooks.arg);
        end(s, false);
    } else {
        send_piece(s, piece);
    }
    buf_release(&piece->set.bytes);
    buf_release(&piece->gone.bytes);
    mem_free(piece);
}

static void step(struct redis_stream *s)
{
    const char *const watch[] = {"WATCH", s->keeper};
    const char *const get[] = {"GET", s->keeper};

    s->is_keeping = true;
    if (send_text(s, ignore, 2, watch) == 0)
        send_text(s, on_holder, 2, get);
}

void stream_keep(struct redis_stream *s)
{
    if (!s->is_keeping)
        step(s);
}
