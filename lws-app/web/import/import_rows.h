#pragma once
#include "web/import/import_file.h"
#include "web/import/import_kind.h"
#include <stdbool.h>
#include <stdint.h>
/*
 * Orders, or others, read one by one from a file: CSV, whose first row names
 * the columns, with ',', ';' or a tab between cells, as that row has them; or
 * NDJSON, one object per line. Rows that are empty, and columns that are and
 * have no name, are passed over. Thread: the caller's. Blocks on the file.
 */
struct import_rows;
struct import_options {
    enum import_format format;
    const char *encoding; /* see import_file_open() */
    const char *decimal;  /* the decimal mark of CSV, "." or ","; NULL: by each
                             number itself */
    const char *map;      /* "Symbol=instrument,Notes=": what heads of CSV stand
                             for; nothing: they are passed over; one with , or =
                             stands in quotes. NULL: none */
};
/* ERR_INVALID by the option's name, also of one for CSV where it is none. */
int import_rows_open(struct import_rows **rows, const struct import_kind *kind,
                     const char *path, const struct import_options *options,
                     struct err *err);
/* The same of what is in memory, borrowed, in UTF-8; options->encoding is not
 * looked at. */
int import_rows_open_text(struct import_rows **rows,
                          const struct import_kind *kind, const char *text,
                          size_t len, const struct import_options *options,
                          struct err *err);
void import_rows_close(struct import_rows *rows); /* NULL is fine */
/* Of CSV, that the first row could not be taken. */
bool import_rows_lack_names(const struct import_rows *rows);
/* 1: *draft, of the kind's, is the next row; err names its fields that can't be
 * read. 0: the end. -1: err, of a row that is none or of the first one with the
 * names, or of the file (ERR_UNAVAILABLE, ERR_NOMEM). *line: where the row
 * starts, from 1.
 */
int import_rows_next(struct import_rows *rows, void *draft, int64_t *line,
                     struct err *err);
