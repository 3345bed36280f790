#pragma once
#include "base/buf.h"
#include "base/err.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uv.h>
/*
 * A stream in Redis that several processes write to, and all of them read
 * whole, in one order, their own entries too; and what it has come to so far,
 * so that whoever begins need not read from the beginning. Two connections of
 * its own: one that waits for entries (XREAD BLOCK), so that these never stand
 * before other answers, and one for all else.
 *
 * KEY is the stream; KEY:latest a hash with the newest value of each name, and
 * under the empty name the id that it stands at; KEY:keeper a lock with the one
 * that writes it; KEY:epoch what this stream is called, until Redis forgets it.
 * Thread: loop thread only. Never blocks.
 */
#define REDIS_STREAM_KEPT 10000 /* entries, about */
#define REDIS_STREAM_ENTRY_MAX (16 * 1024)

/* Both below these: an id of Redis' own, by its clock, always is. */
#define REDIS_STREAM_MS_MAX UINT64_C(4000000000000000)
#define REDIS_STREAM_N_MAX UINT64_C(1000000000000000)

struct redis_stream;
struct redis_stream_id {
    uint64_t ms;
    uint64_t n;
};
struct redis_stream_hooks {
    /* An entry; bytes borrowed. Ids grow within an epoch. */
    void (*entry)(void *arg, const struct redis_stream_id *id,
                  const char *bytes, size_t len);
    /* A value of KEY:latest: at the beginning, and after entries were lost. */
    void (*restore)(void *arg, const char *name, size_t name_len,
                    const char *value, size_t len);
    /* Another stream from now on: ids begin anew. */
    void (*began)(void *arg, const char *epoch);
    /* So many entries behind the id `after` and before the id `next` are gone
     * before they were read. */
    void (*lost)(void *arg, const struct redis_stream_id *after,
                 const struct redis_stream_id *next, int64_t entries);
    /* It is read now; it is no longer. */
    void (*state)(void *arg, bool up);
    /* The next name and value that have changed since they were saved: true,
     * and they count as saved; false: there is none. An empty value: the name
     * is to be no more. */
    bool (*save)(void *arg, struct buf *name, struct buf *value);
    /* What counted as saved may not be: all of it is to be saved again. */
    void (*unsaved)(void *arg);
    void *arg;
};
struct redis_stream_stats {
    int64_t added;   /* entries that Redis has taken of us */
    int64_t dropped; /* that it has not, or of which that is not known */
    int64_t read;
    int64_t lost; /* entries trimmed before they were read */
    int64_t saved;
    int64_t reconnects;
};

/* url: as redis_new(). key: copied. A bad one is ERR_INVALID, field "redis". */
int redis_stream_new(struct redis_stream **stream, uv_loop_t *loop,
                     const char *url, const char *key,
                     const struct redis_stream_hooks *hooks, struct err *err);
/* As redis_free(). */
void redis_stream_free(struct redis_stream *stream);
/* False: it can't be taken now: not up, or too much is under way. */
bool redis_stream_add(struct redis_stream *stream, const char *bytes,
                      size_t len);
bool redis_stream_is_up(const struct redis_stream *stream);
bool redis_stream_is_keeper(const struct redis_stream *stream);
void redis_stream_get_stats(const struct redis_stream *stream,
                            struct redis_stream_stats *stats);
