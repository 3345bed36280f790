#pragma once
#include "base/err.h"
#include "model/order.h"
#include <stdbool.h>
#include <stdint.h>
/*
 * Orders read one by one from a file: CSV, whose first row names the columns,
 * or NDJSON, one object per line. Holds one line at a time, never the file.
 * Thread: the caller's. Blocks on the file.
 */
#define IMPORT_LINE_MAX (64 * 1024) /* bytes of a line; of a record, in CSV */

struct import_rows;
/* path: ends in .csv or .ndjson; "-" is NDJSON from standard input. */
int import_rows_open(struct import_rows **rows, const char *path,
                     struct err *err);
void import_rows_close(struct import_rows *rows); /* NULL is fine */
/* 1: *draft is the next row; err names its fields that can't be read. 0: the
 * end. -1: err, of a row that is none or of the first one with the names, or of
 * the file (ERR_UNAVAILABLE, ERR_NOMEM). *line: where the row starts, from 1.
 */
int import_rows_next(struct import_rows *rows, struct order_draft *draft,
                     int64_t *line, struct err *err);
