#include "store/migrate.h"
#include "base/mem.h"

#include <limits.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/banned.h"

static const char mark[] = "-- step ";

/* One step's text within the schema. */
struct step {
    int number;
    const char *sql;
    size_t len;
};

/* The next line from at on that begins a step; NULL: no more. */
static const char *find_mark(const char *at)
{
    while (strncmp(at, mark, sizeof(mark) - 1) != 0) {
        at = strchr(at, '\n');
        if (!at)
            return NULL;
        at++;
    }
    return at;
}

/* Where the step's number is read; the rest of its line must be empty. */
static int read_mark(const char *line, int want, const char **sql,
                     struct err *err)
{
    char *end;
    long number = strtol(line + sizeof(mark) - 1, &end, 10);

    if (number != want || (*end && *end != '\n'))
        return err_set(err, ERR_INTERNAL, "the schema has no step %d", want);
    *sql = end;
    return 0;
}

/* 1: step is the one after step->number; 0: there is none; -1. *at goes on. */
static int next_step(const char **at, struct step *step, struct err *err)
{
    const char *line = find_mark(*at);
    const char *end;

    if (!line || step->number == INT_MAX)
        return 0;
    step->number++;
    if (read_mark(line, step->number, &step->sql, err) < 0)
        return -1;
    end = find_mark(step->sql);
    step->len = end ? (size_t)(end - step->sql) : strlen(step->sql);
    *at = step->sql + step->len;
    return 1;
}

/* Nothing to do where another process was faster. */
static int run_step(struct db *db, const struct step *step, int *applied,
                    struct err *err)
{
    char *sql = mem_strndup(step->sql, step->len);
    int have;
    int rc = -1;

    if (!sql) {
        err_set(err, ERR_NOMEM, "out of memory for step %d", step->number);
        goto out;
    }
    if (db_begin(db, err) < 0 || db_schema_step(db, &have, err) < 0)
        goto out;
    if (have >= step->number) {
        rc = 0;
        goto out;
    }
    if (db_exec(db, sql, err) < 0 ||
        db_set_schema_step(db, step->number, err) < 0 ||
        db_commit(db, err) < 0) {
        err_set(err, err->code, "step %d: %s", step->number, err->text);
        goto out;
    }
    ++*applied;
    rc = 0;
out:
    db_abort(db);
    mem_free(sql);
    return rc;
}

int migrate_state(struct db *db, const char *schema, int *have, int *want,
                  struct err *err)
{
    struct step step = {.number = 0};
    int rc = 1;

    *want = 0;
    *have = 0;
    while (rc == 1) {
        *want = step.number;
        rc = next_step(&schema, &step, err);
    }
    if (rc < 0 || db_schema_step(db, have, err) < 0)
        return -1;
    if (*have > *want)
        return err_set(err, ERR_UNAVAILABLE,
                       "the database is at step %d, made by a newer version "
                       "of this program, which knows %d",
                       *have, *want);
    return 0;
}

int migrate_run_to(struct db *db, const char *schema, int last, int *applied,
                   struct err *err)
{
    struct step step = {.number = 0};
    int have;
    int want;
    int rc;

    *applied = 0;
    rc = migrate_state(db, schema, &have, &want, err);
    while (rc == 0 && step.number < want && step.number < last) {
        rc = next_step(&schema, &step, err) < 0 ? -1 : 0;
        if (rc == 0 && step.number > have)
            rc = run_step(db, &step, applied, err);
    }
    return rc;
}

int migrate_run(struct db *db, const char *schema, int *applied,
                struct err *err)
{
    return migrate_run_to(db, schema, INT_MAX, applied, err);
}
