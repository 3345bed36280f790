#include "store/redis/redis_stream.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/secret.h"
#include "store/redis/redis_stream_private.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/banned.h"

#define LOOK_MS 1000
#define READ_AT_ONCE "4" /* entries: hiredis gives a reply whole */
#define BLOCK_MS "1000"
#define UNDER_WAY_MAX (8 * 1024 * 1024)
#define NAME_BYTES 12

static void begin(struct redis_stream *s);
static void read_next(struct redis_stream *s);

int stream_send(struct redis_stream *s, struct redis_conn *conn,
                redisCallbackFn *on, int argc, const char *const *argv,
                const size_t *lens)
{
    /* hiredis takes them without const, and changes nothing. */
    if (redisAsyncCommandArgv(conn->ac, on, (void *)s->round, argc,
                              (const char **)(uintptr_t)argv, lens) == REDIS_OK)
        return 0;
    redis_conn_drop(conn, "out of memory");
    return -1;
}

struct redis_stream *stream_of(redisAsyncContext *ac, const redisReply *reply,
                               const void *round)
{
    struct redis_conn *conn = redis_conn_of(ac, reply);
    struct redis_stream *s = conn ? conn->owner : NULL;

    return s && s->round == (uintptr_t)round ? s : NULL;
}

#define SEND(s, conn, on, ...)                                                 \
    stream_send(s, conn, on,                                                   \
                (int)(sizeof((const char *[]){__VA_ARGS__}) / sizeof(char *)), \
                (const char *[]){__VA_ARGS__}, NULL)

/* Redis' own, where it has refused. */
static const char *words_of(const redisReply *reply, const char *otherwise)
{
    return reply->type == REDIS_REPLY_ERROR ? reply->str : otherwise;
}

/* What can't be read is a Redis that is none, or is not ours: begun anew. */
static void refuse(struct redis_stream *s, const char *what)
{
    redis_conn_drop(&s->writer, what);
}

/* Beginning: the epoch, what it has come to, where it stands, then reading. */

static void set_up(struct redis_stream *s, bool up)
{
    if (s->is_up == up)
        return;
    s->is_up = up;
    if (!up)
        s->is_keeper = false;
    s->hooks.state(s->hooks.arg, up);
}

static void stop(struct redis_stream *s)
{
    s->round++;
    s->is_beginning = s->is_keeping = s->is_checking = false;
    set_up(s, false);
}

static void take_latest(struct redis_stream *s, const redisReply *reply)
{
    for (size_t i = 0; i + 1 < reply->elements; i += 2) {
        const redisReply *name = reply->element[i];
        const redisReply *value = reply->element[i + 1];
        struct redis_stream_id id;

        if (!stream_is_text(name) || !stream_is_text(value))
            continue;
        if (name->len > 0)
            s->hooks.restore(s->hooks.arg, name->str, (size_t)name->len,
                             value->str, (size_t)value->len);
        else if (s->is_fresh && (size_t)value->len < sizeof(s->last) &&
                 stream_id_read(value->str, &id) == 0)
            snprintf(s->last, sizeof(s->last), "%s", value->str);
    }
}

static void on_reread(redisAsyncContext *ac, void *memory, void *round)
{
    const redisReply *reply = memory;
    struct redis_stream *s = stream_of(ac, reply, round);

    if (s && reply->type == REDIS_REPLY_ARRAY)
        take_latest(s, reply);
}

/* Between the last entry up to which all had been read, and next. */
static void lose(struct redis_stream *s, const char *next, int64_t entries)
{
    struct redis_stream_id after = {0, 0};
    struct redis_stream_id before = {0, 0};

    s->stats.lost += entries;
    log_warn("redis.stream_lost", "entries=%" PRId64 " after=%s", entries,
             s->sure);
    stream_id_read(s->sure, &after);
    stream_id_read(next, &before);
    s->hooks.lost(s->hooks.arg, &after, &before, entries);
    SEND(s, &s->writer, on_reread, "HGETALL", s->latest);
}

/* The last entry read is the one of that number, of all that were ever added:
 * each that was read was counted, so what is missing was lost. */
static void settle(struct redis_stream *s, int64_t number)
{
    if (s->counted >= 0 && number > s->counted)
        lose(s, s->last, number - s->counted);
    s->counted = number;
    snprintf(s->sure, sizeof(s->sure), "%s", s->last);
}

/* Once the newest one of now has been read, its number is known; where more has
 * been trimmed than was read, that is known at once. */
static void note_info(struct redis_stream *s, const struct stream_info *info)
{
    int64_t trimmed = info->added - info->kept;

    s->mark_added = info->added;
    snprintf(s->mark, sizeof(s->mark), "%s", info->newest);
    if (stream_id_compare(s->last, s->mark) >= 0) {
        settle(s, info->added);
        s->mark[0] = '\0';
    } else if (s->counted >= 0 && trimmed > s->counted) {
        lose(s, info->kept ? info->oldest : info->newest, trimmed - s->counted);
        s->counted = trimmed;
    }
}

static void count_entry(struct redis_stream *s)
{
    int order = s->mark[0] ? stream_id_compare(s->last, s->mark) : -1;

    if (s->counted >= 0)
        s->counted++;
    if (order < 0)
        return;
    settle(s, s->mark_added + (order > 0));
    s->mark[0] = '\0';
}

static void on_info(redisAsyncContext *ac, void *memory, void *round)
{
    const redisReply *reply = memory;
    struct redis_stream *s = stream_of(ac, reply, round);
    struct stream_info info;

    if (!s)
        return;
    s->is_checking = false;
    if (!stream_info_read(reply, &info)) {
        refuse(s, words_of(reply, "no stream is there"));
        return;
    }
    note_info(s, &info);
    if (!s->is_beginning)
        return;
    s->is_beginning = s->is_fresh = false;
    set_up(s, true);
    read_next(s);
}

static void on_latest(redisAsyncContext *ac, void *memory, void *round)
{
    const redisReply *reply = memory;
    struct redis_stream *s = stream_of(ac, reply, round);

    if (!s)
        return;
    if (reply->type != REDIS_REPLY_ARRAY) {
        refuse(s, words_of(reply, "no hash is there"));
        return;
    }
    take_latest(s, reply);
    SEND(s, &s->writer, on_info, "XINFO", "STREAM", s->key);
}

static void on_epoch(redisAsyncContext *ac, void *memory, void *round)
{
    const redisReply *reply = memory;
    struct redis_stream *s = stream_of(ac, reply, round);

    if (!s)
        return;
    if (!stream_is_text(reply) || reply->len == 0 ||
        (size_t)reply->len >= sizeof(s->epoch)) {
        refuse(s,
               *s->unnamed ? s->unnamed : words_of(reply, "no epoch is there"));
        return;
    }
    s->is_fresh = strcmp(reply->str, s->epoch) != 0;
    if (s->is_fresh) {
        snprintf(s->epoch, sizeof(s->epoch), "%s", reply->str);
        snprintf(s->last, sizeof(s->last), "0-0");
        s->counted = -1;
        s->hooks.began(s->hooks.arg, s->epoch);
    }
    SEND(s, &s->writer, on_latest, "HGETALL", s->latest);
}

/* Why it could not be given one, which matters where it has none. */
static void on_named(redisAsyncContext *ac, void *memory, void *round)
{
    const redisReply *reply = memory;
    struct redis_stream *s = stream_of(ac, reply, round);

    if (s)
        snprintf(s->unnamed, sizeof(s->unnamed), "%s", words_of(reply, ""));
}

static void begin(struct redis_stream *s)
{
    char name[STREAM_NAME_MAX + 16];

    s->round++;
    s->is_beginning = true;
    /* Never the one of before: what Redis has forgotten does not come back. */
    snprintf(name, sizeof(name), "%s.%u", s->me, ++s->beginnings);
    if (SEND(s, &s->writer, on_named, "SET", s->epochs, name, "NX") == 0)
        SEND(s, &s->writer, on_epoch, "GET", s->epochs);
}

/* Reading */

static void take_entry(struct redis_stream *s, const redisReply *entry)
{
    const redisReply *name, *fields;
    struct redis_stream_id id;

    if (entry->type != REDIS_REPLY_ARRAY || entry->elements != 2)
        return;
    name = entry->element[0];
    fields = entry->element[1];
    if (!stream_is_text(name) || (size_t)name->len >= sizeof(s->last) ||
        stream_id_read(name->str, &id) < 0 ||
        stream_id_compare(name->str, s->last) <= 0)
        return;
    snprintf(s->last, sizeof(s->last), "%s", name->str);
    s->stats.read++;
    count_entry(s);
    /* One that was deleted, by hand, has no fields. */
    if (fields->type != REDIS_REPLY_ARRAY)
        return;
    for (size_t i = 0; i + 1 < fields->elements; i += 2) {
        const redisReply *field = fields->element[i];
        const redisReply *value = fields->element[i + 1];

        if (stream_is_text(field) && stream_is_text(value) &&
            !strcmp(field->str, STREAM_FIELD))
            s->hooks.entry(s->hooks.arg, &id, value->str, (size_t)value->len);
    }
}

/* Behind a full reply, and once a second, since more may have come than is
 * kept.
 */
static void check(struct redis_stream *s)
{
    if (s->is_checking)
        return;
    s->is_checking = true;
    SEND(s, &s->writer, on_info, "XINFO", "STREAM", s->key);
}

static void on_entries(redisAsyncContext *ac, void *memory, void *round)
{
    const redisReply *reply = memory;
    struct redis_stream *s = stream_of(ac, reply, round);
    const redisReply *list;

    if (!s)
        return;
    if (reply->type == REDIS_REPLY_ERROR) {
        redis_conn_drop(&s->reader, reply->str);
        return;
    }
    if (reply->type == REDIS_REPLY_ARRAY && reply->elements == 1 &&
        reply->element[0]->type == REDIS_REPLY_ARRAY &&
        reply->element[0]->elements == 2 &&
        reply->element[0]->element[1]->type == REDIS_REPLY_ARRAY) {
        list = reply->element[0]->element[1];
        for (size_t i = 0; i < list->elements && s->is_up; i++)
            take_entry(s, list->element[i]);
        if (s->is_up && list->elements >= 4)
            check(s);
    }
    if (s->is_up && s->round == (uintptr_t)round)
        read_next(s);
}

static void read_next(struct redis_stream *s)
{
    SEND(s, &s->reader, on_entries, "XREAD", "COUNT", READ_AT_ONCE, "BLOCK",
         BLOCK_MS, "STREAMS", s->key, s->last);
}

/* The two connections */

static void state_changed(struct redis_conn *conn)
{
    struct redis_stream *s = conn->owner;
    bool both = s->reader.up && s->writer.up;

    if (s->is_closed)
        return;
    if (!both)
        stop(s);
    else if (!s->is_up && !s->is_beginning)
        begin(s);
}

/* While it waits for entries it would be answered behind them; XREAD itself
 * comes back every second. */
static int ping_reader(struct redis_conn *conn)
{
    const struct redis_stream *s = conn->owner;

    return s->is_up ? 0 : redis_conn_ping(conn);
}

static void nothing_lost(struct redis_conn *conn)
{
    (void)conn;
}

static void writer_lost(struct redis_conn *conn)
{
    struct redis_stream *s = conn->owner;

    /* Whether they have arrived is not known. */
    s->stats.dropped += s->adding;
    s->under_way = 0;
    s->adding = 0;
    s->hooks.unsaved(s->hooks.arg);
}

static const struct redis_role reader_role = {
    "stream_reader", redis_conn_ping, ping_reader,
    nothing_lost,    state_changed,   true,
};
static const struct redis_role writer_role = {
    "stream_writer", redis_conn_ping, redis_conn_ping,
    writer_lost,     state_changed,   true,
};

static void on_look(redisAsyncContext *ac, void *memory, void *round)
{
    const redisReply *reply = memory;
    struct redis_stream *s = stream_of(ac, reply, round);

    if (!s || !s->is_up)
        return;
    if (stream_is_text(reply) && !strcmp(reply->str, s->epoch)) {
        stream_keep(s);
        check(s);
        return;
    }
    /* Redis has forgotten it, and its ids with it. */
    log_warn("redis.stream_new", "key=%s", s->key);
    redis_conn_drop(&s->reader, "another epoch");
}

static void on_timer(uv_timer_t *timer)
{
    struct redis_stream *s = timer->data;

    if (s->is_up)
        SEND(s, &s->writer, on_look, "GET", s->epochs);
}

static void on_added(redisAsyncContext *ac, void *memory, void *len)
{
    const redisReply *reply = memory;
    struct redis_conn *conn = redis_conn_of(ac, reply);
    struct redis_stream *s;

    if (!conn)
        return;
    s = conn->owner;
    s->under_way -= (uintptr_t)len;
    s->adding--;
    if (stream_is_text(reply))
        s->stats.added++;
    else
        s->stats.dropped++;
}

void stream_entry_make(struct stream_entry *entry, const char *key,
                       const char *bytes, size_t len)
{
    *entry =
        (struct stream_entry){.argv = {"XADD", key, "MAXLEN", "~", STREAM_KEPT,
                                       "*", STREAM_FIELD, bytes}};
    for (size_t i = 0; i < STREAM_ENTRY_WORDS - 1; i++)
        entry->lens[i] = strlen(entry->argv[i]);
    entry->lens[STREAM_ENTRY_WORDS - 1] = len;
}

bool redis_stream_add(struct redis_stream *s, const char *bytes, size_t len)
{
    struct stream_entry entry;

    if (!s->is_up || s->under_way + len > UNDER_WAY_MAX)
        return false;
    stream_entry_make(&entry, s->key, bytes, len);
    if (redisAsyncCommandArgv(s->writer.ac, on_added, (void *)(uintptr_t)len,
                              STREAM_ENTRY_WORDS, entry.argv,
                              entry.lens) != REDIS_OK) {
        s->stats.dropped++;
        return true;
    }
    s->under_way += len;
    s->adding++;
    return true;
}

bool redis_stream_is_up(const struct redis_stream *s)
{
    return s->is_up;
}

bool redis_stream_is_keeper(const struct redis_stream *s)
{
    return s->is_keeper;
}

void redis_stream_get_stats(const struct redis_stream *s,
                            struct redis_stream_stats *stats)
{
    *stats = s->stats;
    stats->reconnects = s->reader.reconnects + s->writer.reconnects;
}

int stream_key_check(const char *key, struct err *err)
{
    return strlen(key) + 16 > STREAM_KEY_MAX
               ? err_field(err, "market_stream", "is too long")
               : 0;
}

static int set_names(struct redis_stream *s, const char *key, struct err *err)
{
    uint8_t bytes[NAME_BYTES];
    char name[SECRET_TEXT_MAX];

    if (stream_key_check(key, err) < 0)
        return -1;
    snprintf(s->key, sizeof(s->key), "%s", key);
    snprintf(s->latest, sizeof(s->latest), "%s:latest", key);
    snprintf(s->keeper, sizeof(s->keeper), "%s:keeper", key);
    snprintf(s->epochs, sizeof(s->epochs), "%s:epoch", key);
    if (secret_random(bytes, sizeof(bytes), err) < 0)
        return -1;
    secret_encode(bytes, sizeof(bytes), name);
    snprintf(s->me, sizeof(s->me), "%s", name);
    return 0;
}

int redis_stream_new(struct redis_stream **out, uv_loop_t *loop,
                     const char *url, const char *key,
                     const struct redis_stream_hooks *hooks, struct err *err)
{
    struct redis_stream *s = mem_zalloc(sizeof(*s));

    *out = NULL;
    if (!s)
        return err_set(err, ERR_NOMEM, "no memory for a stream");
    if (redis_url_parse(&s->url, url, err) < 0 || set_names(s, key, err) < 0) {
        mem_free(s);
        return -1;
    }
    redis_ignore_sigpipe();
    s->hooks = *hooks;
    s->counted = -1;
    s->closing = 3;
    snprintf(s->last, sizeof(s->last), "0-0");
    uv_timer_init(loop, &s->timer);
    s->timer.data = s;
    uv_timer_start(&s->timer, on_timer, LOOK_MS, LOOK_MS);
    redis_conn_init(&s->reader, loop, &reader_role, &s->url, s);
    redis_conn_init(&s->writer, loop, &writer_role, &s->url, s);
    *out = s;
    return 0;
}

static void on_part_closed(void *owner)
{
    struct redis_stream *s = owner;

    if (--s->closing == 0)
        mem_free(s);
}

static void on_timer_closed(uv_handle_t *handle)
{
    on_part_closed(handle->data);
}

void redis_stream_free(struct redis_stream *s)
{
    if (!s)
        return;
    s->is_closed = true;
    s->is_up = false;
    redis_conn_close(&s->reader, on_part_closed);
    redis_conn_close(&s->writer, on_part_closed);
    uv_close((uv_handle_t *)&s->timer, on_timer_closed);
}
