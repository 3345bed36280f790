#include "commands/move/move_file.h"
#include "target.h"

#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/banned.h"

/*
 * A file that export-database is said to have written, read to its end.
 */
static int read_row(struct move_reader *reader, struct err *err)
{
    static const char kinds[] = "itb";
    struct move_value value;

    move_clear(reader);
    for (size_t i = 0; i == 0 || !move_is_end_of_line(reader); i++) {
        if (move_get_value(reader, kinds[i % 3], &value, err) < 0)
            return -1;
        must(i % 3 == 0 || value.is_null ||
             value.at + value.len <= move_kept(reader));
    }
    return 0;
}

static int read_names(struct move_reader *reader, struct err *err)
{
    char word[MOVE_WORD_MAX];

    while (!move_is_end_of_line(reader))
        if (move_get_word(reader, word, err) < 0)
            return -1;
    return 0;
}

static int read_table(struct move_reader *reader, struct err *err)
{
    char name[MOVE_WORD_MAX];
    int64_t last;

    if (move_get_word(reader, name, err) < 0 ||
        move_get_number(reader, &last, err) < 0)
        return -1;
    return read_names(reader, err);
}

static int read_line(struct move_reader *reader, int64_t *tables, int64_t *rows,
                     struct err *err)
{
    char word[MOVE_WORD_MAX];

    if (move_get_word(reader, word, err) < 0)
        return -1;
    if (!strcmp(word, "end")) {
        move_reader_end(reader, *tables, *rows, err);
        return -1;
    }
    *rows += !strcmp(word, "row");
    *tables += !strcmp(word, "table");
    return strcmp(word, "row") ? read_table(reader, err)
                               : read_row(reader, err);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct move_reader *reader = NULL;
    struct err err = ERR_INIT;
    int64_t tables = 0;
    int64_t rows = 0;
    char path[32];
    int step;
    int fd = memfd_create("move", MFD_CLOEXEC);

    must(fd >= 0 && write(fd, data, size) == (ssize_t)size);
    snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
    if (move_reader_open(&reader, path, &step, &err) == 0)
        while (read_line(reader, &tables, &rows, &err) == 0)
            continue;
    move_reader_close(reader);
    close(fd);
    return 0;
}
