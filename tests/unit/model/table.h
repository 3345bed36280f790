#pragma once
#include "support/world.h"
#include <cjson/cJSON.h>
/*
 * The orders of one stream as a client holds them: made from the database at
 * some position, brought forward by what the stream gives it.
 */
struct table {
    int64_t owner; /* 0: everybody's */
    int64_t position;
    cJSON *orders; /* an object, by id */
};

/* Empty, at position 0. */
struct table table_new(int64_t owner);
/* What the database holds now. */
struct table table_read(struct world *w, int64_t owner);
void table_free(struct table *table);

/* Both check every frame on the way: size, label, order and position. */
void table_fold(struct table *table, struct world *w);
/* Returns how many events there were, or -1 where the log is too short. */
int table_replay(struct table *table, struct world *w);
void table_assert_equal(const struct table *a, const struct table *b);
/* A frame of either kind, as read from the database. */
cJSON *frame_parse(const struct buf *frame);
