#pragma once
#include "base/buf.h"
#include "base/err.h"
#include "web/import/import_kind.h"
#include <stdbool.h>
#include <stddef.h>
/*
 * What people and spreadsheets write into the cells of a CSV file, as the model
 * takes it: numbers with marks between their thousands and either decimal mark,
 * choices in any case.
 * Thread: any. Never blocks.
 */
struct import_numbers {
    char mark; /* the decimal mark, '.' or ','; 0: by the number itself */
    /* Where ';' or a tab stands between cells, both marks are usual: 1.234 may
     * be a thousand too. */
    bool is_dot_doubtful;
};

/* The cell as that field's values are written; what is none is given as it is.
 * ERR_INVALID under the field's name: a number that may mean two. */
int import_cell(const struct import_field *field, const char *text, size_t len,
                const struct import_numbers *numbers, struct buf *out,
                struct err *err);
/* Whether a head names that, in any case, with blanks for "_". */
bool import_cell_is_name(const char *name, const char *text, size_t len);
/* Without the blanks around it. */
const char *import_cell_trim(const char *text, size_t *len);
