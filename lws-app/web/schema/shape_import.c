#include "web/schema/shapes.h"

#include "base/banned.h"

static const char *const import_format_words[] = {"csv", "ndjson", NULL};
static const char *const decimal_words[] = {".", ",", NULL};
const struct shape_field import_fields[] = {
    {"text", SHAPE_TEXT,
     HELP("CSV, its first row with the names of the columns, or one object per "
          "line; at most 1,000 rows")},
    {"format", SHAPE_CHOICE, .choices = import_format_words},
    {"dry_run", SHAPE_BOOL, OPTIONAL,
     HELP("Nothing is done, and every row with an error is named")},
    {"owner", SHAPE_TEXT, OPTIONAL,
     HELP("Whose orders they are; without it, that of each row, or yourself")},
    {"decimal", SHAPE_CHOICE, OPTIONAL, .choices = decimal_words,
     HELP("The decimal mark of CSV; without it, detected per number")},
    {"map", SHAPE_TEXT, OPTIONAL,
     HELP("What the columns of CSV stand for: Symbol=instrument,Notes= "
          "(nothing: ignored)")},
    {"lines_before", SHAPE_INT, OPTIONAL,
     HELP("Of the file, before this part of it (of CSV: after its first row): "
          "lines are counted from there")},
    END,
};
const struct shape_field import_done_fields[] = {
    {"dry_run", SHAPE_BOOL, NONE},
    {"rows", SHAPE_INT, NONE},
    {"placed", SHAPE_INT, HELP("In a dry run: how many would be")},
    {"existing", SHAPE_INT,
     HELP("How many had been placed before, by client_order_id")},
    {"fault_count", SHAPE_INT,
     HELP("Rows with errors; if there are any, none is placed")},
    {"faults", SHAPE_OF, OF("ImportFault[]"), HELP("The first 100")},
    {"orders", SHAPE_OF, OF("ImportRow[]"), HELP("The first 20")},
    {"client_order_ids", SHAPE_OF, OF("ImportBearer[]"),
     HELP("In a dry run: what would be placed with one. In another part of the "
          "file the same of an owner is the same order, or a fault")},
    END,
};
const struct shape_field import_fault_fields[] = {
    {"line", SHAPE_INT, HELP("Where the row begins, from 1")},
    {"detail", SHAPE_TEXT, NONE},
    {"errors", SHAPE_MAP, OPTIONAL, OF("string[]"), HELP("By field")},
    END,
};
const struct shape_field import_row_fields[] = {
    {"line", SHAPE_INT, NONE},
    {"instrument", SHAPE_TEXT, NONE},
    {"owner", SHAPE_TEXT, NONE},
    {"side", SHAPE_TEXT, NONE},
    {"quantity", SHAPE_TEXT, NONE},
    {"price", SHAPE_TEXT, NONE},
    {"status", SHAPE_TEXT, NONE},
    {"existing", SHAPE_BOOL, NONE},
    END,
};
const struct shape_field import_bearer_fields[] = {
    {"line", SHAPE_INT, NONE},
    {"owner", SHAPE_TEXT, NONE},
    {"client_order_id", SHAPE_TEXT, NONE},
    {"instrument", SHAPE_TEXT, NONE},
    {"side", SHAPE_TEXT, NONE},
    {"quantity", SHAPE_TEXT, NONE},
    {"price", SHAPE_TEXT, NONE},
    END,
};
