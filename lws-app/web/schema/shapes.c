#include "web/schema/shapes.h"
#include "base/json.h"
#include "model/accounts/activity.h"
#include "model/accounts/scopes.h"
#include "model/accounts/token.h"
#include "model/audit_query.h"
#include "web/query/draw.h"
#include "web/query/instrument_list.h"
#include "web/query/list_query.h"

#include "base/banned.h"

static const char *const problem_codes[] = {"confirm", "second_factor",
                                            "second_factor_required", NULL};
static const struct shape_field problem_fields[] = {
    {"title", SHAPE_TEXT,
     HELP("The kind of problem, the same for each status")},
    {"status", SHAPE_INT, RANGE(400, 599)},
    {"code", SHAPE_CHOICE, OPTIONAL, .choices = problem_codes,
     HELP("For programs, where there is something to do about it: confirm: "
          "POST /api/confirm/, then repeat the request; second_factor: log in "
          "again with a code; second_factor_required: this account must set up "
          "a second factor before anything else")},
    {"detail", SHAPE_TEXT, HELP("What is wrong in this case")},
    {"errors", SHAPE_MAP, OPTIONAL, OF("Messages"),
     HELP("Each field or parameter with an error, all at once; in an array of "
          "orders like 1.price")},
    {"faults", SHAPE_OF, OPTIONAL, OF("ImportFault[]"),
     HELP("Of a file: the rows with errors, the first 100 of them")},
    END,
};
static const struct shape_field stale_fields[] = {
    {"title", SHAPE_TEXT, NONE},
    {"status", SHAPE_INT, RANGE(412, 412)},
    {"detail", SHAPE_TEXT, NONE},
    {"current", SHAPE_OF, OPTIONAL, OF("Order|Instrument|Layout|Settings"),
     HELP("As it is now; left out for a token without orders:read if it is an "
          "order")},
    END,
};
static const struct shape_field position_fields[] = {
    {"epoch", SHAPE_TEXT, HELP("Which database; a new one starts over")},
    {"seq", SHAPE_INT, HELP("The last event of the stream that the rows show")},
    END,
};
static const struct shape_field order_list_fields[] = {
    {"count", SHAPE_INT, HELP("How many match, exactly")},
    {"next", SHAPE_URL, MAY_BE_NULL, HELP("The next page")},
    {"previous", SHAPE_URL, MAY_BE_NULL, HELP("The page before")},
    {"position", SHAPE_OF, OF("Position"),
     HELP("Where the rows stand: subscribe from here")},
    {"results", SHAPE_OF, OF("Order[]")},
    END,
};
static const struct shape_field list_option_fields[] = {
    {"label", SHAPE_TEXT, HELP("As people see it; empty: no value")},
    {"value", SHAPE_TEXT, NONE},
    END,
};
static const struct shape_field pane_option_fields[] = {
    {"label", SHAPE_TEXT, NONE},
    {"value", SHAPE_TEXT, NONE},
    {"total", SHAPE_INT, HELP("Orders that have it")},
    {"count", SHAPE_INT, HELP("Of those that were found")},
    END,
};
static const struct shape_field builder_lists_fields[] = {
    {"options", SHAPE_MAP, OF("ListOption[]"), HELP("By column")},
    END,
};
static const struct shape_field panes_fields[] = {
    {"options", SHAPE_MAP, OF("PaneOption[]"), HELP("By column")},
    END,
};
static const struct shape_field order_table_fields[] = {
    {"draw", SHAPE_INT, HELP("As it was sent")},
    {"recordsTotal", SHAPE_INT, NONE},
    {"recordsFiltered", SHAPE_INT, NONE},
    {"position", SHAPE_OF, OPTIONAL, OF("Position"), HELP("Not with an error")},
    {"data", SHAPE_OF, OF("OrderRow[]")},
    {"columnControl", SHAPE_MAP, OPTIONAL, OF("ListOption[]"),
     HELP("By column, what can be picked from a list")},
    {"searchBuilder", SHAPE_OF, OPTIONAL, OF("BuilderLists"),
     HELP("Where lists names columns")},
    {"searchPanes", SHAPE_OF, OPTIONAL, OF("Panes"),
     HELP("Where SearchPanes asked for them")},
    {"error", SHAPE_TEXT, OPTIONAL,
     HELP("What was wrong with the request; data is empty then")},
    END,
};
static const struct shape_field order_options_fields[] = {
    {"name", SHAPE_TEXT, NONE},
    {"allow", SHAPE_TEXT, HELP("Methods, as in the header Allow")},
    {"parses", SHAPE_OF, OF("string[]"), HELP("Content types")},
    {"array_max", SHAPE_INT, HELP("Orders in one request")},
    {"body_max", SHAPE_INT, HELP("Bytes in one request")},
    {"fields", SHAPE_MAP, OF("FieldOptions")},
    END,
};
static const struct shape_field field_options_fields[] = {
    {"type", SHAPE_TEXT, NONE},
    {"required", SHAPE_BOOL, NONE},
    {"read_only", SHAPE_BOOL, HELP("For the user who asks")},
    {"nullable", SHAPE_BOOL, NONE},
    {"sortable", SHAPE_BOOL, NONE},
    {"searchable", SHAPE_BOOL, NONE},
    {"max_length", SHAPE_INT, OPTIONAL, NONE},
    {"choices", SHAPE_OF, OPTIONAL, OF("string[]")},
    {"help", SHAPE_TEXT, OPTIONAL, NONE},
    END,
};
static const char *const action_words[] = {"cancel", "delete", NULL};
static const struct shape_field bulk_fields[] = {
    {"action", SHAPE_CHOICE, .choices = action_words},
    {"orders", SHAPE_OF, OF("BulkOrders"), HELP("1 to 1,000 of them")},
    END,
};
static const struct shape_field bulk_order_fields[] = {
    {"id", SHAPE_INT, NONE},
    {"version", SHAPE_INT, OPTIONAL, HELP("Only if it still has this version")},
    END,
};
static const struct shape_field order_key_fields[] = {
    {"id", SHAPE_INT, NONE},
    END,
};
static const struct shape_field bulk_done_fields[] = {
    {"action", SHAPE_CHOICE, .choices = action_words},
    {"count", SHAPE_INT, HELP("How many orders it was done to")},
    {"orders", SHAPE_OF, OF("Order[]|OrderKey[]"),
     HELP("Those orders, each as it is now, or last was; one that was canceled "
          "before is among them, unchanged")},
    {"left", SHAPE_OF, OF("BulkLeft[]"),
     HELP("Those that could no longer be canceled; always empty for a delete")},
    END,
};
static const char *const final_words[] = {"filled", "rejected", "expired",
                                          NULL};
static const struct shape_field bulk_left_fields[] = {
    {"id", SHAPE_INT, NONE},
    {"status", SHAPE_CHOICE, OPTIONAL, .choices = final_words,
     HELP("As it is now; left out for a token without orders:read")},
    {"detail", SHAPE_TEXT, HELP("Why it was left as it is")},
    END,
};
static const struct shape_field order_correct_fields[] = {
    {"correct", SHAPE_BOOL, SHAPE_OPTIONAL | SHAPE_STAFF,
     HELP("Says that a final order was wrong: without it, no order that is "
          "filled, rejected or expired can be canceled. Not kept in the order, "
          "but history and audit record it")},
    END,
};
static const char *const kind_words[] = {"data.new", "data.update",
                                         "data.delete", NULL};
static const struct shape_field history_arguments_fields[] = {
    {"cursor", SHAPE_INT, OPTIONAL, RANGE(1, INT64_MAX),
     HELP("As given in next: the event to continue from")},
    {"page_size", SHAPE_INT, OPTIONAL, RANGE(1, HISTORY_MAX), .otherwise = "20",
     HELP("At most how many")},
    END,
};
static const struct shape_field history_row_fields[] = {
    {"event", SHAPE_INT, HELP("Position in the stream of all")},
    {"kind", SHAPE_CHOICE, .choices = kind_words},
    {"time", SHAPE_TIME, NONE},
    {"actor", SHAPE_TEXT, MAY_BE_NULL,
     HELP("Username; null: a command. Traders see their own name, or staff")},
    {"address", SHAPE_TEXT, MAY_BE_NULL,
     HELP("The actor's address; null where a trader reads what others did")},
    {"owner", SHAPE_TEXT, HELP("The user whose stream it is in")},
    {"position", SHAPE_INT, HELP("Position in that stream")},
    {"correction", SHAPE_BOOL,
     HELP("Staff said that the final order was wrong")},
    {"changes", SHAPE_MAP, OF("Change"),
     HELP("Each field that was changed; only staff see any where the order was "
          "somebody else's before")},
    {"order", SHAPE_OF, OF("Order"), HELP("The order after it")},
    END,
};
static const struct shape_field history_fields[] = {
    {"results", SHAPE_OF, OF("HistoryRow[]")},
    {"next", SHAPE_URL, MAY_BE_NULL, HELP("The rows before these")},
    END,
};
static const struct shape_field audit_arguments_fields[] = {
    {"actor", SHAPE_TEXT, OPTIONAL, HELP("What this user did")},
    {"subject", SHAPE_TEXT, OPTIONAL,
     HELP("What was done to this user, or to an order of theirs")},
    {"action", SHAPE_TEXT, OPTIONAL, RANGE(0, AUDIT_ACTION_MAX - 1),
     HELP("Like order.update, or only the word before the dot")},
    {"order", SHAPE_INT, OPTIONAL, RANGE(1, INT64_MAX),
     HELP("What was done to this order")},
    {"since", SHAPE_WHEN, OPTIONAL, HELP("Not before")},
    {"until", SHAPE_WHEN, OPTIONAL, HELP("Not after")},
    {"cursor", SHAPE_TEXT, OPTIONAL, HELP("As given in next")},
    {"page_size", SHAPE_INT, OPTIONAL, RANGE(1, HISTORY_MAX), .otherwise = "50",
     HELP("At most how many")},
    END,
};
static const struct shape_field audit_row_fields[] = {
    {"id", SHAPE_TEXT, HELP("event- or audit-, and a number")},
    {"time", SHAPE_TIME, NONE},
    {"actor", SHAPE_TEXT, MAY_BE_NULL,
     HELP("Username; null: a command, or somebody unknown")},
    {"address", SHAPE_TEXT, HELP("The actor's address")},
    {"action", SHAPE_TEXT,
     HELP("Like order.update, order.correct, user.change, login")},
    {"subject", SHAPE_TEXT, MAY_BE_NULL,
     HELP("Username: the user it was done to, or the owner of the order")},
    {"order", SHAPE_INT, MAY_BE_NULL, HELP("The order's id")},
    {"changes", SHAPE_MAP, OF("Change"), HELP("Each field that was changed")},
    {"state", SHAPE_OF, MAY_BE_NULL, OF("Order"),
     HELP("The order that was placed or removed, as it was then")},
    END,
};
static const struct shape_field audit_fields[] = {
    {"results", SHAPE_OF, OF("AuditRow[]")},
    {"next", SHAPE_URL, MAY_BE_NULL,
     HELP("The rows before these; a page may be short, even empty, and still "
          "have a next one")},
    END,
};
static const struct shape_field activity_arguments_fields[] = {
    {"cursor", SHAPE_INT, OPTIONAL, RANGE(1, INT64_MAX),
     HELP("As given in next")},
    {"page_size", SHAPE_INT, OPTIONAL, RANGE(1, ACTIVITY_MAX),
     .otherwise = "20", HELP("At most how many")},
    END,
};
static const char *const activity_by_words[] = {"you", "staff", "command",
                                                NULL};
static const struct shape_field activity_row_fields[] = {
    {"id", SHAPE_INT, NONE},
    {"time", SHAPE_TIME, NONE},
    {"action", SHAPE_TEXT, HELP("Like login, login.failed, password.set")},
    {"by", SHAPE_CHOICE, MAY_BE_NULL, .choices = activity_by_words,
     HELP("null: somebody unknown, who did not get in")},
    {"address", SHAPE_TEXT, MAY_BE_NULL,
     HELP("The address it came from; null for staff")},
    {"changes", SHAPE_MAP, OF("Change"), HELP("Each field that was changed")},
    END,
};
static const struct shape_field activity_fields[] = {
    {"results", SHAPE_OF, OF("ActivityRow[]")},
    {"next", SHAPE_URL, MAY_BE_NULL, HELP("The rows before these")},
    END,
};
static const struct shape_field page_arguments_fields[] = {
    {"page", SHAPE_INT, OPTIONAL, RANGE(1, 1000000), .otherwise = "1",
     HELP("The page, from 1")},
    {"page_size", SHAPE_INT, OPTIONAL, RANGE(1, 1000), .otherwise = "20",
     HELP("Rows per page")},
    END,
};
static const struct shape_field user_list_arguments_fields[] = {
    {"search", SHAPE_TEXT, OPTIONAL,
     HELP(
         "Contained in the username, the email or a name, regardless of case")},
    {"ordering", SHAPE_TEXT, OPTIONAL,
     HELP("Fields, separated by commas; a minus before one for descending "
          "order")},
    {"page", SHAPE_INT, OPTIONAL, RANGE(1, 1000000), .otherwise = "1",
     HELP("The page, from 1")},
    {"page_size", SHAPE_INT, OPTIONAL, RANGE(1, 1000), .otherwise = "20",
     HELP("Users per page")},
    END,
};
static const struct shape_field user_list_fields[] = {
    {"count", SHAPE_INT, HELP("How many match, exactly")},
    {"next", SHAPE_URL, MAY_BE_NULL, HELP("The next page")},
    {"previous", SHAPE_URL, MAY_BE_NULL, HELP("The page before")},
    {"results", SHAPE_OF, OF("User[]")},
    END,
};
static const char *const keep_words[] = {"current", NULL};
static const struct shape_field sessions_end_arguments_fields[] = {
    {"keep", SHAPE_CHOICE, OPTIONAL, .choices = keep_words,
     HELP("Keep this one")},
    END,
};
static const struct shape_field session_fields[] = {
    {"id", SHAPE_INT, NONE},
    {"address", SHAPE_TEXT, HELP("The address that the login came from")},
    {"user_agent", SHAPE_TEXT, HELP("The browser's User-Agent")},
    {"created", SHAPE_TIME, NONE},
    {"last_used", SHAPE_TIME, HELP("To the minute")},
    {"expires", SHAPE_TIME, HELP("If it is not used before then")},
    {"current", SHAPE_BOOL, HELP("Whether it is the one asking")},
    END,
};
static const struct shape_field session_list_fields[] = {
    {"results", SHAPE_OF, OF("Session[]")},
    {"count", SHAPE_INT, NONE},
    END,
};
static const struct shape_field password_input_fields[] = {
    {"password", SHAPE_TEXT, SHAPE_SECRET, HELP("The new one")},
    END,
};
static const struct shape_field confirmation_fields[] = {
    {"password", SHAPE_TEXT, SHAPE_SECRET, HELP("Your own")},
    {"code", SHAPE_TEXT, SHAPE_OPTIONAL | SHAPE_SECRET,
     HELP("Of your second factor, or a recovery code, if you have one")},
    END,
};
static const struct shape_field password_change_fields[] = {
    {"old_password", SHAPE_TEXT, SHAPE_SECRET, HELP("The current one")},
    {"new_password", SHAPE_TEXT, SHAPE_SECRET, HELP("The new one")},
    END,
};
static const struct shape_field token_fields[] = {
    {"id", SHAPE_INT, NONE},
    {"name", SHAPE_TEXT, HELP("The name its user gave it")},
    {"scopes", SHAPE_OF, OF("string[]"),
     HELP("What it may be used for; empty: everything that its user may do")},
    {"created", SHAPE_TIME, NONE},
    {"last_used", SHAPE_TIME, MAY_BE_NULL, HELP("To the minute")},
    {"expires", SHAPE_TIME, NONE},
    END,
};
static const struct shape_field new_token_fields[] = {
    {"token", SHAPE_TEXT, HELP("The secret, shown only this once")},
    {"id", SHAPE_INT, NONE},
    {"name", SHAPE_TEXT, HELP("The name its user gave it")},
    {"scopes", SHAPE_OF, OF("string[]"),
     HELP("What it may be used for; empty: everything that its user may do")},
    {"created", SHAPE_TIME, NONE},
    {"last_used", SHAPE_TIME, MAY_BE_NULL, NONE},
    {"expires", SHAPE_TIME, NONE},
    END,
};
static const struct shape_field token_list_fields[] = {
    {"count", SHAPE_INT, RANGE(0, TOKEN_MAX)},
    {"results", SHAPE_OF, OF("Token[]")},
    END,
};
static const struct shape_field token_input_fields[] = {
    {"username", SHAPE_TEXT, OPTIONAL, RANGE(1, 150),
     HELP("Left out with a cookie login")},
    {"password", SHAPE_TEXT, SHAPE_OPTIONAL | SHAPE_SECRET,
     HELP("Left out with a cookie login")},
    {"code", SHAPE_TEXT, SHAPE_OPTIONAL | SHAPE_SECRET,
     HELP("Of the second factor, or a recovery code, if the user has one")},
    {"name", SHAPE_TEXT, OPTIONAL, RANGE(0, 64),
     HELP("The name its user gave it")},
    {"expires_in", SHAPE_INT, OPTIONAL, RANGE(TOKEN_LEAST_S, TOKEN_MOST_S),
     .otherwise = "7776000", HELP("Seconds")},
    {"scopes", SHAPE_OF, OPTIONAL, OF("Scope[]"),
     HELP("What it may be used for, at least one; left out: everything that "
          "its user may do")},
    END,
};
static const struct shape_field token_form_fields[] = {
    {"username", SHAPE_TEXT, OPTIONAL, RANGE(1, 150),
     HELP("Left out with a cookie login")},
    {"password", SHAPE_TEXT, SHAPE_OPTIONAL | SHAPE_SECRET,
     HELP("Left out with a cookie login")},
    {"code", SHAPE_TEXT, SHAPE_OPTIONAL | SHAPE_SECRET,
     HELP("Of the second factor, or a recovery code, if the user has one")},
    {"name", SHAPE_TEXT, OPTIONAL, RANGE(0, 64),
     HELP("The name its user gave it")},
    {"expires_in", SHAPE_INT, OPTIONAL, RANGE(TOKEN_LEAST_S, TOKEN_MOST_S),
     .otherwise = "7776000", HELP("Seconds")},
    {"scopes", SHAPE_TEXT, OPTIONAL,
     HELP("Scopes separated by spaces, as in JSON")},
    END,
};
static void put_scope(struct buf *out)
{
    json_put_str(out, "type", "string");
    json_open_array(out, "enum");
    for (size_t i = 0; scope_names[i]; i++)
        json_put_str(out, NULL, scope_names[i]);
    json_close_array(out);
}
static const struct shape_field ticket_fields[] = {
    {"ticket", SHAPE_TEXT, HELP("For one websocket, usable once")},
    {"expires", SHAPE_TIME, NONE},
    END,
};
static const char *const ready_words[] = {"ready", "degraded", "not ready",
                                          NULL};
static const char *const writes_words[] = {"ok", "failing", NULL};
const char *const shape_durability_words[] = {"local", "standby", NULL};
static const char *const ok_words[] = {"ok", NULL};
static const struct shape_field health_fields[] = {
    {"status", SHAPE_CHOICE, .choices = ok_words},
    END,
};
static const struct shape_field ready_fields[] = {
    {"status", SHAPE_CHOICE, .choices = ready_words},
    {"database", SHAPE_CHOICE, .choices = ok_words},
    {"writes", SHAPE_CHOICE, .choices = writes_words},
    {"durability", SHAPE_CHOICE, .choices = shape_durability_words},
    {"schema_step", SHAPE_INT, NONE},
    {"schema_step_wanted", SHAPE_INT, NONE},
    {"redis", SHAPE_CHOICE, .choices = shape_redis_words},
    END,
};

static const struct shape_field no_fields[] = {END};

#define FIELDS(name) .fields = name##_fields
#define FROM(fn) .next_field = fn
const struct shape shapes[] = {
    {"Problem", "What is wrong, for people", FIELDS(problem)},
    {"StaleProblem", "It is not at the version that was named", FIELDS(stale)},
    {"Messages", "Each says what to do", .of = "string[]"},
    {"Resources", "The address of each resource", FROM(resource_shape_field)},
    {"Position", "A place in a stream of events", FIELDS(position)},
    {"Order", "An order", FROM(order_shape_field)},
    {"OrderKey",
     "Which order it was: all that a token without orders:read is told",
     FIELDS(order_key)},
    {"OrderInput",
     "The order to place; fields for staff may only be set by staff",
     FROM(order_input_shape_field)},
    {"OrderReplacement", "The new terms of the order", FIELDS(order_correct),
     FROM(order_input_shape_field)},
    {"OrderChange", "The fields to change", FIELDS(order_correct),
     FROM(order_input_shape_field), .is_partial = true},
    {"OrderList", "One page of orders", FIELDS(order_list)},
    {"OrderListArguments", "Which orders, and in which order",
     FROM(list_query_field), .is_query = true},
    {"OrderScopeArguments", "Whose orders, words in them, the zone of days",
     FROM(list_scope_field), .is_query = true},
    {"OrderRow", "An order as a row of a table", FROM(order_row_shape_field)},
    {"OrderTable", "What DataTables shows", FIELDS(order_table)},
    {"ListOption", "A value to pick", FIELDS(list_option)},
    {"PaneOption", "A value to pick, and how many have it",
     FIELDS(pane_option)},
    {"BuilderLists", "What SearchBuilder offers", FIELDS(builder_lists)},
    {"Panes", "What SearchPanes shows", FIELDS(panes)},
    {"DataTablesArguments",
     "What DataTables sends by query or form; each number in brackets counts "
     "from 0",
     FROM(draw_field), .is_open = true, .is_partial = true},
    {"DataTablesBody", "What DataTables sends as JSON", .put = draw_put_body,
     .as_form = "DataTablesArguments"},
    {"OrderOptions", "The fields of an order", FIELDS(order_options)},
    {"FieldOptions", "One field", FIELDS(field_options)},
    {"Bulk", "What to do, and to which orders", FIELDS(bulk),
     .only_json = true},
    {"BulkOrders", "Orders by their ids, or as objects", .of = "BulkItem[]"},
    {"BulkItem", "An order's id, or that and its version",
     .of = "integer|BulkOrder"},
    {"BulkOrder", "An order as it was seen", FIELDS(bulk_order)},
    {"BulkDone", "What was done", FIELDS(bulk_done)},
    {"BulkLeft", "An order that could not be canceled", FIELDS(bulk_left)},
    {"Import", "A file of orders", FIELDS(import), .only_json = true},
    {"ImportDone", "What was done", FIELDS(import_done)},
    {"ImportFault", "A row that can't be placed", FIELDS(import_fault)},
    {"ImportRow", "An order as it was, or would be, placed",
     FIELDS(import_row)},
    {"ImportBearer", "An order that would be placed with a client_order_id",
     FIELDS(import_bearer)},
    {"History", "What was done to an order, newest first", FIELDS(history)},
    {"HistoryRow", "One change of an order", FIELDS(history_row)},
    {"HistoryArguments", "Which part of it", FIELDS(history_arguments),
     .is_query = true},
    {"Market", "The latest quotes", FIELDS(market)},
    {"MarketArguments", "Which ones", FIELDS(market_arguments),
     .is_query = true},
    {"MarketFeed", "Whether market data comes in", FIELDS(market_feed)},
    {"MarketQuote", "The latest quote of a symbol; null: there is none",
     FIELDS(market_quote)},
    {"MarketSymbol", "The same, and what was dropped of that symbol",
     FIELDS(market_symbol), FROM(market_quote_shape_field)},
    {"MarketDropped", "Lines that were not accepted, by reason",
     FIELDS(market_dropped)},
    {"MarketBarsArguments", "Which ones", FIELDS(market_bars_arguments),
     .is_query = true},
    {"MarketBars", "Oldest first; only those in which there was a price",
     FIELDS(market_bars)},
    {"MarketBar", NULL, .put = market_put_bar_shape},
    {"MarketLine", "What has changed; null clears, what is left out stays",
     FIELDS(market_line), .only_json = true},
    {"MarketTrade", "A trade", FIELDS(market_trade)},
    {"MarketQueued", "How many lines are on their way", FIELDS(market_queued)},
    {"Instrument", "What staff have entered for an instrument",
     FROM(instrument_shape_field)},
    {"InstrumentInput", "A new instrument", FROM(instrument_input_shape_field)},
    {"InstrumentChange", "The fields to change",
     FROM(instrument_change_shape_field), .is_partial = true},
    {"InstrumentList", "One page of instruments", FIELDS(instrument_list)},
    {"InstrumentListArguments", "Which instruments, and in which order",
     FIELDS(instrument_list_arguments), FROM(instrument_filter_field),
     .is_query = true},
    {"InstrumentRow", "An instrument as a row of a table",
     FROM(instrument_row_shape_field)},
    {"InstrumentTable", "What DataTables shows", FIELDS(instrument_table)},
    {"InstrumentTableArguments",
     "Filters, and what DataTables sends; each number in brackets counts from "
     "0",
     FROM(instrument_table_field), .is_query = true},
    {"Layout", "How a table looks, and what it asks for", FIELDS(layout)},
    {"LayoutRow", "A layout without what is in it", FIELDS(layout_row)},
    {"LayoutList", "Your own layouts and those that are shared, by name",
     FIELDS(layout_list)},
    {"LayoutArguments", "Which one of that name", FIELDS(layout_arguments),
     .is_query = true},
    {"LayoutInput", "A layout to keep", FIELDS(layout_input),
     .only_json = true},
    {"LayoutContent", "At most 32 KiB", FIELDS(layout_content)},
    {"LayoutColumn", "A column of a table", FIELDS(layout_column)},
    {"LayoutOrder", "A column that it is sorted by", FIELDS(layout_order)},
    {"PageOwn", "Whatever a page wants to keep", .fields = no_fields,
     .is_open = true},
    {"Settings", "Your settings for the pages", FIELDS(settings)},
    {"SettingsContent", "At most 32 KiB", FIELDS(settings_content),
     .only_json = true},
    {"SettingsChange",
     "What is to be changed; null takes a member away (RFC 7396)",
     FIELDS(settings_content), .is_partial = true, .only_json = true,
     .is_open = true},
    {"SettingsTicket", "What a new ticket starts with",
     FIELDS(settings_ticket)},
    {"SettingsInstrument", "The same for one instrument",
     FIELDS(settings_instrument)},
    {"Audit", "Who did what, newest first", FIELDS(audit)},
    {"AuditRow", "One thing that was done", FIELDS(audit_row)},
    {"AuditArguments", "Which part of it", FIELDS(audit_arguments),
     .is_query = true},
    {"Activity", "What was done to your own account, newest first",
     FIELDS(activity)},
    {"ActivityRow", "One login, or one thing that was done",
     FIELDS(activity_row)},
    {"ActivityArguments", "Which part of it", FIELDS(activity_arguments),
     .is_query = true},
    {"Change", "Before and after", .of = "Value[]"},
    {"Value", "One value of any field", .of = "string|number|boolean|null"},
    {"Figures", "How busy the service is", FIELDS(figures)},
    {"Machine", "A machine that serves the database", FIELDS(machine)},
    {"HourStep", "How busy it was over one step", FIELDS(hour_step)},
    {"Hour", "How busy it was in the last hour", FIELDS(hour)},
    {"Latency", "How long changes take on their way, over all workers",
     FIELDS(latency)},
    {"Spread", "Milliseconds, interpolated; null: nothing was measured",
     FIELDS(spread)},
    {"PageArguments", "Which page of it", FIELDS(page_arguments),
     .is_query = true},
    {"SocketList", "A user's open websockets, newest first",
     FIELDS(socket_list)},
    {"Socket", "An open websocket", FIELDS(socket)},
    {"ViewList", "The live views that are open", FIELDS(view_list)},
    {"View", "A live view of one websocket", FIELDS(view)},
    {"User", "An account", FROM(user_shape_field)},
    {"UserInput", "A new account", FROM(user_input_shape_field)},
    {"UserChange", "The fields to change", FROM(user_change_shape_field),
     .is_partial = true},
    {"UserList", "One page of users", FIELDS(user_list)},
    {"UserListArguments", "Which users, and in which order",
     FIELDS(user_list_arguments), FROM(user_filter_shape_field),
     .is_query = true},
    {"Session", "A login by cookie", FIELDS(session)},
    {"SessionList", "The live ones, newest first, at most 1,000",
     FIELDS(session_list)},
    {"SessionsEndArguments", "Which ones", FIELDS(sessions_end_arguments),
     .is_query = true},
    {"PasswordInput", "A password for somebody", FIELDS(password_input)},
    {"PasswordChange", "Your own password", FIELDS(password_change)},
    {"Confirmation", "Proof that it is still you", FIELDS(confirmation)},
    {"MeChange", "What users may change of their own account",
     FROM(me_change_shape_field), .is_partial = true},
    {"Me", "Who is logged in", FIELDS(me)},
    {"Limits", "Your own, in one worker; null: no limit",
     FROM(limits_shape_field)},
    {"SecondFactor", "Your second factor", FIELDS(second_factor)},
    {"SecondFactorSecret", "What the codes are made from",
     FIELDS(second_factor_secret)},
    {"SecondFactorCode", "The first code", FIELDS(second_factor_code)},
    {"PasswordAndCode", "Both, once more", FIELDS(password_and_code)},
    {"RecoveryCodes", "Recovery codes", FIELDS(recovery_codes)},
    {"Token", "A token, without its secret", FIELDS(token)},
    {"NewToken", "A token, with its secret", FIELDS(new_token)},
    {"TokenList", "Your live tokens, newest first", FIELDS(token_list)},
    {"TokenInput", "Username and password, or a cookie login",
     FIELDS(token_input), .as_form = "TokenForm"},
    {"TokenForm", "The same as a form", FIELDS(token_form)},
    {"Scope", "What a token may be used for", .put = put_scope},
    {"Ticket", "A ticket", FIELDS(ticket)},
    {"Description", "An OpenAPI 3.1 document", .fields = no_fields,
     .is_open = true},
    {"Page", "A page for a browser", .media = "text/html; charset=utf-8"},
    {"Csv", "A header row, then one line per order",
     .media = "text/csv; charset=utf-8"},
    {"Ndjson", "One Order per line", .media = "application/x-ndjson"},
    {"Health", NULL, FIELDS(health)},
    {"Ready", NULL, FIELDS(ready)},
};
const size_t shapes_count = sizeof(shapes) / sizeof(shapes[0]);
