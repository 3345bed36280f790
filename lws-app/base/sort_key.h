#pragma once
#include "base/buf.h"
#include <stddef.h>
#include <stdint.h>
/*
 * Values as bytes that stand in order of memcmp() as the values do, one behind
 * the other for an order by several. No text holds a NUL. Keys of the same
 * columns are never the beginning of one another.
 * Thread: any. Never blocks.
 */
void sort_key_put_int(struct buf *key, int64_t number);
void sort_key_put_text(struct buf *key, const char *text, size_t len);
/* What was put from start on stands in the opposite order. */
void sort_key_turn(struct buf *key, size_t start);
