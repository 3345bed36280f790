#pragma once
#include "base/err.h"
#include "view/order_query.h"
#include "view/order_total.h"
#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stdint.h>
/*
 * What "view" and "unview" say beside what every command does. Knows neither
 * lws nor a socket.
 * Thread: any. zone_find() may read a file; nothing else blocks.
 */
#define VIEW_ID_MAX 33 /* NUL included */
#define VIEW_ROWS_MAX 500
#define VIEW_RATE_DEFAULT 20 /* frames a second */

struct view_command {
    char id[VIEW_ID_MAX];
    bool has_query; /* else a view that there is is looked at otherwise */
    struct order_query query; /* its owner is the stream's, not said here */
    bool has_draw;            /* it was asked for as DataTables does */
    int64_t draw;             /* to be echoed */
    int max_rate;             /* 0: not sent */
    unsigned totals;          /* TOTAL_BIT of each kind */
    bool has_anchor;
    bool is_anchored;
};

/* command: is overwritten; view_command_release() also where it fails.
 * is_view: else it is an "unview", which has an id alone. ERR_INVALID under the
 * names of the parameters at fault; ERR_NOMEM. */
int view_command_read(const cJSON *object, bool is_view,
                      struct view_command *command, struct err *err);
void view_command_release(struct view_command *command); /* safe twice */
