#pragma once
#include "base/err.h"
#include "web/query/draw.h"
#include <stddef.h>
/*
 * Which of our columns a draw means: by the data of its own, else by its name.
 * Thread: any. Never blocks.
 */
#define NO_COLUMN SIZE_MAX

/* All return the index in order_columns, or NO_COLUMN. By its own name; */
size_t draw_column_named(struct draw_text text);
/* of the draw's column index; */
size_t draw_column_at(const struct draw *draw, size_t index);
/* of the one whose data this is, as extensions name it. */
size_t draw_column_of(const struct draw *draw, struct draw_text data);
/* What to call the draw's column index when it is at fault. */
const char *draw_column_word(const struct draw *draw, size_t index);
/* Bits of those that a search over all of them looks in. */
unsigned long draw_searchable(const struct draw *draw);
/* The bit of one column that is searched by itself; 0 with an error when it
 * can't be: to ignore it would show rows that were not asked for. */
unsigned long draw_own_column(const struct draw *draw, size_t index,
                              const char *field, struct err *err);
