#pragma once
#include "support/world.h"
#include "view/order_list.h"
#include "view/order_view.h"
#include <cjson/cJSON.h>
/*
 * What a client of a live view makes of its frames, and what a fresh draw says,
 * each row as text.
 */
#define PAGE_ROWS 64
#define TEXT_MAX 400000

/* What a draw says: rows as text, one behind the other. */
struct draw {
    struct order_list list;
    size_t count;
    size_t ends[PAGE_ROWS];
    int64_t ids[PAGE_ROWS];
    struct buf text;
    struct buf totals; /* of all rows that match */
};
/* What a client holds: rows as text, by the patches alone. */
struct client {
    struct order_page *page; /* the one it was sent last */
    int64_t total;
    int64_t matching;
    cJSON *totals; /* NULL: none */
    size_t count;
    char *rows[PAGE_ROWS];
    int64_t ids[PAGE_ROWS];
};
extern long frames_sent;   /* that told of a difference */
extern long frames_silent; /* none was due: nothing shown had changed */

/* kinds: TOTAL_BIT of each. */
void draw_fresh(struct world *w, const struct order_view *view, int64_t start,
                unsigned kinds, struct draw *draw);
void draw_release(struct draw *draw);
/* What there is to be told, and then it must have what the draw has. */
void client_send(struct client *client, struct order_page *page,
                 const struct draw *draw);
void client_release(struct client *client);
