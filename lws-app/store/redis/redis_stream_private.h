#pragma once
#include "store/redis/redis_conn.h"
#include "store/redis/redis_stream.h"
/*
 * The inside of a stream: redis_stream.c reads and adds, redis_stream_keep.c
 * writes what it has come to, redis_stream_reply.c reads what Redis says.
 */
#define STREAM_KEY_MAX 256
#define STREAM_ID_MAX 44 /* "ms-n" and NUL */
#define STREAM_NAME_MAX 48

#define STREAM_KEPT "10000" /* REDIS_STREAM_KEPT */

/* XADD, as its words. What is added stands under one name of an entry. */
#define STREAM_FIELD "l"
#define STREAM_ENTRY_WORDS 8
struct stream_entry {
    const char *argv[STREAM_ENTRY_WORDS];
    size_t lens[STREAM_ENTRY_WORDS];
};

/* ERR_INVALID, field "market_stream": it is too long. */
int stream_key_check(const char *key, struct err *err);
/* All borrowed. */
void stream_entry_make(struct stream_entry *entry, const char *key,
                       const char *bytes, size_t len);

struct redis_stream {
    struct redis_stream_hooks hooks;
    struct redis_url url;
    struct redis_conn reader, writer;
    uv_timer_t timer;
    unsigned closing; /* parts that the loop has not let go of */
    char key[STREAM_KEY_MAX];
    char latest[STREAM_KEY_MAX], keeper[STREAM_KEY_MAX], epochs[STREAM_KEY_MAX];
    char me[STREAM_NAME_MAX];
    char epoch[STREAM_NAME_MAX + 16]; /* "": none yet */
    char unnamed[128]; /* why Redis would not take one from us; "": it would */
    char last[STREAM_ID_MAX]; /* the id of the last entry read */
    uintptr_t round; /* of reading: answers to an earlier one are nobody's */
    unsigned beginnings;
    bool is_beginning;
    bool is_fresh; /* this beginning is the first of its epoch */
    bool is_up;    /* read */
    bool is_keeper;
    bool is_keeping; /* a step of it is under way */
    bool is_checking;
    /* Of all entries that were ever added, the number of the last one read; -1:
     * not known yet. It will be by the one called mark, which is mark_added;
     * "": there is none. All up to sure have been read, or told of. */
    int64_t counted;
    int64_t mark_added;
    char mark[STREAM_ID_MAX];
    char sure[STREAM_ID_MAX];
    size_t under_way; /* bytes of entries on their way */
    int64_t adding;   /* and how many these are */
    struct redis_stream_stats stats;
    bool is_closed;
};

/* Sends one command; on: its reply callback, with stream->round as arg. -1: the
 * connection has been dropped for want of memory. */
int stream_send(struct redis_stream *stream, struct redis_conn *conn,
                redisCallbackFn *on, int argc, const char *const *argv,
                const size_t *lens);
/* Of a reply callback: whose it is; NULL: nobody's any more. */
struct redis_stream *stream_of(redisAsyncContext *ac, const redisReply *reply,
                               const void *round);
/* redis_stream_reply.c: what Redis says, which may be anything. */
bool stream_is_text(const redisReply *reply);
/* -1: it is no id. */
int stream_id_read(const char *text, struct redis_stream_id *id);
/* Of what is none, as of 0-0. */
int stream_id_compare(const char *left, const char *right);
/* What XINFO says: entries that there ever were, that are kept, and ids of
 * these. Valid while the reply is. */
struct stream_info {
    int64_t added, kept;
    const char *newest;
    const char *oldest; /* of those that are kept */
};
/* False: it speaks of no stream that can be. */
bool stream_info_read(const redisReply *reply, struct stream_info *info);
/* redis_stream_keep.c: once a second, while it is up. */
void stream_keep(struct redis_stream *stream);
