#pragma once
#include "base/err.h"
#include "fanout/market.h"
#include "fanout/market_feed.h"
#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stddef.h>
/*
 * What a client says of the market on a websocket: to subscribe, and to
 * unsubscribe. Knows neither lws nor a socket.
 * Thread: any. Never blocks.
 */
#define MARKET_COMMAND_NAMES (MARKET_SESSION_SYMBOLS + MARKET_SESSION_PREFIXES)

struct market_command {
    bool has_symbols;
    const char *names[MARKET_COMMAND_NAMES]; /* borrowed from the object */
    size_t count;
    int max_rate;   /* 0: not sent */
    unsigned kinds; /* of enum market_kind; 0: not sent */
    bool has_position;
    char epoch[MARKET_EPOCH_MAX];
    struct market_at at;
};

/* ERR_INVALID names the field, an element as "symbols.3"; ERR_TOO_LARGE: more
 * symbols than a session may follow. */
int market_command_read(const cJSON *object, struct market_command *command,
                        struct err *err);
