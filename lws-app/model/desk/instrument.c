#include "model/desk/instrument.h"
#include "base/decimal.h"
#include "base/json.h"
#include "base/text.h"
#include "model/accounts/audit.h"
#include "model/desk/instrument_column.h"

#include <string.h>

#include "base/banned.h"

/* The fold of a text may be longer than the text. */
#define FOLDED_MAX (INSTRUMENT_MAX * 18)
#define AUDIT_CREATE "instrument.create"
#define AUDIT_CHANGE "instrument.change"
#define AUDIT_REMOVE "instrument.remove"

/* 1: a row; the statement is done. */
static int take_row(struct db_stmt *stmt, struct instrument *instrument,
                    struct err *err)
{
    int rc = db_step(stmt, err);

    if (rc == 1)
        instrument_from_row(stmt, instrument);
    db_done(&stmt);
    return rc;
}

int instrument_get(struct db *db, int64_t id, struct instrument *instrument,
                   struct err *err)
{
    struct db_stmt *stmt = NULL;
    int rc;

    if (db_prepare(db, INSTRUMENT_SELECT "WHERE id = ?1", &stmt, err) < 0)
        return -1;
    db_bind_int(stmt, 1, id);
    rc = take_row(stmt, instrument, err);
    if (rc == 0)
        return err_set(err, ERR_MISSING, "there is no instrument %lld",
                       (long long)id);
    return rc < 0 ? -1 : 0;
}

int instrument_find(struct db *db, const char *symbol,
                    struct instrument *instrument, struct err *err)
{
    struct db_stmt *stmt = NULL;

    if (db_prepare(db, INSTRUMENT_SELECT "WHERE symbol = ?1", &stmt, err) < 0)
        return -1;
    db_bind_str(stmt, 1, symbol);
    return take_row(stmt, instrument, err);
}

static const char select_terms[] =
    "SELECT tick, lot, multiplier, active, strict "
    "FROM instrument WHERE symbol = ?1";

static int read_terms(struct db *db, const char *symbol, size_t len,
                      struct instrument_terms *terms, struct err *err)
{
    struct db_stmt *stmt = NULL;
    int rc;

    memset(terms, 0, sizeof(*terms));
    terms->multiplier = DECIMAL_ONE;
    if (db_prepare(db, select_terms, &stmt, err) < 0)
        return -1;
    db_bind_text(stmt, 1, symbol, len);
    rc = db_step(stmt, err);
    if (rc == 1) {
        terms->multiplier = db_int(stmt, 2);
        if (db_int(stmt, 4)) {
            terms->tick = db_int(stmt, 0);
            terms->lot = db_int(stmt, 1);
            terms->is_closed = !db_int(stmt, 3);
        }
    }
    db_done(&stmt);
    return rc < 0 ? -1 : 0;
}

void instrument_foresee_terms(struct db *db, const char *symbol)
{
    struct db_stmt *stmt = NULL;
    struct err err = ERR_INIT;

    if (db_prepare(db, select_terms, &stmt, &err) < 0)
        return;
    db_bind_text(stmt, 1, symbol, strlen(symbol));
    db_foresee(&stmt);
}

int instrument_terms_of(struct db *db, const char *symbol,
                        struct instrument_terms *terms, struct err *err)
{
    size_t len = strlen(symbol);

    if (db_recall(db, select_terms, symbol, len, terms, sizeof(*terms)))
        return 0;
    if (read_terms(db, symbol, len, terms, err) < 0)
        return -1;
    db_remember(db, select_terms, symbol, len, terms, sizeof(*terms));
    return 0;
}

void instrument_new(struct instrument *instrument)
{
    memset(instrument, 0, sizeof(*instrument));
    instrument->multiplier = DECIMAL_ONE;
    instrument->active = true;
}

/* What the texts are searched and sorted by, which the statement borrows. */
struct folds {
    struct buf name;
    struct buf currency;
};

static void folds_release(struct folds *folds)
{
    buf_release(&folds->name);
    buf_release(&folds->currency);
}

static int folds_make(struct folds *folds, const struct instrument *instrument,
                      struct err *err)
{
    buf_init(&folds->name, FOLDED_MAX);
    buf_init(&folds->currency, FOLDED_MAX);
    text_fold(&folds->name, instrument->name, strlen(instrument->name));
    text_fold(&folds->currency, instrument->currency,
              strlen(instrument->currency));
    return buf_check(&folds->name, err) < 0 ? -1
                                            : buf_check(&folds->currency, err);
}

static void bind_values(struct db_stmt *stmt,
                        const struct instrument *instrument,
                        const struct folds *folds)
{
    db_bind_str(stmt, 2, instrument->name);
    db_bind_str(stmt, 3, instrument->currency);
    db_bind_int(stmt, 4, instrument->tick);
    db_bind_int(stmt, 5, instrument->lot);
    db_bind_int(stmt, 6, instrument->multiplier);
    db_bind_int(stmt, 7, instrument->active);
    db_bind_int(stmt, 8, instrument->strict);
    db_bind_int(stmt, 9, instrument->version);
    db_bind_int(stmt, 10, instrument->updated_us);
    db_bind_str(stmt, 11, buf_text(&folds->name));
    db_bind_str(stmt, 12, buf_text(&folds->currency));
}

static int insert(struct db *db, struct instrument *instrument, struct err *err)
{
    struct db_stmt *stmt = NULL;
    struct folds folds;
    struct buf symbol;
    int rc = -1;

    buf_init(&symbol, FOLDED_MAX);
    text_fold(&symbol, instrument->symbol, strlen(instrument->symbol));
    if (folds_make(&folds, instrument, err) < 0 ||
        buf_check(&symbol, err) < 0 ||
        db_prepare(db,
                   "INSERT INTO instrument (symbol, name, currency, tick, lot, "
                   "multiplier, active, strict, version, created, updated, "
                   "name_folded, currency_folded, symbol_folded) "
                   "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?10, ?11, "
                   "?12, ?13) ON CONFLICT (symbol) DO NOTHING RETURNING id",
                   &stmt, err) < 0)
        goto out;
    db_bind_str(stmt, 1, instrument->symbol);
    bind_values(stmt, instrument, &folds);
    db_bind_str(stmt, 13, buf_text(&symbol));
    rc = db_step(stmt, err);
    if (rc == 0)
        rc = err_field(err, "symbol", "already exists");
    if (rc == 1) {
        instrument->id = db_int(stmt, 0);
        rc = db_run(&stmt, err);
        db_forget(db);
    }
out:
    db_done(&stmt);
    buf_release(&symbol);
    folds_release(&folds);
    return rc;
}

static int update(struct db *db, const struct instrument *instrument,
                  struct err *err)
{
    struct db_stmt *stmt = NULL;
    struct folds folds;
    int rc = -1;

    if (folds_make(&folds, instrument, err) == 0 &&
        db_prepare(db,
                   "UPDATE instrument SET name = ?2, currency = ?3, tick = ?4, "
                   "lot = ?5, multiplier = ?6, active = ?7, strict = ?8, "
                   "version = ?9, updated = ?10, name_folded = ?11, "
                   "currency_folded = ?12 WHERE id = ?1",
                   &stmt, err) == 0) {
        db_bind_int(stmt, 1, instrument->id);
        bind_values(stmt, instrument, &folds);
        rc = db_run(&stmt, err);
        db_forget(db);
    }
    folds_release(&folds);
    return rc;
}

static const struct actor *auditor(const struct actor *actor)
{
    return actor && actor->user ? actor : NULL;
}

int instrument_create(struct db *db, const struct actor *actor,
                      const struct instrument_draft *draft,
                      struct instrument *instrument, struct err *err)
{
    struct buf detail;
    int rc = -1;

    instrument_new(instrument);
    instrument_draft_apply(draft, instrument);
    if (!instrument->symbol[0] && !err_has_field(err, "symbol"))
        err_field(err, "symbol", "is required");
    if (err->code)
        return -1;
    instrument->version = 1;
    instrument->created_us = instrument->updated_us = db_time_us(db);
    buf_init(&detail, AUDIT_DETAIL_MAX);
    json_open(&detail);
    instrument_put_changes(&detail, NULL, instrument);
    json_close(&detail);
    if (insert(db, instrument, err) == 0)
        rc = audit_append(db, auditor(actor), AUDIT_CREATE, 0, &detail, err);
    buf_release(&detail);
    return rc;
}

static int check_version(const struct instrument *instrument, int64_t version,
                         struct err *err)
{
    if (!version || version == instrument->version)
        return 0;
    return err_set(err, ERR_STALE, "instrument %lld is now at version %lld",
                   (long long)instrument->id, (long long)instrument->version);
}

/* Nothing is written where nothing changes. */
static int write_change(struct db *db, const struct actor *actor,
                        const struct instrument *before,
                        struct instrument *after, bool *changed,
                        struct err *err)
{
    struct buf detail;
    int rc = 0;

    buf_init(&detail, AUDIT_DETAIL_MAX);
    json_open(&detail);
    audit_put_text(&detail, "symbol", before->symbol, after->symbol);
    *changed = instrument_put_changes(&detail, before, after) > 0;
    json_close(&detail);
    if (*changed) {
        after->version++;
        after->updated_us = db_time_us(db);
        rc = update(db, after, err);
        if (rc == 0)
            rc =
                audit_append(db, auditor(actor), AUDIT_CHANGE, 0, &detail, err);
    }
    buf_release(&detail);
    return rc;
}

int instrument_change(struct db *db, const struct actor *actor, int64_t id,
                      const struct instrument_draft *draft, int64_t version,
                      struct instrument *instrument, struct err *err)
{
    struct instrument before;
    bool changed;

    if (instrument_get(db, id, &before, err) < 0)
        return -1;
    *instrument = before;
    if (check_version(&before, version, err) < 0)
        return -1;
    instrument_draft_apply(draft, instrument);
    return write_change(db, actor, &before, instrument, &changed, err);
}

int instrument_put(struct db *db, const struct actor *actor,
                   const struct instrument_draft *draft,
                   enum instrument_outcome *outcome, struct err *err)
{
    struct instrument before;
    struct instrument after;
    bool changed;
    int rc = instrument_find(db, draft->instrument.symbol, &before, err);

    if (rc < 0)
        return -1;
    *outcome = INSTRUMENT_CREATED;
    if (rc == 0)
        return instrument_create(db, actor, draft, &after, err);
    after = before;
    instrument_draft_apply(draft, &after);
    rc = write_change(db, actor, &before, &after, &changed, err);
    *outcome = changed ? INSTRUMENT_CHANGED : INSTRUMENT_UNCHANGED;
    return rc;
}

int instrument_remove(struct db *db, const struct actor *actor, int64_t id,
                      int64_t version, struct instrument *instrument,
                      struct err *err)
{
    static const struct instrument nothing;
    struct db_stmt *stmt = NULL;
    struct buf detail;
    int rc = -1;

    if (instrument_get(db, id, instrument, err) < 0 ||
        check_version(instrument, version, err) < 0 ||
        db_prepare(db, "DELETE FROM instrument WHERE id = ?1", &stmt, err) < 0)
        return -1;
    db_bind_int(stmt, 1, id);
    buf_init(&detail, AUDIT_DETAIL_MAX);
    json_open(&detail);
    instrument_put_changes(&detail, instrument, &nothing);
    json_close(&detail);
    rc = db_run(&stmt, err);
    db_forget(db);
    if (rc == 0)
        rc = audit_append(db, auditor(actor), AUDIT_REMOVE, 0, &detail, err);
    buf_release(&detail);
    return rc;
}
