#include "web/import/import_csv.h"
#include "base/mem.h"

#include <csv.h>
#include <string.h>
#include <strings.h>

#include "base/banned.h"

struct import_csv {
    struct import_file *file;
    struct csv_parser parser;
    char mark; /* 0: no record has been read */
    import_cell_fn *fn;
    void *arg;
    size_t record_len;
    bool record_ended;
};

int import_csv_open(struct import_csv **out, struct import_file *file,
                    struct err *err)
{
    struct import_csv *csv = mem_zalloc(sizeof(*csv));

    *out = csv;
    if (!csv)
        return err_set(err, ERR_NOMEM, "out of memory");
    csv->file = file;
    csv_init(&csv->parser, CSV_STRICT | CSV_STRICT_FINI);
    csv_set_realloc_func(&csv->parser, mem_realloc);
    csv_set_free_func(&csv->parser, mem_free);
    return 0;
}

void import_csv_close(struct import_csv *csv)
{
    if (!csv)
        return;
    csv_free(&csv->parser);
    mem_free(csv);
}

char import_csv_mark(const struct import_csv *csv)
{
    return csv->mark;
}

bool import_csv_is_blank(const char *text, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        if (!strchr(" \t\r\n", text[i]) || !text[i])
            return false;
    }
    return true;
}

/* The most frequent of the first record, outside of quotes. */
static void find_mark(struct import_csv *csv, const char *text, size_t len)
{
    static const char marks[] = ",;\t";
    size_t counts[sizeof(marks) - 1] = {0};
    size_t best = 0;
    bool is_quoted = false;

    for (size_t i = 0; i < len; i++) {
        const char *mark = text[i] ? strchr(marks, text[i]) : NULL;

        if (text[i] == '"')
            is_quoted = !is_quoted;
        else if (mark && !is_quoted)
            counts[mark - marks]++;
    }
    for (size_t i = 1; i < sizeof(counts) / sizeof(counts[0]); i++) {
        if (counts[i] > counts[best])
            best = i;
    }
    csv->mark = marks[best];
    csv_set_delim(&csv->parser, (unsigned char)marks[best]);
}

/* "sep=;", as Excel takes it before the first record. */
static bool take_mark(struct import_csv *csv, const char *text, size_t len)
{
    while (len && strchr(" \r\n", text[len - 1]) && text[len - 1])
        len--;
    if (csv->mark || len != 5 || strncasecmp(text, "sep=", 4) != 0 ||
        !strchr(",;\t", text[4]))
        return false;
    csv->mark = text[4];
    csv_set_delim(&csv->parser, (unsigned char)csv->mark);
    return true;
}

static void on_cell(void *text, size_t len, void *arg)
{
    struct import_csv *csv = arg;

    csv->fn(csv->arg, text ? text : "", len);
}

static void on_record(int end, void *arg)
{
    struct import_csv *csv = arg;

    (void)end;
    csv->record_ended = true;
}

static int feed(struct import_csv *csv, const char *text, size_t len,
                struct err *err)
{
    if (!csv->mark)
        find_mark(csv, text, len);
    csv->record_len += len;
    if (csv->record_len > IMPORT_LINE_MAX)
        return err_set(err, ERR_MALFORMED,
                       "is longer than %d bytes: a quote is missing",
                       IMPORT_LINE_MAX);
    if (csv_parse(&csv->parser, text, len, on_cell, on_record, csv) == len)
        return 0;
    if (csv_error(&csv->parser) == CSV_EPARSE)
        return err_set(err, ERR_MALFORMED, "has a quote out of place");
    return err_set(err, ERR_NOMEM, "out of memory");
}

static int finish(struct import_csv *csv, struct err *err)
{
    int rc = csv_fini(&csv->parser, on_cell, on_record, csv);

    if (rc != 0 && csv_error(&csv->parser) == CSV_EPARSE)
        return err_set(err, ERR_MALFORMED, "has a quote that does not end");
    if (rc != 0)
        return err_set(err, ERR_NOMEM, "out of memory");
    return csv->record_ended;
}

/* Line by line, so that where a record starts is known however many lines its
 * quoted cells hold. */
int import_csv_next(struct import_csv *csv, import_cell_fn *fn, void *arg,
                    int64_t *line, struct err *err)
{
    const char *text;
    size_t len;
    int rc = 1;

    csv->fn = fn;
    csv->arg = arg;
    csv->record_len = 0;
    csv->record_ended = false;
    while (rc == 1 && !csv->record_ended) {
        if (!csv->record_len)
            *line = import_file_line(csv->file);
        rc = import_file_next(csv->file, &text, &len, err);
        if (rc != 1 || (!csv->record_len && import_csv_is_blank(text, len)))
            continue;
        if (take_mark(csv, text, len))
            continue;
        rc = feed(csv, text, len, err) < 0 ? -1 : 1;
    }
    return rc == 0 ? finish(csv, err) : rc;
}
