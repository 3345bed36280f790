#include "base/mem.h"
#include "store/engine.h"
#include "store/hash.h"

#include <string.h>

#define HASH_FUNCTION(key, len, hashv) ((hashv) = db_hash(key, len))
#define HASH_NONFATAL_OOM 1
#define uthash_malloc(size) mem_alloc(size)
#define uthash_free(memory, size) mem_free(memory)
#include <uthash.h>

#include "base/banned.h"

/* Beyond it all is read anew. */
#define MEMORY_MAX ((size_t)1 << 20)
#define KEY_MAX 1200

struct db_note {
    UT_hash_handle hh;
    size_t size; /* of all of it */
    size_t value_len;
    char bytes[]; /* the kind, what it is of, and behind them the value */
};

/* Of a kind and what it is of; 0: too long. */
static size_t make_key(char out[KEY_MAX], const void *kind, const void *of,
                       size_t of_len)
{
    if (of_len > KEY_MAX - sizeof(kind))
        return 0;
    memcpy(out, &kind, sizeof(kind));
    memcpy(out + sizeof(kind), of, of_len);
    return sizeof(kind) + of_len;
}

static struct db_note *find(struct db *db, const char *key, size_t len)
{
    struct db_note *note = NULL;

    if (db->notes && len)
        HASH_FIND(hh, db->notes, key, len, note);
    return note;
}

void db_forget_all(struct db *db)
{
    struct db_note *note;
    struct db_note *next;

    HASH_ITER(hh, db->notes, note, next)
    {
        HASH_DEL(db->notes, note);
        mem_free(note);
    }
    db->notes_size = 0;
}

bool db_recall(struct db *db, const void *kind, const void *of, size_t of_len,
               void *value, size_t value_len)
{
    char key[KEY_MAX];
    size_t len = make_key(key, kind, of, of_len);
    const struct db_note *note = db->is_writing ? find(db, key, len) : NULL;

    if (!note || note->value_len != value_len)
        return false;
    memcpy(value, note->bytes + len, value_len);
    return true;
}

static void add(struct db *db, const char *key, size_t len, const void *value,
                size_t value_len)
{
    size_t size = sizeof(struct db_note) + len + value_len;
    struct db_note *note;

    if (db->notes_size + size > MEMORY_MAX)
        db_forget_all(db);
    note = mem_zalloc(size);
    if (!note)
        return;
    note->size = size;
    note->value_len = value_len;
    memcpy(note->bytes, key, len);
    memcpy(note->bytes + len, value, value_len);
    HASH_ADD_KEYPTR(hh, db->notes, note->bytes, len, note);
    if (note->hh.tbl)
        db->notes_size += size;
    else
        mem_free(note);
}

void db_remember(struct db *db, const void *kind, const void *of, size_t of_len,
                 const void *value, size_t value_len)
{
    char key[KEY_MAX];
    size_t len = make_key(key, kind, of, of_len);
    struct db_note *note;

    if (!db->is_writing || !len)
        return;
    note = find(db, key, len);
    if (note && note->value_len == value_len)
        memcpy(note->bytes + len, value, value_len);
    else if (!note)
        add(db, key, len, value, value_len);
}

void db_remember_written(struct db *db, const void *kind, const void *of,
                         size_t of_len, const void *value, size_t value_len)
{
    db->written++;
    db_remember(db, kind, of, of_len, value, value_len);
}

void db_forget(struct db *db)
{
    db->written++;
    db_forget_all(db);
}
