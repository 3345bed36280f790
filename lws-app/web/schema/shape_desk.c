#include "model/desk/kept.h"
#include "web/schema/shapes.h"

#include "base/banned.h"

static const char *const way_words[] = {"asc", "desc", NULL};
static const char *const theme_words[] = {"system", "light", "dark", NULL};
static const char *const density_words[] = {"compact", "normal", "roomy", NULL};
static const char *const clock_words[] = {"browser", "24h", "12h", NULL};
static const char *const side_words[] = {"buy", "sell", NULL};

const struct shape_field layout_fields[] = {
    {"name", SHAPE_TEXT, RANGE(1, KEPT_NAME_CHARS)},
    {"shared", SHAPE_BOOL, HELP("Everybody's, saved by staff")},
    {"version", SHAPE_INT,
     HELP("Greater with each change; the same as in the ETag")},
    {"created", SHAPE_TIME, NONE},
    {"updated", SHAPE_TIME, NONE},
    {"layout", SHAPE_OF, OF("LayoutContent")},
    END,
};
const struct shape_field layout_row_fields[] = {
    {"name", SHAPE_TEXT, RANGE(1, KEPT_NAME_CHARS)},
    {"shared", SHAPE_BOOL, HELP("Everybody's, saved by staff")},
    {"version", SHAPE_INT, HELP("Greater with each change")},
    {"created", SHAPE_TIME, NONE},
    {"updated", SHAPE_TIME, NONE},
    END,
};
const struct shape_field layout_list_fields[] = {
    {"results", SHAPE_OF, OF("LayoutRow[]")},
    {"count", SHAPE_INT, NONE},
    END,
};
const struct shape_field layout_arguments_fields[] = {
    {"shared", SHAPE_BOOL, OPTIONAL,
     HELP("Not your own of that name, but the shared one")},
    END,
};
const struct shape_field layout_input_fields[] = {
    {"layout", SHAPE_OF, OF("LayoutContent")},
    {"shared", SHAPE_BOOL, SHAPE_OPTIONAL | SHAPE_STAFF,
     HELP("Save the one that is everybody's, not your own")},
    END,
};
const struct shape_field layout_content_fields[] = {
    {"columns", SHAPE_OF, OPTIONAL, OF("LayoutColumn[]"),
     HELP("From the left, at most 64; a page ignores those that it does not "
          "know")},
    {"order", SHAPE_OF, OPTIONAL, OF("LayoutOrder[]"), HELP("At most 8")},
    {"filters", SHAPE_MAP, OPTIONAL, OF("string"),
     HELP("As in the arguments of the list, at most 64; a day may also be "
          "today, which the page resolves")},
    {"search", SHAPE_TEXT, OPTIONAL, RANGE(0, 255)},
    {"page_length", SHAPE_INT, OPTIONAL, RANGE(1, 1000)},
    {"page", SHAPE_OF, OPTIONAL, OF("PageOwn")},
    END,
};
const struct shape_field layout_column_fields[] = {
    {"name", SHAPE_TEXT, RANGE(1, 64)},
    {"width", SHAPE_INT, SHAPE_NULL | SHAPE_OPTIONAL, RANGE(16, 4000),
     HELP("Pixels; null: the page's default")},
    {"visible", SHAPE_BOOL, OPTIONAL},
    END,
};
const struct shape_field layout_order_fields[] = {
    {"column", SHAPE_TEXT, RANGE(1, 64)},
    {"dir", SHAPE_CHOICE, .choices = way_words},
    END,
};
const struct shape_field settings_fields[] = {
    {"version", SHAPE_INT,
     HELP("Greater with each change; the same as in the ETag")},
    {"updated", SHAPE_TIME, MAY_BE_NULL,
     HELP("null: nothing has ever been set")},
    {"settings", SHAPE_OF, OF("SettingsContent")},
    END,
};
const struct shape_field settings_content_fields[] = {
    {"theme", SHAPE_CHOICE, OPTIONAL, .choices = theme_words},
    {"density", SHAPE_CHOICE, OPTIONAL, .choices = density_words},
    {"locale", SHAPE_TEXT, OPTIONAL, RANGE(0, 35),
     HELP("How numbers and dates are written, like de-CH; empty: as the "
          "browser has it")},
    {"zone", SHAPE_TEXT, OPTIONAL,
     HELP("The time zone, like Europe/Paris; empty: the browser's")},
    {"clock", SHAPE_CHOICE, OPTIONAL, .choices = clock_words},
    {"milliseconds", SHAPE_BOOL, OPTIONAL, HELP("Whether times show them")},
    {"layout", SHAPE_TEXT, OPTIONAL, RANGE(0, KEPT_NAME_CHARS),
     HELP("The layout that the page starts with; empty: none")},
    {"watch", SHAPE_OF, OPTIONAL, OF("string[]"),
     HELP("Symbols of the watch list, at most 1,000; a page adds up to 100")},
    {"ticket", SHAPE_OF, OPTIONAL, OF("SettingsTicket")},
    {"page", SHAPE_OF, OPTIONAL, OF("PageOwn")},
    END,
};
#define TICKET_FIELDS                                                          \
    {"side", SHAPE_CHOICE, SHAPE_NULL | SHAPE_OPTIONAL,                        \
     .choices = side_words},                                                   \
    {                                                                          \
        "quantity", SHAPE_AMOUNT, SHAPE_NULL | SHAPE_OPTIONAL, NONE            \
    }
const struct shape_field settings_ticket_fields[] = {
    TICKET_FIELDS,
    {"instruments", SHAPE_MAP, OPTIONAL, OF("SettingsInstrument"),
     HELP("The same for one instrument, by its symbol, at most 500")},
    END,
};
const struct shape_field settings_instrument_fields[] = {
    TICKET_FIELDS,
    END,
};
