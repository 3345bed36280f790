#include "base/json.h"
#include "base/tick.h"

#include "base/banned.h"

const char *const tick_number_names[TICK_NUMBERS] = {
    "bid",       "bid_size", "ask",  "ask_size", "last",
    "last_size", "open",     "high", "low",      "volume"};
const char *const tick_status_names[TICK_STATUSES] = {
    "unknown", "open", "closed", "halted", "pre", "auction"};

static void put_trade(struct buf *out, const struct tick_trade *trade)
{
    json_open_key(out, "trade");
    json_put_decimal(out, "price", trade->price);
    json_put_decimal(out, "size", trade->size);
    if (trade->side != TICK_NO_SIDE)
        json_put_str(out, "side", trade->side == TICK_BUY ? "buy" : "sell");
    if (trade->seq >= 0)
        json_put_int(out, "seq", trade->seq);
    json_close(out);
}

void tick_write(struct buf *out, const struct tick *tick)
{
    json_open(out);
    if (tick->is_heartbeat)
        json_put_bool(out, "heartbeat", true);
    else
        json_put_str_len(out, "symbol", tick->symbol, tick->symbol_len);
    if (tick->session_len)
        json_put_str_len(out, "session", tick->session, tick->session_len);
    if (tick->has_seq)
        json_put_int(out, "seq", tick->seq);
    json_put_time(out, "time", tick->time_us);
    if (tick->removed[0])
        json_put_str(out, "removed", tick->removed);
    for (int i = 0; i < TICK_NUMBERS; i++) {
        if (tick->given & 1U << i)
            json_put_decimal(out, tick_number_names[i], tick->numbers[i]);
        else if (tick->cleared & 1U << i)
            json_put_null(out, tick_number_names[i]);
    }
    if (tick->has_status)
        json_put_str(out, "status", tick_status_names[tick->status]);
    if (tick->has_trade)
        put_trade(out, &tick->trade);
    json_close(out);
}
