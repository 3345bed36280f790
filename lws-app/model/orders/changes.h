#pragma once
#include "base/err.h"
#include "model/orders/order.h"
#include "store/db.h"
#include <stdbool.h>
#include <stdint.h>
/*
 * What a stream comes to beyond a position, in order of position: of each order
 * that has changed its row as it is now, or that it has left the stream.
 * Thread: the caller's. Blocks on the database.
 */
struct changes {
    int64_t position; /* of the change; these are set by changes_next() */
    bool is_live;
    int64_t order_id;
    struct order order; /* is_live */
    /* Its own: */
    bool all;
    bool is_begun;
    struct db_stmt *live;
    struct db_stmt *dead;
    int live_rc; /* 1: at a row, 0: at the end */
    int dead_rc;
};

/* owner: STREAM_ALL for everybody's. max: so many at most are asked for. Within
 * a read transaction of the caller's, to its end; changes_end() also after a
 * failure. */
int changes_begin(struct changes *changes, struct db *db, int64_t owner,
                  int64_t after, int64_t max, struct err *err);
/* 1: there is one; 0: there are no more. */
int changes_next(struct changes *changes, struct err *err);
void changes_end(struct changes *changes);
