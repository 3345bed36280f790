#include "view/order_export.h"
#include "base/clock.h"
#include "base/decimal.h"
#include "base/gzip.h"
#include "model/orders/order_json.h"

#include <csv.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/banned.h"

/* Written to the file when it holds so much. */
#define CHUNK (256 * 1024)

static const char *const format_names[EXPORT_FORMATS] = {
    [EXPORT_CSV] = "csv", [EXPORT_NDJSON] = "ndjson"};

struct writer {
    struct order_export *export;
    struct buf text;
    struct gzip_stream *gzip; /* NULL: it is written as it is */
    struct buf packed;
    int64_t text_bytes;
};

const char *export_format_name(enum export_format format)
{
    return format_names[format];
}

int export_format_read(const char *name, enum export_format *format)
{
    for (int i = 0; i < EXPORT_FORMATS; i++) {
        if (!strcmp(name, format_names[i])) {
            *format = (enum export_format)i;
            return 0;
        }
    }
    return -1;
}

static int write_out(struct order_export *export, const struct buf *bytes,
                     struct err *err)
{
    const char *at = bytes->data;
    size_t left = bytes->len;

    export->bytes += (int64_t)left;
    while (left) {
        ssize_t written = write(export->fd, at, left);

        if (written < 0 && errno == EINTR)
            continue;
        if (written < 0)
            return err_set(err, ERR_UNAVAILABLE, "the export's file: %s",
                           strerror(errno));
        at += written;
        left -= (size_t)written;
    }
    return 0;
}

static int write_packed(struct writer *writer, bool is_end, struct err *err)
{
    buf_clear(&writer->packed);
    return gzip_stream_put(writer->gzip, &writer->packed, writer->text.data,
                           writer->text.len, is_end, err) < 0
               ? -1
               : write_out(writer->export, &writer->packed, err);
}

static int flush(struct writer *writer, bool is_end, struct err *err)
{
    const struct order_export *export = writer->export;
    int rc;

    if (buf_check(&writer->text, err) < 0)
        return -1;
    writer->text_bytes += (int64_t)writer->text.len;
    if (export->bytes_max && writer->text_bytes > export->bytes_max)
        return err_field(err, "format",
                         "more than %lld bytes: narrow it down by filters",
                         (long long)export->bytes_max);
    rc = writer->gzip ? write_packed(writer, is_end, err)
                      : write_out(writer->export, &writer->text, err);
    buf_clear(&writer->text);
    return rc;
}

static void put_cell(struct buf *out, size_t index, const char *text)
{
    size_t len = strlen(text);
    size_t size = 2 * len + 2; /* every character a quote */
    char *room;

    if (index)
        buf_put_char(out, ',');
    room = buf_reserve(out, size);
    if (room)
        out->len += csv_write(room, size, text, len);
}

/* Spreadsheets of East Asian locales take the fullwidth forms for the others.
 */
static bool may_be_formula(const char *text)
{
    static const char *const wide[] = {
        "\xef\xbc\x9d", /* U+FF1D = */
        "\xef\xbc\x8b", /* U+FF0B + */
        "\xef\xbc\x8d", /* U+FF0D - */
        "\xef\xbc\xa0", /* U+FF20 @ */
    };

    for (size_t i = 0; i < sizeof(wide) / sizeof(wide[0]); i++) {
        if (!strncmp(text, wide[i], 3))
            return true;
    }
    return *text && strchr("=+-@\t\r\n", *text);
}

/* put_typed() has room for as much. */
#define FITS(kind, NAME, name, member, bound, may, help)                       \
    ORDER_IF_TEXT_##kind(                                                      \
        _Static_assert(sizeof(((struct order *)NULL)->member) <=               \
                           INSTRUMENT_MAX,                                     \
                       "no text is longer than an instrument's");)
ORDER_COLUMNS(FITS)

/* What somebody typed, as far as a spreadsheet may compute it; numbers of ours
 * begin with a minus, too, and are none of it. */
static void put_typed(struct buf *out, size_t index, const char *text,
                      bool is_safe)
{
    char quoted[INSTRUMENT_MAX + 1];

    if (!is_safe || !may_be_formula(text)) {
        put_cell(out, index, text);
        return;
    }
    snprintf(quoted, sizeof(quoted), "'%s", text);
    put_cell(out, index, quoted);
}

static void put_number(struct buf *out, size_t index, int64_t value)
{
    char text[24];

    snprintf(text, sizeof(text), "%lld", (long long)value);
    put_cell(out, index, text);
}

static void put_decimal(struct buf *out, size_t index, int64_t value)
{
    char text[DECIMAL_TEXT_MAX];

    decimal_format(value, text);
    put_cell(out, index, text);
}

static void put_time(struct buf *out, size_t index, int64_t us)
{
    char text[CLOCK_TEXT_MAX];

    clock_format(us, text);
    put_cell(out, index, text);
}

static void put_decimal_or_none(struct buf *out, size_t index, bool is_there,
                                int64_t value)
{
    if (is_there)
        put_decimal(out, index, value);
    else
        put_cell(out, index, "");
}

#define PUT(kind, NAME, name, member, bound, may, help)                        \
    PUT_##kind(ORDER_COLUMN_##NAME, member, bound);
#define PUT_KEY(at, member, bound) put_number(out, at, order->member)
#define PUT_INT(at, member, bound) put_number(out, at, order->member)
#define PUT_TIME(at, member, bound) put_time(out, at, order->member)
#define PUT_DECIMAL(at, member, bound) put_decimal(out, at, order->member)
#define PUT_DECIMAL_OR_NULL(at, member, bound)                                 \
    put_decimal_or_none(out, at, order->has_##member, order->member)
#define PUT_CHOICE(at, member, bound)                                          \
    put_cell(out, at, order_##bound##_name(order->member))
#define PUT_TEXT(at, member, bound) put_typed(out, at, order->member, is_safe)
#define PUT_TEXT_OR_NULL(at, member, bound) PUT_TEXT(at, member, bound)
#define PUT_OWNER(at, member, bound) PUT_TEXT(at, member, bound)

static void put_csv(struct buf *out, const struct order *order, bool is_safe)
{
    ORDER_COLUMNS(PUT)
    buf_put_text(out, "\r\n");
}

static void put_head(struct buf *out)
{
    for (size_t i = 0; i < order_columns_count; i++)
        put_cell(out, i, order_columns[i].name);
    buf_put_text(out, "\r\n");
}

static int put_row(void *arg, const struct order *order, struct err *err)
{
    struct writer *writer = arg;

    if (writer->export->format == EXPORT_CSV) {
        put_csv(&writer->text, order, writer->export->is_safe);
    } else {
        order_put_json(&writer->text, NULL, order);
        buf_put_char(&writer->text, '\n');
    }
    writer->export->rows++;
    return writer->text.len >= CHUNK || writer->text.failed
               ? flush(writer, false, err)
               : 0;
}

int order_export_run(struct db *db, struct order_query *query,
                     struct order_export *export, struct err *err)
{
    struct writer writer = {.export = export};
    struct order_list list = {0};
    int rc = -1;

    export->rows = export->bytes = 0;
    query->offset = query->before_id = 0;
    query->limit = INT64_MAX;
    query->totals = false;
    buf_init(&writer.text, 2 * CHUNK);
    buf_init(&writer.packed, 4 * CHUNK);
    if (export->is_packed && gzip_stream_new(&writer.gzip, err) < 0)
        return -1;
    if (export->format == EXPORT_CSV)
        put_head(&writer.text);
    if (order_list_run(db, NULL, query, &list, put_row, &writer, err) == 0)
        rc = flush(&writer, true, err);
    export->position = list.position;
    gzip_stream_free(writer.gzip);
    buf_release(&writer.text);
    buf_release(&writer.packed);
    return rc;
}

int export_open(const char *folder, int *fd, struct err *err)
{
    char name[4096];

    *fd = open(folder, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    if (*fd >= 0)
        return 0;
    /* A file system that has no such files. */
    if ((size_t)snprintf(name, sizeof(name), "%s/export-XXXXXX", folder) <
        sizeof(name)) {
        *fd = mkostemp(name, O_CLOEXEC);
        if (*fd >= 0) {
            unlink(name);
            return 0;
        }
    }
    return err_set(err, ERR_UNAVAILABLE, "no file for an export in %s: %s",
                   folder, strerror(errno));
}
