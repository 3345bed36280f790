#include "base/mem.h"
#include "store/postgres/private.h"

#include <stdio.h>
#include <string.h>

#include "base/banned.h"

/*
 * Many rows by one statement. What is queued in a row of texts that may be
 * merged is sent as one operation for each text, with arrays in place of its
 * values: the server's time for a row is half of what it was.
 *   INSERT .. VALUES ($1, $2)         INSERT .. SELECT u.c1, u.c2 FROM
 *                                     unnest($1::int8[], ..) AS u (c1, c2)
 *   UPDATE .. SET a = $2 WHERE b = $1 UPDATE .. SET a = u.c2 FROM unnest(..)
 *                                     AS u (c1, c2) WHERE b = u.c1
 */
#define TEXTS_MAX 8 /* that take turns */

/* What arrays are made of; as in private.h. */
static const struct {
    Oid type;
    Oid array;
    const char *name;
} types[] = {
    {PG_INT8, 1016, "int8"},
    {PG_TEXT, 1009, "text"},
    {PG_BYTEA, 1001, "bytea"},
};
#define TYPES (sizeof(types) / sizeof(types[0]))

static size_t type_of(Oid type)
{
    size_t i = 0;

    while (i < TYPES && types[i].type != type)
        i++;
    return i;
}

/* -------------------------------------------------------------- its text */

/* "$12" becomes "u.c12". */
static void put_piece(struct buf *out, const char *from, const char *to)
{
    for (; from < to; from++) {
        if (*from == '$')
            buf_put_text(out, "u.c");
        else
            buf_put_char(out, *from);
    }
}

static void put_source(struct buf *out, const struct pg_plan *plan)
{
    for (int i = 0; i < plan->param_count; i++)
        buf_printf(out, "%s$%d::%s[]", i ? ", " : " FROM unnest(", i + 1,
                   types[type_of(plan->types[i])].name);
    for (int i = 0; i < plan->param_count; i++)
        buf_printf(out, "%sc%d", i ? ", " : ") AS u (", i + 1);
    buf_put_text(out, ")");
}

static void put_text(struct buf *out, const struct pg_plan *plan)
{
    static const char values[] = " VALUES (";
    static const char where[] = " WHERE ";
    const char *sql = plan->sql;
    const char *end = sql + strlen(sql);
    const char *at = strstr(sql, values);

    if (at) {
        put_piece(out, sql, at);
        buf_put_text(out, " SELECT ");
        put_piece(out, at + sizeof(values) - 1, end - 1);
        put_source(out, plan);
        return;
    }
    at = strstr(sql, where);
    put_piece(out, sql, at ? at : end);
    put_source(out, plan);
    put_piece(out, at ? at : end, end);
}

/* Whether each of its values has a type that arrays are made of. */
static bool has_types(const struct pg_plan *plan)
{
    for (int i = 0; i < plan->param_count; i++)
        if (type_of(plan->types[i]) == TYPES)
            return false;
    return plan->param_count > 0;
}

static void make_many(struct pg *pg, struct pg_plan *plan)
{
    size_t count = (size_t)plan->param_count;
    struct buf text;

    buf_init(&text, 65536);
    put_text(&text, plan);
    if (!text.failed)
        plan->many = mem_zalloc(sizeof(*plan->many) + text.len + 1);
    if (plan->many) {
        plan->many->refs = 1;
        plan->many->number = ++pg->last_number;
        plan->many->param_count = plan->param_count;
        plan->many->types = mem_alloc(count * sizeof(Oid));
        memcpy(plan->many->sql, text.data, text.len);
    }
    buf_release(&text);
    if (!plan->many || !plan->many->types) {
        pg_plan_unref(pg, plan->many);
        plan->many = NULL;
        return;
    }
    for (size_t i = 0; i < count; i++)
        plan->many->types[i] = types[type_of(plan->types[i])].array;
}

/* ------------------------------------------------------------- its values */

/* Operations of one text, which become one. */
struct group {
    struct pg_plan *plan;
    int number; /* as its operations have it; 0 is no group's */
    size_t first;
    size_t end;
    size_t count; /* of those that count */
};

static bool counts(const struct pg_op *op, const struct group *group)
{
    return op->group == group->number && !op->is_superseded;
}

static char *put_int32(char *at, int64_t value)
{
    for (int shift = 24; shift >= 0; shift -= 8)
        *at++ = (char)((uint64_t)value >> shift);
    return at;
}

#define HEAD_BYTES 20 /* of an array */
#define LEN_BYTES 4

/* In the form that the server's array_recv() takes. */
static char *put_array(const struct pg *pg, const struct group *group,
                       int param, char *at)
{
    char *has_null = at + LEN_BYTES;

    at = put_int32(at, 1); /* dimension */
    at = put_int32(at, 0);
    at = put_int32(at, group->plan->types[param]);
    at = put_int32(at, (int64_t)group->count);
    at = put_int32(at, 1); /* the number of the first */
    for (size_t i = group->first; i < group->end; i++) {
        const struct pg_op *op = &pg->ops[i];

        if (!counts(op, group))
            continue;
        if (!op->values[param]) {
            at = put_int32(at, -1);
            put_int32(has_null, 1);
            continue;
        }
        at = put_int32(at, op->lengths[param]);
        memcpy(at, op->values[param], (size_t)op->lengths[param]);
        at += op->lengths[param];
    }
    return at;
}

static size_t arrays_size(const struct pg *pg, const struct group *group)
{
    size_t params = (size_t)group->plan->param_count;
    size_t size = params * (HEAD_BYTES + group->count * LEN_BYTES);

    for (size_t i = group->first; i < group->end; i++)
        for (size_t k = 0; counts(&pg->ops[i], group) && k < params; k++)
            size += (size_t)pg->ops[i].lengths[k];
    return size;
}

/* The first of them becomes all of them. Short of memory they stay many. */
static void become_one(struct pg *pg, const struct group *group)
{
    struct pg_op *first = &pg->ops[group->first];
    struct pg_plan *plan = group->plan;
    size_t params = (size_t)plan->param_count;
    struct pg_op one = {.plan = plan->many, .group = group->number};
    char *at;

    one.values = mem_alloc(params * (sizeof(*one.values) + 2 * sizeof(int)) +
                           arrays_size(pg, group));
    if (!one.values)
        return;
    one.lengths = (int *)(one.values + params);
    one.formats = one.lengths + params;
    at = (char *)(one.formats + params);
    for (size_t i = 0; i < params; i++) {
        one.values[i] = at;
        at = put_array(pg, group, (int)i, at);
        one.lengths[i] = (int)(at - one.values[i]);
        one.formats[i] = 1;
    }
    for (size_t i = group->first + 1; i < group->end; i++)
        pg->ops[i].is_merged |= pg->ops[i].group == group->number;
    plan->many->refs++;
    mem_free(first->values);
    *first = one;
    pg_plan_unref(pg, plan);
}

/* A later one of the same row takes the place of those before. */
static void supersede(struct pg *pg, struct group *group)
{
    for (size_t i = group->end; i-- > group->first;) {
        struct pg_op *op = &pg->ops[i];

        if (op->group != group->number || !op->has_key)
            continue;
        for (size_t k = i + 1; k < group->end && !op->is_superseded; k++)
            op->is_superseded =
                counts(&pg->ops[k], group) && pg->ops[k].key == op->key;
        group->count -= op->is_superseded;
    }
}

/* ------------------------------------------------------------ what is queued
 */

/* Operations in a row, of a few texts that take turns. */
struct run {
    struct group groups[TEXTS_MAX];
    int count;
};

static void end_run(struct pg *pg, struct run *run, size_t end)
{
    for (int i = 0; i < run->count; i++) {
        struct group *group = &run->groups[i];

        group->end = end;
        if (group->count < 2)
            continue;
        if (!group->plan->many)
            make_many(pg, group->plan);
        if (!group->plan->many)
            continue;
        supersede(pg, group);
        become_one(pg, group);
    }
    run->count = 0;
}

static struct group *group_of(struct run *run, struct pg_plan *plan)
{
    for (int i = 0; i < run->count; i++)
        if (run->groups[i].plan == plan)
            return &run->groups[i];
    return NULL;
}

static bool may_merge(const struct pg_op *op)
{
    return op->may_merge && has_types(op->plan);
}

static void join_run(struct pg *pg, struct run *run, size_t at)
{
    struct pg_op *op = &pg->ops[at];
    struct group *group = group_of(run, op->plan);

    if (!group && run->count == TEXTS_MAX)
        end_run(pg, run, at);
    if (!group) {
        group = &run->groups[run->count++];
        *group =
            (struct group){.plan = op->plan, .number = run->count, .first = at};
    }
    op->group = group->number;
    group->count++;
}

/* Where a savepoint is to be sent, which what is behind it may go back to. */
static bool is_point(const struct pg *pg, size_t at)
{
    for (int i = 1; i <= pg->db.depth; i++)
        if (!pg->points[i].is_sent && pg->points[i].mark == at)
            return true;
    return false;
}

void pg_merge(struct pg *pg)
{
    struct run run = {.count = 0};

    for (size_t i = 0; i < pg->op_count; i++) {
        bool joins = may_merge(&pg->ops[i]);

        if (run.count > 0 && (!joins || is_point(pg, i)))
            end_run(pg, &run, i);
        if (joins)
            join_run(pg, &run, i);
    }
    end_run(pg, &run, pg->op_count);
}
