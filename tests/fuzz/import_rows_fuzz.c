#include "base/text.h"
#include "model/desk/instrument_column.h"
#include "model/orders/order.h"
#include "target.h"
#include "web/import/import_rows.h"

#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/banned.h"

#define ROWS_MAX 1000

struct file {
    int fd;
    char csv[64];
    char ndjson[64];
};

/* One file in memory under two names, as its name says what is in it. */
static const struct file *open_file(void)
{
    static struct file file = {.fd = -1};
    char dir[] = "/tmp/lws-app-fuzz-XXXXXX";
    char target[64];

    if (file.fd >= 0)
        return &file;
    file.fd = memfd_create("rows", MFD_CLOEXEC);
    must(file.fd >= 0 && mkdtemp(dir) != NULL);
    snprintf(target, sizeof(target), "/proc/self/fd/%d", file.fd);
    snprintf(file.csv, sizeof(file.csv), "%s/rows.csv", dir);
    snprintf(file.ndjson, sizeof(file.ndjson), "%s/rows.ndjson", dir);
    must(symlink(target, file.csv) == 0 && symlink(target, file.ndjson) == 0);
    return &file;
}

static void remove_file(void)
{
    const struct file *file = open_file();
    char dir[64];

    unlink(file->csv);
    unlink(file->ndjson);
    snprintf(dir, sizeof(dir), "%.*s",
             (int)(strlen(file->csv) - strlen("/rows.csv")), file->csv);
    rmdir(dir);
}

static void check_draft(const struct order_draft *draft, const struct err *err)
{
    must(err->code == ERR_NONE || err->code == ERR_INVALID);
    must(memchr(draft->instrument, '\0', sizeof(draft->instrument)) != NULL);
    must(utf8_is_valid(draft->instrument, strlen(draft->instrument)));
    must(!(draft->has & HAS_QUANTITY) || draft->quantity > 0);
    must(!(draft->has & HAS_OWNER) || *draft->owner_name);
}

static void check_instrument(const struct instrument_draft *draft,
                             const struct err *err)
{
    must(err->code == ERR_NONE || err->code == ERR_INVALID);
    must(utf8_is_valid(draft->instrument.symbol,
                       strlen(draft->instrument.symbol)));
    must(draft->instrument.tick >= 0 && draft->instrument.lot >= 0);
}

static void check(const struct import_kind *kind, const void *draft,
                  const struct err *err)
{
    if (kind == &import_orders)
        check_draft(draft, err);
    else
        check_instrument(draft, err);
}

static void read_rows(const struct import_kind *kind, const char *path,
                      const struct import_options *options, size_t size)
{
    struct import_rows *rows;
    void *draft = malloc(kind->draft_size);
    struct err err = ERR_INIT;
    int64_t line = 0;
    int64_t before = 0;
    int rc = 1;

    must(draft != NULL &&
         import_rows_open(&rows, kind, path, options, &err) == 0);
    for (int i = 0; rc == 1 && i < ROWS_MAX; i++) {
        err_clear(&err);
        rc = import_rows_next(rows, draft, &line, &err);
        if (rc == 1) {
            check(kind, draft, &err);
            must(line > before && line <= (int64_t)size + 1);
            before = line;
        }
    }
    must(rc >= 0 || err.code == ERR_INVALID || err.code == ERR_MALFORMED);
    import_rows_close(rows);
    free(draft);
}

/* The first byte: '{' NDJSON, anything else CSV. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct import_options options[] = {
        {.encoding = NULL},
        {.encoding = "latin1"},
        {.decimal = ",", .map = "Symbol=instrument, Qty = quantity,Notes="},
        {.encoding = "utf-16le", .decimal = "."},
    };
    enum { FOR_JSON = 2 }; /* of them: the others say something of CSV */
    static bool is_open;
    const struct file *file = open_file();
    bool is_json = size && data[0] == '{';

    if (!is_open)
        atexit(remove_file);
    is_open = true;
    must(ftruncate(file->fd, 0) == 0);
    must(pwrite(file->fd, data, size, 0) == (ssize_t)size);
    for (size_t i = 0;
         i < (is_json ? FOR_JSON : sizeof(options) / sizeof(options[0])); i++) {
        const char *path = is_json ? file->ndjson : file->csv;

        must(lseek(file->fd, 0, SEEK_SET) == 0);
        read_rows(&import_orders, path, &options[i], size);
        must(lseek(file->fd, 0, SEEK_SET) == 0);
        read_rows(&import_instruments, path, &options[i], size);
    }
    return 0;
}
