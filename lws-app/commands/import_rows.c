#include "commands/import_rows.h"
#include "base/json.h"
#include "base/mem.h"
#include "model/order_column.h"
#include "web/order_input.h"

#include <csv.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/banned.h"

#define COLUMNS_MAX 16 /* more than an order has */

struct import_rows {
    int fd;
    bool ended; /* nothing more to read(2) */
    int64_t line;
    bool after_cr;
    size_t start;
    size_t len;
    char text[2 * IMPORT_LINE_MAX];
    bool is_csv;
    struct csv_parser parser;
    const struct order_column *columns[COLUMNS_MAX];
    size_t column_count;
    bool has_header;
    /* The record being read. */
    struct order_draft *draft;
    struct err *err;
    size_t record_len;
    size_t cell_count;
    bool record_ended;
};

static bool has_ending(const char *path, const char *ending)
{
    size_t len = strlen(path);
    size_t ending_len = strlen(ending);

    return len > ending_len && !strcmp(path + len - ending_len, ending);
}

static int open_file(struct import_rows *rows, const char *path,
                     struct err *err)
{
    rows->is_csv = has_ending(path, ".csv");
    if (!strcmp(path, "-")) {
        rows->fd = STDIN_FILENO;
        return 0;
    }
    if (!rows->is_csv && !has_ending(path, ".ndjson"))
        return err_field(err, path, "must end in .csv or .ndjson");
    rows->fd = open(path, O_RDONLY | O_CLOEXEC);
    if (rows->fd < 0)
        return err_field(err, path, "can't be opened: %s", strerror(errno));
    return 0;
}

int import_rows_open(struct import_rows **out, const char *path,
                     struct err *err)
{
    struct import_rows *rows = mem_alloc(sizeof(*rows));

    if (!rows)
        return err_set(err, ERR_NOMEM, "out of memory");
    memset(rows, 0, sizeof(*rows));
    rows->fd = -1;
    rows->line = 1;
    if (open_file(rows, path, err) < 0) {
        import_rows_close(rows);
        return -1;
    }
    csv_init(&rows->parser, CSV_STRICT | CSV_STRICT_FINI);
    csv_set_realloc_func(&rows->parser, mem_realloc);
    csv_set_free_func(&rows->parser, mem_free);
    *out = rows;
    return 0;
}

void import_rows_close(struct import_rows *rows)
{
    if (!rows)
        return;
    if (rows->fd > STDIN_FILENO)
        close(rows->fd);
    if (rows->parser.free_func)
        csv_free(&rows->parser);
    mem_free(rows);
}

/* The length of the first line in what is held, its end included; 0: not all
 * of it is here. A CSV line may end in CR alone. */
static size_t held_line(const struct import_rows *rows)
{
    const char *text = rows->text + rows->start;
    const char *end = memchr(text, '\n', rows->len);
    const char *cr = NULL;

    if (rows->is_csv)
        cr = memchr(text, '\r', end ? (size_t)(end - text) : rows->len);
    if (cr && (!end || cr + 1 < end))
        end = cr;
    if (end)
        return (size_t)(end - text) + 1;
    return rows->ended ? rows->len : 0;
}

static int read_more(struct import_rows *rows, struct err *err)
{
    ssize_t got;

    memmove(rows->text, rows->text + rows->start, rows->len);
    rows->start = 0;
    got =
        read(rows->fd, rows->text + rows->len, sizeof(rows->text) - rows->len);
    if (got < 0 && errno == EINTR)
        return err_set(err, ERR_UNAVAILABLE, "interrupted");
    if (got < 0)
        return err_set(err, ERR_UNAVAILABLE, "can't be read: %s",
                       strerror(errno));
    rows->ended = got == 0;
    rows->len += (size_t)got;
    return 0;
}

/* Spreadsheets put U+FEFF in front of a file. */
static void skip_mark(struct import_rows *rows)
{
    if (rows->line == 1 && rows->len >= 3 &&
        !memcmp(rows->text, "\xEF\xBB\xBF", 3) && rows->start == 0) {
        rows->start = 3;
        rows->len -= 3;
    }
}

static void count_line(struct import_rows *rows, const char *text, size_t len)
{
    if (!(rows->after_cr && text[0] == '\n')) /* the rest of a CR LF */
        rows->line++;
    rows->after_cr = rows->is_csv && text[len - 1] == '\r';
}

/* 1: *text is the next line with its end, borrowed until the next call. */
static int next_line(struct import_rows *rows, const char **text, size_t *len,
                     struct err *err)
{
    *len = held_line(rows);
    while (!*len && !rows->ended) {
        if (rows->len > IMPORT_LINE_MAX)
            break;
        if (read_more(rows, err) < 0)
            return -1;
        skip_mark(rows);
        *len = held_line(rows);
    }
    if (*len > IMPORT_LINE_MAX)
        *len = 0;
    if (!*len && rows->len)
        return err_set(err, ERR_MALFORMED, "longer than %d bytes",
                       IMPORT_LINE_MAX);
    if (!*len)
        return 0;
    *text = rows->text + rows->start;
    rows->start += *len;
    rows->len -= *len;
    count_line(rows, *text, *len);
    return 1;
}

static bool is_blank(const char *text, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        if (!strchr(" \t\r\n", text[i]) || !text[i])
            return false;
    }
    return true;
}

/* An exported file also says what only the database gives: an id, times. Its
 * rows are new orders here, which get their own. */
static bool is_given(const struct order_column *column)
{
    return column->flags & (COLUMN_WRITE | COLUMN_WRITE_STAFF);
}

static void read_object(cJSON *object, struct order_draft *draft,
                        struct err *err)
{
    for (size_t i = 0; i < order_columns_count; i++) {
        if (!is_given(&order_columns[i]))
            cJSON_DeleteItemFromObjectCaseSensitive(object,
                                                    order_columns[i].name);
    }
    order_input_json(object, draft, err);
}

static int next_json(struct import_rows *rows, struct order_draft *draft,
                     int64_t *line, struct err *err)
{
    const char *text;
    size_t len = 0;
    cJSON *value = NULL;
    int rc;

    do {
        *line = rows->line;
        rc = next_line(rows, &text, &len, err);
    } while (rc == 1 && is_blank(text, len));
    if (rc != 1)
        return rc;
    if (json_parse(text, len, &value, err) < 0)
        rc = -1;
    else if (!cJSON_IsObject(value))
        rc = err_set(err, ERR_MALFORMED, "must be a JSON object");
    else
        read_object(value, draft, err);
    cJSON_Delete(value);
    return rc;
}

static bool is_named_twice(const struct import_rows *rows,
                           const struct order_column *column)
{
    for (size_t i = 0; i < rows->column_count; i++) {
        if (rows->columns[i] == column)
            return true;
    }
    return false;
}

static void add_column(struct import_rows *rows, const char *name, size_t len)
{
    const struct order_column *column = order_column_find(name, len);
    char shown[64];

    snprintf(shown, sizeof(shown), "%.*s", (int)(len < 63 ? len : 63), name);
    if (!column)
        err_field(rows->err, shown, "unknown field");
    else if (is_named_twice(rows, column))
        err_field(rows->err, shown, "named twice");
    else if (rows->column_count < COLUMNS_MAX)
        rows->columns[rows->column_count++] = column;
}

static void on_cell(void *text, size_t len, void *arg)
{
    struct import_rows *rows = arg;

    if (!rows->has_header)
        add_column(rows, text ? text : "", len);
    else if (len && rows->cell_count < rows->column_count &&
             is_given(rows->columns[rows->cell_count]))
        order_draft_set(rows->draft, rows->columns[rows->cell_count]->name,
                        text, len, rows->err);
    rows->cell_count++;
}

static void check_header(struct import_rows *rows)
{
    for (size_t i = 0; i < order_columns_count; i++) {
        if (order_columns[i].flags & COLUMN_REQUIRED &&
            !is_named_twice(rows, &order_columns[i]))
            err_field(rows->err, order_columns[i].name, "required");
    }
}

static void on_record(int end, void *arg)
{
    struct import_rows *rows = arg;

    (void)end;
    rows->record_ended = true;
    if (!rows->has_header)
        check_header(rows);
    else if (rows->cell_count != rows->column_count)
        err_set(rows->err, ERR_MALFORMED, "has %zu cells, the first row %zu",
                rows->cell_count, rows->column_count);
}

static int feed(struct import_rows *rows, const char *text, size_t len,
                struct err *err)
{
    rows->record_len += len;
    if (rows->record_len > IMPORT_LINE_MAX)
        return err_set(err, ERR_MALFORMED,
                       "longer than %d bytes: a quote is missing",
                       IMPORT_LINE_MAX);
    if (csv_parse(&rows->parser, text, len, on_cell, on_record, rows) == len)
        return 0;
    if (csv_error(&rows->parser) == CSV_EPARSE)
        return err_set(err, ERR_MALFORMED, "has a quote out of place");
    return err_set(err, ERR_NOMEM, "out of memory");
}

static int finish(struct import_rows *rows, struct err *err)
{
    int rc = csv_fini(&rows->parser, on_cell, on_record, rows);

    if (rc != 0 && csv_error(&rows->parser) == CSV_EPARSE)
        return err_set(err, ERR_MALFORMED, "has a quote that does not end");
    if (rc != 0)
        return err_set(err, ERR_NOMEM, "out of memory");
    return err->code == ERR_NONE || err->code == ERR_INVALID
               ? (int)rows->record_ended
               : -1;
}

/* Line by line, so that where a record starts is known however many lines its
 * quoted cells hold. */
static int next_record(struct import_rows *rows, int64_t *line, struct err *err)
{
    const char *text;
    size_t len;
    int rc = 1;

    rows->err = err;
    rows->record_len = 0;
    rows->cell_count = 0;
    rows->record_ended = false;
    *line = rows->line;
    while (rc == 1 && !rows->record_ended) {
        int64_t start = rows->line;

        rc = next_line(rows, &text, &len, err);
        if (rc != 1 || (!rows->record_len && is_blank(text, len)))
            continue;
        if (!rows->record_len)
            *line = start;
        rc = feed(rows, text, len, err) < 0 ? -1 : 1;
    }
    if (rc == 0)
        return finish(rows, err);
    return err->code == ERR_NONE || err->code == ERR_INVALID ? rc : -1;
}

static int next_csv(struct import_rows *rows, struct order_draft *draft,
                    int64_t *line, struct err *err)
{
    int rc;

    rows->draft = draft;
    if (!rows->has_header) {
        rc = next_record(rows, line, err);
        if (rc == 0)
            return err_set(err, ERR_MALFORMED,
                           "must begin with a row of column names");
        if (rc < 0 || err->code != ERR_NONE)
            return -1;
        rows->has_header = true;
    }
    return next_record(rows, line, err);
}

int import_rows_next(struct import_rows *rows, struct order_draft *draft,
                     int64_t *line, struct err *err)
{
    memset(draft, 0, sizeof(*draft));
    return rows->is_csv ? next_csv(rows, draft, line, err)
                        : next_json(rows, draft, line, err);
}
