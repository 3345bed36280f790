#include "base/json.h"
#include "base/tick.h"
#include "web/schema/shapes.h"

#include "base/banned.h"

static const char *const feed_words[] = {"live", "stale", "down", NULL};
static const char *const status_words[] = {
    "unknown", "open", "closed", "halted", "pre", "auction", NULL};
static const char *const side_words[] = {"buy", "sell", NULL};
static const char *const interval_words[] = {"1", "60", NULL};

const struct shape_field market_fields[] = {
    {"feed", SHAPE_OF, OF("MarketFeed")},
    {"results", SHAPE_OF, OF("MarketQuote[]")},
    END,
};
const struct shape_field market_arguments_fields[] = {
    {"symbols", SHAPE_TEXT, OPTIONAL, .otherwise = "*",
     HELP("Symbols, and prefixes like EDF*, separated by commas; at most 1,000 "
          "quotes")},
    END,
};
const struct shape_field market_feed_fields[] = {
    {"state", SHAPE_CHOICE, .choices = feed_words,
     HELP("stale: nothing has come in for 10 s; quotes can still be read, with "
          "their time")},
    {"since", SHAPE_TIME, HELP("Of the state")},
    {"time", SHAPE_TIME, MAY_BE_NULL, HELP("The latest time in any line")},
    END,
};

#define NUMBER(name)                                                           \
    {                                                                          \
        name, SHAPE_DECIMAL, MAY_BE_NULL                                       \
    }
const struct shape_field market_quote_fields[] = {
    {"symbol", SHAPE_TEXT, RANGE(1, TICK_SYMBOL_CHARS)},
    {"seq", SHAPE_INT, MAY_BE_NULL, HELP("The feed's")},
    {"time", SHAPE_TIME, HELP("The feed's")},
    NUMBER("bid"),
    NUMBER("bid_size"),
    NUMBER("ask"),
    NUMBER("ask_size"),
    NUMBER("last"),
    NUMBER("last_size"),
    NUMBER("open"),
    NUMBER("high"),
    NUMBER("low"),
    NUMBER("volume"),
    {"status", SHAPE_CHOICE, .choices = status_words},
    END,
};

bool market_quote_shape_field(size_t i, struct shape_field *field,
                              char name[SHAPE_NAME_MAX])
{
    (void)name;
    if (i + 1 >= sizeof(market_quote_fields) / sizeof(market_quote_fields[0]))
        return false;
    *field = market_quote_fields[i];
    return true;
}

const struct shape_field market_symbol_fields[] = {
    {"feed", SHAPE_OF, OF("MarketFeed")},
    {"accepted", SHAPE_INT, HELP("Lines that were accepted")},
    {"dropped", SHAPE_OF, OF("MarketDropped")},
    {"gaps", SHAPE_INT, HELP("Gaps in the feed's seq")},
    {"crossed", SHAPE_INT, HELP("Lines after which bid was above ask")},
    END,
};
const struct shape_field market_dropped_fields[] = {
    {"out_of_order", SHAPE_INT, HELP("seq was not above the last one")},
    {"old_session", SHAPE_INT,
     HELP("From a session of the feed that has ended")},
    {"stale", SHAPE_INT, HELP("No seq, and time before that of the last one")},
    {"future", SHAPE_INT, HELP("time was more than 5 s ahead of the clock")},
    END,
};
const struct shape_field market_bars_arguments_fields[] = {
    {"interval", SHAPE_CHOICE, OPTIONAL, .choices = interval_words,
     .otherwise = "1", HELP("Seconds of a bar")},
    {"minutes", SHAPE_INT, OPTIONAL, RANGE(1, 60),
     HELP("How far back; by default all that is kept (market_minutes)")},
    END,
};
const struct shape_field market_bars_fields[] = {
    {"symbol", SHAPE_TEXT, NONE},
    {"interval", SHAPE_INT, RANGE(1, 60)},
    {"bars", SHAPE_OF, OF("MarketBar[]")},
    END,
};

void market_put_bar_shape(struct buf *out)
{
    json_put_str(out, "type", "array");
    json_put_str(out, "description",
                 "time, open, high, low, close and volume as strings, count of "
                 "prices as a number");
    json_put_int(out, "minItems", 7);
    json_put_int(out, "maxItems", 7);
    json_open_key(out, "items");
    json_open_array(out, "type");
    json_put_str(out, NULL, "string");
    json_put_str(out, NULL, "integer");
    json_close_array(out);
    json_close(out);
}

#define GIVEN(name)                                                            \
    {                                                                          \
        name, SHAPE_AMOUNT, .flags = SHAPE_OPTIONAL | SHAPE_NULL               \
    }
const struct shape_field market_line_fields[] = {
    {"symbol", SHAPE_TEXT, OPTIONAL, RANGE(1, TICK_SYMBOL_CHARS),
     HELP("Required, except in a heartbeat; must not end with *")},
    {"time", SHAPE_WHEN, NONE},
    {"session", SHAPE_TEXT, SHAPE_OPTIONAL | SHAPE_NULL,
     RANGE(1, TICK_SESSION_CHARS),
     HELP("A new one: seq, open, high, low and volume start over")},
    {"seq", SHAPE_INT, SHAPE_OPTIONAL | SHAPE_NULL, RANGE(0, TICK_SEQ_MAX),
     HELP("Grows within its session")},
    GIVEN("bid"),
    GIVEN("bid_size"),
    GIVEN("ask"),
    GIVEN("ask_size"),
    GIVEN("last"),
    GIVEN("last_size"),
    GIVEN("open"),
    GIVEN("high"),
    GIVEN("low"),
    GIVEN("volume"),
    {"status", SHAPE_CHOICE, SHAPE_OPTIONAL | SHAPE_NULL,
     .choices = status_words},
    {"trade", SHAPE_OF, SHAPE_OPTIONAL | SHAPE_NULL, OF("MarketTrade")},
    {"heartbeat", SHAPE_BOOL, OPTIONAL,
     HELP("true, with time alone: the feed is alive")},
    END,
};
const struct shape_field market_trade_fields[] = {
    {"price", SHAPE_AMOUNT, NONE},
    {"size", SHAPE_AMOUNT, NONE},
    {"side", SHAPE_CHOICE, SHAPE_OPTIONAL | SHAPE_NULL, .choices = side_words},
    {"seq", SHAPE_INT, SHAPE_OPTIONAL | SHAPE_NULL, RANGE(0, TICK_SEQ_MAX)},
    END,
};
const struct shape_field market_queued_fields[] = {
    {"queued", SHAPE_INT, RANGE(0, 10000)},
    END,
};
