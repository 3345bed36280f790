#include "web/import/import_rows.h"
#include "base/json.h"
#include "base/mem.h"
#include "web/import/import_cell.h"
#include "web/import/import_csv.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/banned.h"

#define COLUMNS_MAX 256
#define FIELDS_MAX 16
#define SHOWN_MAX 64 /* bytes of a head, in messages */

struct import_rows {
    struct import_file *file;
    struct import_csv *csv; /* NULL: the file is NDJSON */
    const char *map;
    struct import_numbers numbers;
    const struct import_kind *kind;
    struct import_field fields[FIELDS_MAX];
    size_t field_count;
    /* NULL: passed over, or without a name, where nothing may be. */
    const struct import_field *columns[COLUMNS_MAX];
    bool is_unnamed[COLUMNS_MAX];
    size_t column_count;
    bool has_header;
    /* The record being read. */
    void *draft;
    struct err *err;
    size_t cell_count;
    bool has_value;
    bool has_too_many; /* cells, beyond the names */
};

static int read_options(struct import_rows *rows,
                        const struct import_options *options, struct err *err)
{
    rows->map = options->map ? options->map : "";
    if (!options->decimal)
        return 0;
    if (strcmp(options->decimal, ".") != 0 &&
        strcmp(options->decimal, ",") != 0)
        return err_field(err, "decimal", "must be . or ,");
    rows->numbers.mark = options->decimal[0];
    return 0;
}

static void read_kind(struct import_rows *rows, const struct import_kind *kind)
{
    rows->kind = kind;
    while (rows->field_count < FIELDS_MAX &&
           kind->field(rows->field_count, &rows->fields[rows->field_count]))
        rows->field_count++;
}

/* NULL: err. */
static struct import_rows *rows_new(const struct import_kind *kind,
                                    const struct import_options *options,
                                    struct err *err)
{
    struct import_rows *rows = mem_zalloc(sizeof(*rows));

    if (!rows) {
        err_set(err, ERR_NOMEM, "out of memory");
        return NULL;
    }
    read_kind(rows, kind);
    if (read_options(rows, options, err) == 0)
        return rows;
    import_rows_close(rows);
    return NULL;
}

/* Its objects name their fields themselves, and its numbers are JSON's. */
static int refuse_for_json(const struct import_rows *rows, struct err *err)
{
    if (*rows->map)
        err_field(err, "map", "is for CSV, and this is JSON");
    if (rows->numbers.mark)
        err_field(err, "decimal", "is for CSV, and this is JSON");
    return err->code ? -1 : 0;
}

/* Its file is open, or rc says that it could not be. */
static int finish_open(struct import_rows **out, struct import_rows *rows,
                       int rc, struct err *err)
{
    if (rc == 0 && import_file_is_csv(rows->file))
        rc = import_csv_open(&rows->csv, rows->file, err);
    else if (rc == 0)
        rc = refuse_for_json(rows, err);
    if (rc < 0) {
        import_rows_close(rows);
        return -1;
    }
    *out = rows;
    return 0;
}

int import_rows_open(struct import_rows **out, const struct import_kind *kind,
                     const char *path, const struct import_options *options,
                     struct err *err)
{
    struct import_rows *rows = rows_new(kind, options, err);

    if (!rows)
        return -1;
    return finish_open(out, rows,
                       import_file_open(&rows->file, path, options->format,
                                        options->encoding, err),
                       err);
}

int import_rows_open_text(struct import_rows **out,
                          const struct import_kind *kind, const char *text,
                          size_t len, const struct import_options *options,
                          struct err *err)
{
    struct import_rows *rows = rows_new(kind, options, err);

    if (!rows)
        return -1;
    return finish_open(
        out, rows,
        import_file_open_text(&rows->file, text, len, options->format, err),
        err);
}

void import_rows_close(struct import_rows *rows)
{
    if (!rows)
        return;
    import_csv_close(rows->csv);
    import_file_close(rows->file);
    mem_free(rows);
}

/* An exported file also says what only the database gives: an id, times. Its
 * rows are new ones here, which get their own. */
static void read_object(const struct import_rows *rows, cJSON *object,
                        void *draft, struct err *err)
{
    for (size_t i = 0; i < rows->field_count; i++) {
        if (!rows->fields[i].is_given)
            cJSON_DeleteItemFromObjectCaseSensitive(object,
                                                    rows->fields[i].name);
    }
    rows->kind->set_json(draft, object, err);
}

static int next_json(struct import_rows *rows, void *draft, int64_t *line,
                     struct err *err)
{
    const char *text;
    size_t len = 0;
    cJSON *value = NULL;
    int rc;

    do {
        *line = import_file_line(rows->file);
        rc = import_file_next(rows->file, &text, &len, err);
    } while (rc == 1 && import_csv_is_blank(text, len));
    if (rc != 1)
        return rc;
    if (json_parse(text, len, &value, err) < 0)
        rc = -1;
    else if (!cJSON_IsObject(value))
        rc = err_set(err, ERR_MALFORMED, "must be a JSON object");
    else
        read_object(rows, value, draft, err);
    cJSON_Delete(value);
    return rc;
}

static bool has_column(const struct import_rows *rows,
                       const struct import_field *field)
{
    for (size_t i = 0; i < rows->column_count; i++) {
        if (rows->columns[i] == field)
            return true;
    }
    return false;
}

/* Up to one of the marks that does not stand in quotes. */
static size_t quoted_span(const char *text, const char *marks)
{
    bool is_quoted = false;
    size_t len = 0;

    for (; text[len] && (is_quoted || !strchr(marks, text[len])); len++) {
        if (text[len] == '"')
            is_quoted = !is_quoted;
    }
    return len;
}

/* name: as the map has it, "Price, EUR" in quotes. */
static bool is_head(const char *name, size_t name_len, const char *head,
                    size_t len)
{
    char bare[SHOWN_MAX * 4];
    size_t bare_len = 0;

    if (name_len < 2 || name[0] != '"' || name[name_len - 1] != '"')
        return name_len == len && !strncasecmp(name, head, len);
    for (size_t i = 1; i + 1 < name_len && bare_len < sizeof(bare); i++) {
        bare[bare_len++] = name[i];
        if (name[i] == '"' && name[i + 1] == '"')
            i++;
    }
    return bare_len == len && !strncasecmp(bare, head, len);
}

/* NAME=FIELD of a map. */
struct mapping {
    const char *name;
    size_t name_len;
    const char *to; /* "": it is passed over */
    size_t to_len;
};

/* The next one, from *at on. False: there is none. */
static bool next_mapping(const char **at, struct mapping *mapping)
{
    size_t pair_len = quoted_span(*at, ",");
    size_t span = quoted_span(*at, "=,");

    if (!**at)
        return false;
    mapping->name_len = span;
    mapping->name = import_cell_trim(*at, &mapping->name_len);
    mapping->to = *at + span + (span < pair_len);
    mapping->to_len = (size_t)(*at + pair_len - mapping->to);
    mapping->to = import_cell_trim(mapping->to, &mapping->to_len);
    *at += pair_len;
    *at += **at == ',';
    return true;
}

/* What the map says of a head. False: nothing. */
static bool find_mapped(const struct import_rows *rows, const char *head,
                        size_t len, struct mapping *mapping)
{
    const char *at = rows->map;

    while (next_mapping(&at, mapping)) {
        if (is_head(mapping->name, mapping->name_len, head, len))
            return true;
    }
    return false;
}

static const struct import_field *find_field(const struct import_rows *rows,
                                             const char *name, size_t len)
{
    for (size_t i = 0; i < rows->field_count; i++) {
        if (import_cell_is_name(rows->fields[i].name, name, len))
            return &rows->fields[i];
    }
    return NULL;
}

static void put_column(struct import_rows *rows,
                       const struct import_field *field, bool is_unnamed)
{
    rows->is_unnamed[rows->column_count] = is_unnamed;
    rows->columns[rows->column_count++] = field;
}

static void add_column(struct import_rows *rows, const char *head, size_t len)
{
    const struct import_field *field;
    struct mapping mapping;
    char shown[SHOWN_MAX];
    bool is_mapped;

    head = import_cell_trim(head, &len);
    snprintf(shown, sizeof(shown), "%.*s",
             (int)(len < SHOWN_MAX - 1 ? len : SHOWN_MAX - 1), head);
    if (rows->column_count == COLUMNS_MAX) {
        err_set(rows->err, ERR_MALFORMED, "has more than %d columns",
                COLUMNS_MAX);
        return;
    }
    is_mapped = find_mapped(rows, head, len, &mapping);
    if (is_mapped ? !mapping.to_len : !len) {
        put_column(rows, NULL, !is_mapped);
        return;
    }
    field = is_mapped ? find_field(rows, mapping.to, mapping.to_len)
                      : find_field(rows, head, len);
    if (!field)
        err_field(rows->err, shown,
                  is_mapped ? "is mapped to an unknown field"
                            : "unknown field");
    else if (has_column(rows, field))
        err_field(rows->err, shown, "named twice");
    put_column(rows, field, false);
}

static void take_cell(struct import_rows *rows,
                      const struct import_field *field, const char *text,
                      size_t len)
{
    struct buf value;

    if (!field->is_given)
        return;
    buf_init(&value, IMPORT_LINE_MAX);
    if (import_cell(field, text, len, &rows->numbers, &value, rows->err) == 0 &&
        buf_check(&value, rows->err) == 0)
        rows->kind->set(rows->draft, field->name, buf_text(&value), value.len,
                        rows->err);
    buf_release(&value);
}

static void on_cell(void *arg, const char *text, size_t len)
{
    struct import_rows *rows = arg;
    size_t i = rows->cell_count++;

    if (!rows->has_header) {
        add_column(rows, text, len);
        return;
    }
    if (!len)
        return;
    rows->has_value = true;
    if (i >= rows->column_count)
        rows->has_too_many = true;
    else if (rows->is_unnamed[i])
        err_set(rows->err, ERR_MALFORMED,
                "has a cell (number %zu) in a column without a name", i + 1);
    else if (rows->columns[i])
        take_cell(rows, rows->columns[i], text, len);
}

/* A name that no column has is a slip, and its field would be missed in
 * silence. */
static void check_map(struct import_rows *rows)
{
    const char *at = rows->map;
    struct mapping mapping;

    while (next_mapping(&at, &mapping) && !rows->err->code) {
        const struct import_field *field =
            find_field(rows, mapping.to, mapping.to_len);

        if (mapping.to_len && (!field || !has_column(rows, field)))
            err_field(rows->err, "map", "no column is called %.*s",
                      (int)(mapping.name_len < SHOWN_MAX ? mapping.name_len
                                                         : SHOWN_MAX),
                      mapping.name);
    }
}

static void check_header(struct import_rows *rows)
{
    for (size_t i = 0; i < rows->field_count; i++) {
        const struct import_field *field = &rows->fields[i];

        if (field->is_required && !has_column(rows, field))
            err_field(rows->err, field->name, "is required");
    }
    check_map(rows);
}

/* A row may end before columns behind the last name. */
static size_t named_columns(const struct import_rows *rows)
{
    size_t count = rows->column_count;

    while (count && rows->is_unnamed[count - 1])
        count--;
    return count;
}

/* Fewer cells than names: something is missing, or another mark stands between
 * them. What is beyond the names is empty. */
static void check_record(struct import_rows *rows)
{
    if (!rows->has_header)
        check_header(rows);
    else if (rows->has_too_many ||
             (rows->has_value && rows->cell_count < named_columns(rows)))
        err_set(rows->err, ERR_MALFORMED,
                "has %zu cells, but the first row has %zu", rows->cell_count,
                rows->column_count);
}

static int next_record(struct import_rows *rows, int64_t *line, struct err *err)
{
    int rc;

    rows->err = err;
    rows->cell_count = 0;
    rows->has_value = false;
    rows->has_too_many = false;
    rc = import_csv_next(rows->csv, on_cell, rows, line, err);
    if (rc == 1)
        check_record(rows);
    return err->code == ERR_NONE || err->code == ERR_INVALID ? rc : -1;
}

static int next_csv(struct import_rows *rows, void *draft, int64_t *line,
                    struct err *err)
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
        rows->numbers.is_dot_doubtful = import_csv_mark(rows->csv) != ',';
    }
    /* A spreadsheet's rows below the last are empty cells. */
    do {
        rc = next_record(rows, line, err);
    } while (rc == 1 && !rows->has_value);
    return rc;
}

bool import_rows_lack_names(const struct import_rows *rows)
{
    return rows->csv && !rows->has_header;
}

int import_rows_next(struct import_rows *rows, void *draft, int64_t *line,
                     struct err *err)
{
    memset(draft, 0, rows->kind->draft_size);
    return rows->csv ? next_csv(rows, draft, line, err)
                     : next_json(rows, draft, line, err);
}
