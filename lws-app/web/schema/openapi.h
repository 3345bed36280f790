#pragma once
#include "base/buf.h"
#include "base/err.h"
#include "web/access/route.h"
/*
 * The API's description as OpenAPI 3.1, made from the table of routes and the
 * shapes that it names: the routes with a summary, one operation per path and
 * method.
 * Thread: any. Never blocks.
 */
#define OPENAPI_MAX (1024 * 1024)

/* ERR_INTERNAL: a shape or a row lacks what it must have, or names a shape that
 * there is none of; said by name. */
int openapi_check_shapes(struct err *err);
int openapi_check_route(const struct route *route, struct err *err);
/* base: of struct web. */
void openapi_write(struct buf *out, const char *base,
                   const struct route_table *table);
/* One operation, under its method: of all rows that share path and method with
 * this one, the first of them. */
void openapi_put_operation(struct buf *out, const struct route_table *table,
                           const struct route *first);
/* An operation is all rows of its path and method: those with a format beside
 * the one without, which comes first. */
#define OPENAPI_ROWS_MAX 8
struct openapi_operation {
    const struct route *rows[OPENAPI_ROWS_MAX];
    size_t count;
    const struct route *main; /* the first */
};
/* What it may answer, with what in it. */
void openapi_put_responses(struct buf *out,
                           const struct openapi_operation *operation);
void openapi_put_header(struct buf *out, const char *name);
void openapi_put_refusal_headers(struct buf *out, int status);
bool openapi_has_mark(const struct openapi_operation *operation,
                      enum route_mark mark);
bool openapi_is_unsafe(const struct route *route); /* needs a CSRF token */
/* Is it the first row with a summary of its path (and method)? */
bool openapi_is_first(const struct route_table *table,
                      const struct route *route, bool of_method);
/* "/api/data/<id>/" as "/api/data/{id}/". */
#define OPENAPI_PATH_MAX 128
void openapi_path(const struct route *route, char out[OPENAPI_PATH_MAX]);
/* Releases piece, out of which something was put into out: where it had failed,
 * so has out. */
void openapi_end_piece(struct buf *out, struct buf *piece);
