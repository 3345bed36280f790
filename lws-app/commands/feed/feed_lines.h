#pragma once
#include "base/tick.h"
#include "web/import/import_file.h"
#include <stdbool.h>
#include <stdint.h>
/*
 * Lines of market data read one by one from a file: NDJSON; or CSV, whose first
 * row names the fields, "trade.price" and so on for those of a trade. An empty
 * cell is left out, the word null in one clears. Empty lines are passed over.
 * Thread: the caller's. Blocks on the file.
 */
struct feed_lines;
/* As import_file_open(). */
int feed_lines_open(struct feed_lines **lines, const char *path,
                    enum import_format format, const char *encoding,
                    struct err *err);
void feed_lines_close(struct feed_lines *lines); /* NULL is fine */
/* Waits until the next line can be read at once, at most so long; -1: without
 * end. False: it can't, yet. */
bool feed_lines_wait(const struct feed_lines *lines, int ms);
/* 1: *tick is the next line; or, where err says so, what is wrong with it: the
 * next call goes on behind it. 0: the end. -1: err, of the file or of its first
 * row. *line: where it starts, from 1. */
int feed_lines_next(struct feed_lines *lines, struct tick *tick, int64_t *line,
                    struct err *err);
