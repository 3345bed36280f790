#pragma once
#include "base/err.h"
#include "web/import/import_file.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
/*
 * The records of a CSV file, cell by cell, with ',', ';' or a tab between them:
 * whichever of the three the first record has the most of. Empty lines between
 * records are passed over.
 * Thread: the caller's. Blocks on the file.
 */
struct import_csv;
/* text: borrowed, not NULL. */
typedef void import_cell_fn(void *arg, const char *text, size_t len);

/* file: borrowed. ERR_NOMEM. */
int import_csv_open(struct import_csv **csv, struct import_file *file,
                    struct err *err);
void import_csv_close(struct import_csv *csv); /* NULL is fine */
/* What stands between cells, known once there was a record. */
char import_csv_mark(const struct import_csv *csv);
/* 1: each cell of the next record has been given to fn; 0: the end.
 * ERR_MALFORMED, ERR_UNAVAILABLE, ERR_NOMEM. *line: where it starts, from 1. */
int import_csv_next(struct import_csv *csv, import_cell_fn *fn, void *arg,
                    int64_t *line, struct err *err);
/* Nothing but blanks, and the line's end. */
bool import_csv_is_blank(const char *text, size_t len);
