#pragma once
#include "base/buf.h"
#include "base/err.h"
#include <stdbool.h>
#include <stddef.h>
/*
 * Every table and column that a database has, as the schema itself makes them,
 * so that none is forgotten; and the two statements by which a table is moved.
 * Thread: main.
 */
#define MOVE_NAME_MAX 64
#define MOVE_COLUMNS_MAX 64
#define MOVE_TABLES_MAX 64

struct move_table {
    char name[MOVE_NAME_MAX];
    char columns[MOVE_COLUMNS_MAX][MOVE_NAME_MAX];
    char kinds[MOVE_COLUMNS_MAX]; /* 'i', 't' or 'b': number, text, bytes */
    size_t column_count;
    bool is_numbered; /* its ids are given out once only */
};

struct move_tables {
    struct move_table tables[MOVE_TABLES_MAX]; /* as they can be filled */
    size_t count;
};

/* The caller's, for mem_free(). */
int move_tables_read(struct move_tables **tables, struct err *err);
void move_put_select(const struct move_table *table, struct buf *sql);
void move_put_insert(const struct move_table *table, struct buf *sql);
/* The column that ids are in, in such a table. */
size_t move_id_column(const struct move_table *table);
