#pragma once
#include "base/err.h"
#include "store/db.h"
#include "view/order_list.h"
#include <stdint.h>
/*
 * All orders that a query matches, in its order, written to a file at full
 * speed from one snapshot: as CSV (RFC 4180: a head of the columns' names, each
 * cell in quotes, lines end in CR LF), or as NDJSON, each as on every wire.
 * Thread: the caller's. Blocks on the database and the file, never on a client:
 * the file must not be a pipe or a socket.
 */
enum export_format { EXPORT_CSV, EXPORT_NDJSON };
#define EXPORT_FORMATS 2

struct order_export {
    enum export_format format;
    /* CSV: ' before a text that a spreadsheet would take for a formula. Such a
     * file says other than it was given, where it is imported. */
    bool is_safe;
    bool is_packed; /* compressed (gzip) */
    int fd;
    int64_t bytes_max; /* 0: no bound */
    /* Filled in. */
    int64_t rows;
    int64_t bytes;
    int64_t position; /* of the stream, which the rows show */
};

/* query's limit, offset and cursor are not used. ERR_INVALID under "format":
 * more than bytes_max; ERR_UNAVAILABLE: the file can't take it, or as
 * order_list_run(). */
int order_export_run(struct db *db, struct order_query *query,
                     struct order_export *export, struct err *err);
const char *export_format_name(enum export_format format); /* "csv", ... */
/* -1: none of them. */
int export_format_read(const char *name, enum export_format *format);
/* A file in folder that has no name and is gone once it is closed. */
int export_open(const char *folder, int *fd, struct err *err);
