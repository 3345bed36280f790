#pragma once
#include "view/query_sql.h"
/*
 * What query_sql.c and query_server.c have of each other.
 * Thread: any.
 */
/* query_sql.c. From which rows: the owner is ?1 where there is one. */
void query_put_from(struct query_sql *sql);
void query_put_limit(struct query_sql *sql);

/* query_server.c. The column whose order an index has, of one owner's orders or
 * of all; NULL: none has it. */
const char *query_index_key(const struct order_query *query);
/* For a server, where sql->index_key is set. select: of each row of the page,
 * the beginning of the text. */
void query_put_index_page(struct query_sql *sql, const char *select);
void query_put_index_rows(struct query_sql *sql);  /* QUERY_ROWS */
void query_put_stream_rows(struct query_sql *sql); /* QUERY_STREAM_ROWS */
