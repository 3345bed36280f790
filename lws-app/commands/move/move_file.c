#include "commands/move/move_file.h"
#include "base/mem.h"
#include "base/secret.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/banned.h"

#define PART 65536 /* read and written at once */
/* Of the rows that are kept at once. */
#define KEPT_MAX ((size_t)256 << 20)
#define HASH_TEXT_MAX (2 * SECRET_DIGEST + 1)

static const char magic[] = "lws-app-database";
static const char null_word[] = "n";
#define FORMAT 1

static void end_hash(struct secret_hash *hash, char text[HASH_TEXT_MAX])
{
    uint8_t digest[SECRET_DIGEST];

    secret_hash_end(hash, digest);
    for (size_t i = 0; i < sizeof(digest); i++)
        snprintf(text + 2 * i, 3, "%02x", digest[i]);
}

static int fail_system(const char *path, struct err *err)
{
    return err_set(err, errno == EEXIST ? ERR_CONFLICT : ERR_UNAVAILABLE,
                   "%s: %s", path, strerror(errno));
}

/* ---------------------------------------------------------------- writing */

struct move_writer {
    const char *path;
    int fd;
    bool is_ended;
    bool is_in_line;
    struct secret_hash *hash;
    struct buf text; /* not written yet */
};

int move_writer_open(struct move_writer **writer, const char *path, int step,
                     struct err *err)
{
    struct move_writer *made = mem_zalloc(sizeof(*made));

    *writer = made;
    if (!made)
        return err_set(err, ERR_NOMEM, "out of memory");
    made->path = path;
    made->fd = -1;
    buf_init(&made->text, SIZE_MAX);
    made->hash = secret_hash_new();
    if (!made->hash)
        return err_set(err, ERR_NOMEM, "out of memory");
    made->fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (made->fd < 0)
        return fail_system(path, err);
    move_put_word(made, magic);
    move_put_number(made, FORMAT);
    move_put_number(made, step);
    move_put_word(made, LWSAPP_VERSION);
    return move_end_line(made, err);
}

static void begin_word(struct move_writer *writer)
{
    if (writer->is_in_line)
        buf_put_char(&writer->text, ' ');
    writer->is_in_line = true;
}

void move_put_word(struct move_writer *writer, const char *word)
{
    begin_word(writer);
    buf_put_text(&writer->text, word);
}

void move_put_number(struct move_writer *writer, int64_t number)
{
    begin_word(writer);
    buf_put_int(&writer->text, number);
}

void move_put_bytes(struct move_writer *writer, const void *bytes, size_t len)
{
    begin_word(writer);
    buf_printf(&writer->text, "%zu:", len);
    buf_put(&writer->text, bytes, len);
}

void move_put_null(struct move_writer *writer)
{
    move_put_word(writer, null_word);
}

static int write_out(struct move_writer *writer, struct err *err)
{
    const char *at = writer->text.data;
    const char *end = at + writer->text.len;

    if (buf_check(&writer->text, err) < 0)
        return -1;
    while (at < end) {
        ssize_t written = write(writer->fd, at, (size_t)(end - at));

        if (written < 0 && errno != EINTR)
            return fail_system(writer->path, err);
        at += written > 0 ? written : 0;
    }
    buf_clear(&writer->text);
    return 0;
}

static int flush(struct move_writer *writer, struct err *err)
{
    secret_hash_add(writer->hash, buf_text(&writer->text), writer->text.len);
    return write_out(writer, err);
}

int move_end_line(struct move_writer *writer, struct err *err)
{
    buf_put_char(&writer->text, '\n');
    writer->is_in_line = false;
    return writer->text.len < PART ? 0 : flush(writer, err);
}

int move_writer_end(struct move_writer *writer, int64_t tables, int64_t rows,
                    struct err *err)
{
    char hash[HASH_TEXT_MAX];

    buf_printf(&writer->text, "end %" PRId64 " %" PRId64 " ", tables, rows);
    if (flush(writer, err) < 0)
        return -1;
    end_hash(writer->hash, hash);
    buf_printf(&writer->text, "%s\n", hash);
    if (write_out(writer, err) < 0)
        return -1;
    if (fsync(writer->fd) < 0)
        return fail_system(writer->path, err);
    writer->is_ended = true;
    return 0;
}

void move_writer_close(struct move_writer *writer)
{
    if (!writer)
        return;
    if (writer->fd >= 0)
        close(writer->fd);
    if (writer->fd >= 0 && !writer->is_ended)
        unlink(writer->path);
    secret_hash_free(writer->hash);
    buf_release(&writer->text);
    mem_free(writer);
}

/* ---------------------------------------------------------------- reading */

struct move_reader {
    const char *path;
    int fd;
    struct secret_hash *hash;
    char part[PART];
    size_t hashed; /* of the part */
    size_t at;
    size_t len;
    int64_t before; /* bytes of the parts before this one */
    int last;       /* what came behind the newest word: ' ' or '\n' */
    struct buf kept;
};

int move_fail_damaged(const struct move_reader *reader, struct err *err)
{
    return err_set(err, ERR_INVALID, "%s: is damaged, at byte %" PRId64,
                   reader->path, reader->before + (int64_t)reader->at);
}

static void hash_read(struct move_reader *reader)
{
    secret_hash_add(reader->hash, reader->part + reader->hashed,
                    reader->at - reader->hashed);
    reader->hashed = reader->at;
}

/* 1: there is a byte at reader->at; 0: the file ends; -1. */
static int fill(struct move_reader *reader, struct err *err)
{
    ssize_t len;

    if (reader->at < reader->len)
        return 1;
    hash_read(reader);
    reader->before += (int64_t)reader->len;
    do
        len = read(reader->fd, reader->part, sizeof(reader->part));
    while (len < 0 && errno == EINTR);
    reader->at = reader->hashed = 0;
    reader->len = len > 0 ? (size_t)len : 0;
    return len < 0 ? fail_system(reader->path, err) : len > 0;
}

/* The next byte, or -1. */
static int take(struct move_reader *reader, struct err *err)
{
    int rc = fill(reader, err);

    if (rc == 0)
        return err_set(err, ERR_INVALID, "%s: is cut off", reader->path);
    return rc < 0 ? -1 : (unsigned char)reader->part[reader->at++];
}

int move_get_word(struct move_reader *reader, char word[MOVE_WORD_MAX],
                  struct err *err)
{
    size_t len = 0;
    int c = take(reader, err);

    while (c >= 0 && c != ' ' && c != '\n') {
        if (len + 1 == MOVE_WORD_MAX)
            return move_fail_damaged(reader, err);
        word[len++] = (char)c;
        c = take(reader, err);
    }
    word[len] = '\0';
    reader->last = c;
    return c < 0 ? -1 : len == 0 ? move_fail_damaged(reader, err) : 0;
}

static int parse(const struct move_reader *reader, const char *word,
                 int64_t *number, struct err *err)
{
    char *end;

    errno = 0;
    *number = strtoll(word, &end, 10);
    return errno || *end || end == word ? move_fail_damaged(reader, err) : 0;
}

int move_get_number(struct move_reader *reader, int64_t *number,
                    struct err *err)
{
    char word[MOVE_WORD_MAX];

    if (move_get_word(reader, word, err) < 0)
        return -1;
    return parse(reader, word, number, err);
}

/* "12:", or "n" and what ends a word. */
static int get_len(struct move_reader *reader, struct move_value *value,
                   struct err *err)
{
    int c = take(reader, err);
    size_t len = 0;

    value->is_null = c == *null_word;
    if (value->is_null) {
        reader->last = take(reader, err);
        return reader->last < 0 ? -1 : 0;
    }
    for (; c >= '0' && c <= '9'; c = take(reader, err)) {
        len = 10 * len + (size_t)(c - '0');
        if (len > KEPT_MAX)
            return move_fail_damaged(reader, err);
    }
    value->len = len;
    return c < 0 ? -1 : c != ':' ? move_fail_damaged(reader, err) : 0;
}

static int get_bytes(struct move_reader *reader, struct move_value *value,
                     struct err *err)
{
    size_t left;

    if (get_len(reader, value, err) < 0)
        return -1;
    if (value->is_null)
        return 0;
    value->at = reader->kept.len;
    for (left = value->len; left;) {
        int rc = fill(reader, err);
        size_t len = reader->len - reader->at;

        if (rc == 0)
            return err_set(err, ERR_INVALID, "%s: is cut off", reader->path);
        if (rc < 0)
            return -1;
        len = len < left ? len : left;
        buf_put(&reader->kept, reader->part + reader->at, len);
        reader->at += len;
        left -= len;
    }
    reader->last = take(reader, err);
    return reader->last < 0 ? -1 : buf_check(&reader->kept, err);
}

int move_get_value(struct move_reader *reader, char kind,
                   struct move_value *value, struct err *err)
{
    char word[MOVE_WORD_MAX];
    int rc;

    *value = (struct move_value){.is_null = false};
    if (kind != 'i') {
        rc = get_bytes(reader, value, err);
    } else {
        rc = move_get_word(reader, word, err);
        value->is_null = rc == 0 && !strcmp(word, null_word);
        if (rc == 0 && !value->is_null)
            rc = parse(reader, word, &value->number, err);
    }
    if (rc == 0 && reader->last != ' ' && reader->last != '\n')
        rc = move_fail_damaged(reader, err);
    return rc;
}

const char *move_bytes(const struct move_reader *reader)
{
    return buf_text(&reader->kept);
}

size_t move_kept(const struct move_reader *reader)
{
    return reader->kept.len;
}

void move_clear(struct move_reader *reader)
{
    buf_clear(&reader->kept);
}

bool move_is_end_of_line(const struct move_reader *reader)
{
    return reader->last == '\n';
}

int move_check_end_of_line(struct move_reader *reader, struct err *err)
{
    return move_is_end_of_line(reader) ? 0 : move_fail_damaged(reader, err);
}

static int fail_foreign(const char *path, struct err *err)
{
    err_clear(err);
    return err_set(err, ERR_INVALID,
                   "%s: is no file that export-database has written", path);
}

static int read_head(struct move_reader *reader, int *step, struct err *err)
{
    char word[MOVE_WORD_MAX];
    int64_t number;

    if (move_get_word(reader, word, err) < 0 || strcmp(word, magic) != 0)
        return fail_foreign(reader->path, err);
    if (move_get_number(reader, &number, err) < 0)
        return -1;
    if (number != FORMAT)
        return err_set(err, ERR_INVALID, "%s: is of another release",
                       reader->path);
    if (move_get_number(reader, &number, err) < 0 ||
        move_get_word(reader, word, err) < 0)
        return -1;
    *step = (int)number;
    return move_check_end_of_line(reader, err);
}

/* A pipe may stand still for longer than a write transaction may. */
static int check_regular(const struct move_reader *reader, struct err *err)
{
    struct stat found;

    if (fstat(reader->fd, &found) < 0)
        return fail_system(reader->path, err);
    return S_ISREG(found.st_mode)
               ? 0
               : err_set(err, ERR_INVALID, "%s: is not a regular file",
                         reader->path);
}

int move_reader_open(struct move_reader **reader, const char *path, int *step,
                     struct err *err)
{
    struct move_reader *made = mem_zalloc(sizeof(*made));

    *reader = made;
    if (!made)
        return err_set(err, ERR_NOMEM, "out of memory");
    made->path = path;
    made->fd = -1;
    buf_init(&made->kept, KEPT_MAX);
    made->hash = secret_hash_new();
    if (!made->hash)
        return err_set(err, ERR_NOMEM, "out of memory");
    made->fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (made->fd < 0)
        return fail_system(path, err);
    return check_regular(made, err) < 0 ? -1 : read_head(made, step, err);
}

void move_reader_close(struct move_reader *reader)
{
    if (!reader)
        return;
    if (reader->fd >= 0)
        close(reader->fd);
    secret_hash_free(reader->hash);
    buf_release(&reader->kept);
    mem_free(reader);
}

int move_reader_end(struct move_reader *reader, int64_t tables, int64_t rows,
                    struct err *err)
{
    char hash[HASH_TEXT_MAX];
    char word[MOVE_WORD_MAX];
    int64_t told_tables;
    int64_t told_rows;
    int rc;

    if (move_get_number(reader, &told_tables, err) < 0 ||
        move_get_number(reader, &told_rows, err) < 0)
        return -1;
    hash_read(reader);
    end_hash(reader->hash, hash);
    if (move_get_word(reader, word, err) < 0 ||
        move_check_end_of_line(reader, err) < 0)
        return -1;
    if (told_tables != tables || told_rows != rows || strcmp(word, hash) != 0)
        return err_set(err, ERR_INVALID,
                       "%s: was altered: its checksum is another",
                       reader->path);
    rc = fill(reader, err);
    return rc == 1 ? move_fail_damaged(reader, err) : rc;
}
