#include "commands/feed/feed_lines.h"
#include "base/json.h"
#include "base/mem.h"
#include "web/import/import_cell.h"
#include "web/import/import_csv.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/banned.h"

#define TRADE "trade."

/* Of a line beside its numbers, and of its trade. */
static const char *const texts[] = {"symbol", "time", "session", "seq",
                                    "status"};
static const char *const trade_texts[] = {"price", "size", "side", "seq"};
#define TEXTS (sizeof(texts) / sizeof(texts[0]))
#define TRADE_TEXTS (sizeof(trade_texts) / sizeof(trade_texts[0]))
#define COLUMNS_MAX (TEXTS + TICK_NUMBERS + TRADE_TEXTS)

struct column {
    const char *name;
    bool is_trade;
};

struct feed_lines {
    struct import_file *file;
    struct import_csv *csv; /* NULL: the file is NDJSON */
    struct column columns[COLUMNS_MAX];
    size_t column_count;
    bool has_header;
    /* The record being read. */
    struct err *err;
    size_t cell_count;
    bool has_value;
    struct buf text;  /* the line as JSON, without its end */
    struct buf trade; /* and what stands in its trade */
};

int feed_lines_open(struct feed_lines **out, const char *path,
                    enum import_format format, const char *encoding,
                    struct err *err)
{
    struct feed_lines *lines = mem_zalloc(sizeof(*lines));

    *out = lines;
    if (!lines)
        return err_set(err, ERR_NOMEM, "out of memory");
    buf_init(&lines->text, 8 * (size_t)IMPORT_LINE_MAX);
    buf_init(&lines->trade, 8 * (size_t)IMPORT_LINE_MAX);
    if (import_file_open(&lines->file, path, format, encoding, err) < 0)
        return -1;
    return import_file_is_csv(lines->file)
               ? import_csv_open(&lines->csv, lines->file, err)
               : 0;
}

void feed_lines_close(struct feed_lines *lines)
{
    if (!lines)
        return;
    import_csv_close(lines->csv);
    import_file_close(lines->file);
    buf_release(&lines->text);
    buf_release(&lines->trade);
    mem_free(lines);
}

bool feed_lines_wait(const struct feed_lines *lines, int ms)
{
    return import_file_wait(lines->file, ms);
}

static const char *find(const char *const *names, size_t count,
                        const char *text, size_t len)
{
    for (size_t i = 0; i < count; i++) {
        if (strlen(names[i]) == len && !strncasecmp(names[i], text, len))
            return names[i];
    }
    return NULL;
}

static bool find_column(const char *text, size_t len, struct column *column)
{
    size_t prefix = sizeof(TRADE) - 1;

    column->is_trade = len > prefix && !strncasecmp(text, TRADE, prefix);
    if (column->is_trade) {
        column->name =
            find(trade_texts, TRADE_TEXTS, text + prefix, len - prefix);
        return column->name;
    }
    column->name = find(texts, TEXTS, text, len);
    if (!column->name)
        column->name = find(tick_number_names, TICK_NUMBERS, text, len);
    return column->name;
}

static bool is_named(const struct feed_lines *lines,
                     const struct column *column)
{
    for (size_t i = 0; i < lines->column_count; i++) {
        if (lines->columns[i].is_trade == column->is_trade &&
            !strcmp(lines->columns[i].name, column->name))
            return true;
    }
    return false;
}

static void add_column(struct feed_lines *lines, const char *head, size_t len)
{
    struct column column;
    char shown[64];

    head = import_cell_trim(head, &len);
    snprintf(shown, sizeof(shown), "%.*s",
             (int)(len < sizeof(shown) ? len : sizeof(shown) - 1), head);
    if (!find_column(head, len, &column))
        err_field(lines->err, *shown ? shown : "name", "unknown field");
    else if (is_named(lines, &column))
        err_field(lines->err, shown, "named twice");
    else
        lines->columns[lines->column_count++] = column;
}

static void add_cell(struct feed_lines *lines, const struct column *column,
                     const char *text, size_t len)
{
    struct buf *out = column->is_trade ? &lines->trade : &lines->text;

    if (len == 4 && !strncasecmp(text, "null", 4))
        json_put_null(out, column->name);
    else
        json_put_str_len(out, column->name, text, len);
}

static void on_cell(void *arg, const char *text, size_t len)
{
    struct feed_lines *lines = arg;
    size_t i = lines->cell_count++;

    if (!lines->has_header) {
        add_column(lines, text, len);
        return;
    }
    text = import_cell_trim(text, &len);
    if (!len)
        return;
    lines->has_value = true;
    if (i < lines->column_count)
        add_cell(lines, &lines->columns[i], text, len);
}

static int next_record(struct feed_lines *lines, int64_t *line, struct err *err)
{
    lines->err = err;
    lines->cell_count = 0;
    lines->has_value = false;
    buf_clear(&lines->text);
    buf_clear(&lines->trade);
    json_open(&lines->text);
    return import_csv_next(lines->csv, on_cell, lines, line, err);
}

static int read_header(struct feed_lines *lines, int64_t *line, struct err *err)
{
    static const char *const required[] = {"symbol", "time"};
    int rc = next_record(lines, line, err);

    if (rc == 0)
        return err_set(err, ERR_MALFORMED,
                       "must begin with a row of column names");
    for (size_t i = 0; rc == 1 && i < 2; i++) {
        const struct column column = {required[i], false};

        if (!is_named(lines, &column))
            err_field(err, required[i], "is required");
    }
    lines->has_header = true;
    return rc < 0 || err->code != ERR_NONE ? -1 : 0;
}

static int finish_record(struct feed_lines *lines, struct err *err)
{
    struct buf *text = &lines->text;

    if (lines->trade.len) {
        json_open_key(text, "trade");
        buf_put(text, lines->trade.data, lines->trade.len);
        json_close(text);
    }
    json_close(text);
    if (buf_check(&lines->trade, err) < 0 || buf_check(text, err) < 0)
        return -1;
    if (lines->cell_count != lines->column_count)
        err_set(err, ERR_MALFORMED, "has %zu cells, but the first row has %zu",
                lines->cell_count, lines->column_count);
    return 0;
}

static int next_csv(struct feed_lines *lines, struct tick *tick, int64_t *line,
                    struct err *err)
{
    int rc;

    if (!lines->has_header && read_header(lines, line, err) < 0)
        return -1;
    /* A spreadsheet's rows below the last are empty cells. */
    do {
        rc = next_record(lines, line, err);
    } while (rc == 1 && !lines->has_value);
    if (rc != 1)
        return rc;
    if (finish_record(lines, err) < 0)
        return -1;
    if (!err->code)
        tick_read_line(buf_text(&lines->text), lines->text.len, tick, err);
    return 1;
}

static int next_json(struct feed_lines *lines, struct tick *tick, int64_t *line,
                     struct err *err)
{
    const char *text;
    size_t len = 0;
    int rc;

    do {
        *line = import_file_line(lines->file);
        rc = import_file_next(lines->file, &text, &len, err);
    } while (rc == 1 && import_csv_is_blank(text, len));
    if (rc == 1)
        tick_read_line(text, len, tick, err);
    return rc;
}

int feed_lines_next(struct feed_lines *lines, struct tick *tick, int64_t *line,
                    struct err *err)
{
    return lines->csv ? next_csv(lines, tick, line, err)
                      : next_json(lines, tick, line, err);
}
