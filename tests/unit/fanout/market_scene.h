#pragma once
#include "base/buf.h"
#include "fanout/market.h"
#include "support/suite.h"
/*
 * A market at a time of its own, and what it gives to its sessions as text.
 */
#define MS INT64_C(1000)
#define T0 INT64_C(1764410400000) /* 2025-11-29T10:00:00Z */

#define HEARTBEAT "{\"heartbeat\":true,\"time\":\"2025-11-29T10:00:00Z\"}"

#define TRADE(seq)                                                             \
    ",\"trade\":{\"price\":\"1.5\",\"size\":2,\"side\":\"buy\",\"seq\":" #seq  \
    "}"

struct market_scene {
    struct market *market;
    struct market_at at;
    int64_t now_us;
    int woken;
    struct buf out;
    size_t max;
};

void market_open(struct market_scene *s, size_t symbols_max);
void market_close(struct market_scene *s);
/* The next line of the feed. */
enum market_verdict market_line(struct market_scene *s, const char *line);
/* {"symbol":symbol,"time":T0 + ms, rest} */
enum market_verdict market_line_at(struct market_scene *s, const char *symbol,
                                   int ms, const char *rest);
/* A session that follows these, in s->out what is unknown of them. */
struct market_session *market_join(struct market_scene *s,
                                   const char *const *names, size_t count,
                                   int rate);
/* All frames that are to be given now, one a line. */
const char *market_frames(struct market_scene *s);
void text_has(const char *text, const char *part);
void text_lacks(const char *text, const char *part);
