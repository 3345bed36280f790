#include "web/import/import_file.h"
#include "base/mem.h"
#include "base/text.h"

#include <errno.h>
#include <fcntl.h>
#include <iconv.h>
#include <poll.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "base/banned.h"

#define NO_ICONV ((iconv_t)-1)
/* Each of its bytes is three in UTF-8 at most. */
#define RAW_MAX (16 * 1024)
#define TEXT_MAX (2 * IMPORT_LINE_MAX + 3 * RAW_MAX)

struct import_file {
    int fd;           /* -1: what is in memory */
    const char *held; /* of that, what has not been read yet */
    size_t held_len;
    bool is_csv;
    bool ended;    /* nothing more to read(2) */
    bool is_wrong; /* what comes is not in its encoding */
    iconv_t iconv;
    const char *encoding; /* as it is called in messages */
    bool has_begun;       /* what it is written in is known */
    bool has_mark_passed;
    int64_t line;
    bool after_cr;
    size_t raw_len; /* what has been read and is not converted yet */
    char raw[RAW_MAX];
    size_t start; /* of what is not given yet, in text */
    size_t len;
    char text[TEXT_MAX];
};

static const struct {
    const char *name;
    const char *iconv;
} encodings[] = {
    {"utf-8", NULL},
    {"utf-16", "UTF-16"},
    {"utf-16le", "UTF-16LE"},
    {"utf-16be", "UTF-16BE"},
    {"latin1", "ISO-8859-1"},
    {"iso-8859-1", "ISO-8859-1"},
    {"windows-1252", "CP1252"},
};
#define ENCODINGS (sizeof(encodings) / sizeof(encodings[0]))

static bool has_ending(const char *path, const char *ending)
{
    size_t len = strlen(path);
    size_t ending_len = strlen(ending);

    return len > ending_len && !strcasecmp(path + len - ending_len, ending);
}

static enum import_format format_of(const char *path)
{
    if (has_ending(path, ".csv") || has_ending(path, ".tsv"))
        return IMPORT_CSV;
    return has_ending(path, ".ndjson") || has_ending(path, ".jsonl") ||
                   !strcmp(path, "-")
               ? IMPORT_NDJSON
               : IMPORT_BY_NAME;
}

static int set_encoding(struct import_file *file, const char *name,
                        struct err *err)
{
    size_t i = 0;

    while (i < ENCODINGS && strcasecmp(encodings[i].name, name) != 0)
        i++;
    if (i == ENCODINGS)
        return err_field(err, "encoding",
                         "must be utf-8, utf-16, utf-16le, utf-16be, latin1 or "
                         "windows-1252");
    file->encoding = encodings[i].name;
    if (!encodings[i].iconv)
        return 0;
    file->iconv = iconv_open("UTF-8", encodings[i].iconv);
    if (file->iconv == NO_ICONV)
        return err_field(err, "encoding", "%s can't be read here", name);
    return 0;
}

static int open_path(struct import_file *file, const char *path,
                     enum import_format format, struct err *err)
{
    if (format == IMPORT_BY_NAME)
        format = format_of(path);
    if (format == IMPORT_BY_NAME)
        return err_field(
            err, path,
            "must end in .csv, .tsv, .ndjson or .jsonl, or --format must "
            "say what it is");
    file->is_csv = format == IMPORT_CSV;
    if (!strcmp(path, "-")) {
        file->fd = STDIN_FILENO;
        return 0;
    }
    file->fd = open(path, O_RDONLY | O_CLOEXEC);
    if (file->fd < 0)
        return err_field(err, path, "can't be opened: %s", strerror(errno));
    return 0;
}

static struct import_file *file_new(struct err *err)
{
    struct import_file *file = mem_zalloc(sizeof(*file));

    if (!file) {
        err_set(err, ERR_NOMEM, "out of memory");
        return NULL;
    }
    file->fd = -1;
    file->line = 1;
    file->iconv = NO_ICONV;
    return file;
}

int import_file_open_text(struct import_file **out, const char *text,
                          size_t len, enum import_format format,
                          struct err *err)
{
    struct import_file *file = file_new(err);

    *out = file;
    if (!file)
        return -1;
    file->is_csv = format == IMPORT_CSV;
    file->held = text;
    file->held_len = len;
    return set_encoding(file, "utf-8", err);
}

int import_file_open(struct import_file **out, const char *path,
                     enum import_format format, const char *encoding,
                     struct err *err)
{
    struct import_file *file = file_new(err);

    if (!file)
        return -1;
    if (open_path(file, path, format, err) < 0 ||
        (encoding && set_encoding(file, encoding, err) < 0)) {
        import_file_close(file);
        return -1;
    }
    *out = file;
    return 0;
}

void import_file_close(struct import_file *file)
{
    if (!file)
        return;
    if (file->fd > STDIN_FILENO)
        close(file->fd);
    if (file->iconv != NO_ICONV)
        iconv_close(file->iconv);
    mem_free(file);
}

bool import_file_is_csv(const struct import_file *file)
{
    return file->is_csv;
}

int64_t import_file_line(const struct import_file *file)
{
    return file->line;
}

/* The length of the first line in what is held, its end included; 0: not all
 * of it is here. */
static size_t held_line(const struct import_file *file)
{
    const char *text = file->text + file->start;
    const char *end = memchr(text, '\n', file->len);
    const char *cr = NULL;

    if (file->is_csv)
        cr = memchr(text, '\r', end ? (size_t)(end - text) : file->len);
    if (cr && (!end || cr + 1 < end))
        end = cr;
    if (end)
        return (size_t)(end - text) + 1;
    return file->ended && !file->raw_len ? file->len : 0;
}

static ssize_t read_held(struct import_file *file, char *to, size_t room)
{
    size_t len = file->held_len < room ? file->held_len : room;

    memcpy(to, file->held, len);
    file->held += len;
    file->held_len -= len;
    return (ssize_t)len;
}

static int read_raw(struct import_file *file, struct err *err)
{
    char *to = file->raw + file->raw_len;
    size_t room = sizeof(file->raw) - file->raw_len;
    ssize_t got =
        file->held ? read_held(file, to, room) : read(file->fd, to, room);

    if (got < 0 && errno == EINTR)
        return err_set(err, ERR_UNAVAILABLE, "interrupted");
    if (got < 0)
        return err_set(err, ERR_UNAVAILABLE, "can't be read: %s",
                       strerror(errno));
    file->ended = got == 0;
    file->raw_len += (size_t)got;
    return 0;
}

static void skip_raw(struct import_file *file, size_t len)
{
    file->raw_len -= len;
    memmove(file->raw, file->raw + len, file->raw_len);
}

/* Spreadsheets put U+FEFF in front of a file, as it is written there. */
static int begin(struct import_file *file, struct err *err)
{
    while (file->raw_len < 2 && !file->ended) {
        if (read_raw(file, err) < 0)
            return -1;
    }
    file->has_begun = true;
    if (!file->encoding && file->raw_len >= 2 &&
        (!memcmp(file->raw, "\xFF\xFE", 2) ||
         !memcmp(file->raw, "\xFE\xFF", 2)))
        return set_encoding(file, "utf-16", err);
    return 0;
}

static void skip_mark(struct import_file *file)
{
    if (file->has_mark_passed || file->len < 3)
        return;
    file->has_mark_passed = true;
    if (!memcmp(file->text, "\xEF\xBB\xBF", 3)) {
        file->start = 3;
        file->len -= 3;
    }
}

/* What of it is whole; room for all of it has been made. */
static void convert(struct import_file *file)
{
    char *from = file->raw;
    size_t from_len = file->raw_len;
    char *to = file->text + file->len;
    size_t room = sizeof(file->text) - file->len;
    size_t rc;

    if (file->iconv == NO_ICONV) {
        memcpy(to, from, from_len);
        file->len += from_len;
        file->raw_len = 0;
        return;
    }
    rc = iconv(file->iconv, &from, &from_len, &to, &room);
    file->is_wrong = rc == (size_t)-1 &&
                     (errno == EILSEQ || (errno == EINVAL && file->ended));
    file->len = sizeof(file->text) - room;
    skip_raw(file, file->raw_len - from_len);
}

static int read_more(struct import_file *file, struct err *err)
{
    memmove(file->text, file->text + file->start, file->len);
    file->start = 0;
    if (!file->has_begun && begin(file, err) < 0)
        return -1;
    if (!file->raw_len && !file->ended && read_raw(file, err) < 0)
        return -1;
    convert(file);
    skip_mark(file);
    /* A character of which a part is still to come. */
    return file->raw_len && !file->ended && !file->is_wrong
               ? read_raw(file, err)
               : 0;
}

static void count_line(struct import_file *file, const char *text, size_t len)
{
    if (!(file->after_cr && text[0] == '\n')) /* the rest of a CR LF */
        file->line++;
    file->after_cr = file->is_csv && text[len - 1] == '\r';
}

static int check_text(const char *text, size_t len, struct err *err)
{
    if (memchr(text, '\0', len))
        return err_set(err, ERR_MALFORMED,
                       "holds NUL: if this is UTF-16, say --encoding utf-16le "
                       "(or utf-16be)");
    if (!utf8_is_valid(text, len))
        return err_set(err, ERR_MALFORMED,
                       "is not UTF-8: say --encoding, latin1, windows-1252 or "
                       "utf-16");
    return 0;
}

bool import_file_wait(const struct import_file *file, int ms)
{
    struct pollfd wanted = {.fd = file->fd, .events = POLLIN};

    return file->ended || file->raw_len || held_line(file) ||
           poll(&wanted, 1, ms) > 0;
}

int import_file_next(struct import_file *file, const char **text, size_t *len,
                     struct err *err)
{
    *len = held_line(file);
    while (!*len && !(file->ended && !file->raw_len)) {
        if (file->len > IMPORT_LINE_MAX)
            break;
        if (file->is_wrong) /* and the lines before it are given */
            return err_set(err, ERR_MALFORMED, "is not %s", file->encoding);
        if (read_more(file, err) < 0)
            return -1;
        *len = held_line(file);
    }
    if (*len > IMPORT_LINE_MAX)
        *len = 0;
    if (!*len && file->len)
        return err_set(err, ERR_MALFORMED, "is longer than %d bytes",
                       IMPORT_LINE_MAX);
    if (!*len)
        return 0;
    *text = file->text + file->start;
    file->start += *len;
    file->len -= *len;
    count_line(file, *text, *len);
    return check_text(*text, *len, err) < 0 ? -1 : 1;
}
