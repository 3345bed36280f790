#include "base/mem.h"
#include "store/hash.h"
#include "store/postgres/private.h"

#include <ctype.h>
#include <string.h>

#define HASH_FUNCTION(key, len, hashv) ((hashv) = db_hash(key, len))
#define HASH_NONFATAL_OOM 1
#define uthash_malloc(size) mem_alloc(size)
#define uthash_free(memory, size) mem_free(memory)
#include <uthash.h>

#include "base/banned.h"

/* Of one transaction: their answers are held in memory. */
#define FORESEEN_MAX 4096
#define BYTES_MAX 4096 /* of one's values */

struct pg_foreseen {
    UT_hash_handle hh;
    struct pg_plan *plan;
    struct pg_answer *answer; /* NULL: it has not come, or never will */
    bool has_key;
    uint64_t key;
    char bytes[]; /* the plan's address and the values */
};

/* Rows of a table that were written, by key. */
struct pg_written {
    UT_hash_handle hh;
    struct written_key {
        uint64_t key;
        uint64_t table;
    } of;
};

/* ----------------------------------------------------------------- answers */

void pg_answer_unref(struct pg_answer *answer)
{
    if (!answer || --answer->refs > 0)
        return;
    PQclear(answer->result);
    mem_free(answer);
}

void pg_keep_answer(struct pg_foreseen *foreseen, PGresult *result)
{
    struct pg_answer *answer = mem_alloc(sizeof(*answer));

    if (!answer) {
        PQclear(result);
        return;
    }
    *answer = (struct pg_answer){.refs = 1, .result = result};
    pg_answer_unref(foreseen->answer);
    foreseen->answer = answer;
}

static void foreseen_free(struct pg *pg, struct pg_foreseen *foreseen)
{
    pg_plan_unref(pg, foreseen->plan);
    pg_answer_unref(foreseen->answer);
    mem_free(foreseen);
}

void pg_forget_foreseen(struct pg *pg)
{
    struct pg_foreseen *foreseen;
    struct pg_foreseen *next;
    struct pg_written *written;
    struct pg_written *after;

    HASH_ITER(hh, pg->foreseen, foreseen, next)
    {
        HASH_DEL(pg->foreseen, foreseen);
        foreseen_free(pg, foreseen);
    }
    HASH_ITER(hh, pg->written, written, after)
    {
        HASH_DEL(pg->written, written);
        mem_free(written);
    }
    for (int i = 0; i < pg->table_count; i++)
        pg->tables[i].is_written = pg->tables[i].is_all_other = false;
    pg->is_all_written = false;
}

/* ------------------------------------------------------------ what it rests on
 */

static bool is_word(char c)
{
    return isalnum((unsigned char)c) || c == '_';
}

static bool has_word(const char *sql, const char *word)
{
    size_t len = strlen(word);

    for (const char *at = strstr(sql, word); at; at = strstr(at + len, word))
        if ((at == sql || !is_word(at[-1])) && !is_word(at[len]))
            return true;
    return false;
}

/* The name behind INSERT INTO, UPDATE or DELETE FROM; NULL: none of these. */
static const char *find_target(const char *sql, size_t *len)
{
    static const char *const verbs[] = {"INSERT INTO ", "UPDATE ",
                                        "DELETE FROM "};

    for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++) {
        size_t verb_len = strlen(verbs[i]);
        const char *name = sql + verb_len;

        if (strncmp(sql, verbs[i], verb_len) != 0)
            continue;
        name += *name == '"';
        for (*len = 0; is_word(name[*len]);)
            ++*len;
        return *len && *len < sizeof(((struct pg_table *)NULL)->name) ? name
                                                                      : NULL;
    }
    return NULL;
}

/* -1: it is not known what the statement writes to. */
static int table_of(struct pg *pg, const char *sql)
{
    size_t len = 0;
    const char *name = find_target(sql, &len);

    for (int i = 0; name && i < pg->table_count; i++)
        if (strlen(pg->tables[i].name) == len &&
            !memcmp(pg->tables[i].name, name, len))
            return i;
    if (!name || pg->table_count == PG_TABLES_MAX)
        return -1;
    memcpy(pg->tables[pg->table_count].name, name, len);
    return pg->table_count++;
}

static bool reads_table(const struct pg *pg, struct pg_plan *plan, int table)
{
    for (; plan->table_count < pg->table_count; plan->table_count++)
        if (has_word(plan->sql, pg->tables[plan->table_count].name))
            plan->tables |= UINT64_C(1) << plan->table_count;
    return plan->tables >> table & 1;
}

static struct pg_written *find_written(const struct pg *pg,
                                       const struct written_key *of)
{
    struct pg_written *written = NULL;

    HASH_FIND(hh, pg->written, of, sizeof(*of), written);
    return written;
}

static int add_written(struct pg *pg, int table, uint64_t key)
{
    const struct written_key of = {.key = key, .table = (uint64_t)table};
    struct pg_written *written;

    if (find_written(pg, &of))
        return 0;
    written = mem_zalloc(sizeof(*written));
    if (!written)
        return -1;
    written->of = of;
    HASH_ADD(hh, pg->written, of, sizeof(written->of), written);
    if (written->hh.tbl)
        return 0;
    mem_free(written);
    return -1;
}

void pg_note_all_written(struct pg *pg)
{
    pg->is_all_written = pg->foreseen != NULL;
}

/* What is foreseen behind it comes behind it. A row that goes may take others
 * along, of other tables. */
void pg_note_written(const struct pg_stmt *stmt)
{
    struct pg *pg = pg_of(stmt->stmt.db);
    const char *sql = stmt->stmt.sql;
    int table;

    if (!pg->foreseen || pg->is_all_written)
        return;
    table = table_of(pg, sql);
    if (table < 0 || (!stmt->key_count && !strncmp(sql, "DELETE", 6))) {
        pg->is_all_written = true;
        return;
    }
    pg->tables[table].is_written = true;
    pg->tables[table].is_all_other |= !stmt->key_count;
    for (int i = 0; i < stmt->key_count; i++)
        if (add_written(pg, table, stmt->keys[i]) < 0)
            pg->is_all_written = true;
}

static bool is_good(const struct pg *pg, const struct pg_foreseen *foreseen)
{
    for (int i = 0; i < pg->table_count; i++) {
        const struct written_key of = {.key = foreseen->key,
                                       .table = (uint64_t)i};
        const struct pg_table *table = &pg->tables[i];

        if (!table->is_written || !reads_table(pg, foreseen->plan, i))
            continue;
        if (table->is_all_other || !foreseen->has_key || find_written(pg, &of))
            return false;
    }
    return !pg->is_all_written;
}

/* ------------------------------------------------------------ what is foreseen
 */

/* The plan is held by what is kept, so that no other has its address. 0: more
 * than is kept. */
static size_t put_bytes(const struct pg_stmt *stmt, char out[BYTES_MAX])
{
    size_t len = sizeof(stmt->plan);

    memcpy(out, &stmt->plan, sizeof(stmt->plan));
    for (int i = 0; i < stmt->plan->param_count; i++) {
        const struct pg_bind *bind = &stmt->binds[i];
        const void *value =
            bind->bytes ? bind->bytes : (const void *)&bind->number;
        size_t value_len = !bind->has_value ? 0
                           : bind->bytes    ? bind->len
                                            : sizeof(bind->number);
        const size_t head[] = {bind->type, bind->has_value, value_len};

        if (len + sizeof(head) + value_len > BYTES_MAX)
            return 0;
        memcpy(out + len, head, sizeof(head));
        memcpy(out + len + sizeof(head), value, value_len);
        len += sizeof(head) + value_len;
    }
    return len;
}

static struct pg_foreseen *find(const struct pg *pg, const char *bytes,
                                size_t len)
{
    struct pg_foreseen *foreseen = NULL;

    if (pg->foreseen && len)
        HASH_FIND(hh, pg->foreseen, bytes, len, foreseen);
    return foreseen;
}

/* NULL: no memory. */
static struct pg_foreseen *add(struct pg *pg, const struct pg_stmt *stmt,
                               const char *bytes, size_t len)
{
    struct pg_foreseen *made = mem_zalloc(sizeof(*made) + len);

    if (!made)
        return NULL;
    made->has_key = stmt->key_count > 0;
    made->key = stmt->keys[0];
    memcpy(made->bytes, bytes, len);
    HASH_ADD_KEYPTR(hh, pg->foreseen, made->bytes, len, made);
    if (!made->hh.tbl) {
        mem_free(made);
        return NULL;
    }
    made->plan = stmt->plan;
    made->plan->refs++;
    return made;
}

/* Where it can't be, it is read when it is wanted. */
void pg_foresee(struct db_stmt *stmt)
{
    struct pg_stmt *used = (struct pg_stmt *)stmt;
    struct pg *pg = pg_of(stmt->db);
    struct pg_foreseen *made;
    struct err err = ERR_INIT;
    char bytes[BYTES_MAX];
    size_t len;

    if ((!stmt->db->is_writing && !pg->is_expected) || stmt->db->is_careful ||
        pg->is_lost || !pg_is_read(stmt->sql) ||
        HASH_COUNT(pg->foreseen) >= FORESEEN_MAX)
        return;
    len = put_bytes(used, bytes);
    if (!len || find(pg, bytes, len))
        return;
    made = add(pg, used, bytes, len);
    if (!made)
        return;
    if (pg_enqueue(used, &err) == 0) {
        pg->ops[pg->op_count - 1].foreseen = made;
        return;
    }
    HASH_DEL(pg->foreseen, made);
    foreseen_free(pg, made);
}

int pg_read_foreseen(struct db *db, struct err *err)
{
    return pg_flush(pg_of(db), NULL, err);
}

int pg_take_foreseen(struct pg_stmt *stmt, struct err *err)
{
    struct pg *pg = pg_of(stmt->stmt.db);
    const struct pg_foreseen *foreseen;
    char bytes[BYTES_MAX];

    if (!pg->foreseen || stmt->is_long)
        return 0;
    foreseen = find(pg, bytes, put_bytes(stmt, bytes));
    if (!foreseen || !is_good(pg, foreseen))
        return 0;
    if (!foreseen->answer && pg_flush(pg, NULL, err) < 0)
        return -1;
    if (!foreseen->answer)
        return 0;
    stmt->answer = foreseen->answer;
    stmt->answer->refs++;
    stmt->result = stmt->answer->result;
    return 1;
}
