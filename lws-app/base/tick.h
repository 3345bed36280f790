#pragma once
#include "base/buf.h"
#include "base/err.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
/*
 * One line of market data: a JSON object with "symbol" and "time", and of the
 * rest what has changed. A field that is left out stays as it was, null clears
 * it. Or {"heartbeat":true,"time":..}: the feed lives, and has nothing to say.
 * Or, among those who read a feed, {"symbol","time","removed":text}: it is
 * gone.
 *
 * Numbers are strings or JSON numbers, read as exact decimals from their text,
 * never as a float. Refused, each under its field: names that we don't know or
 * that come twice, other types, sizes and volumes below zero; and what is no
 * JSON, or no UTF-8.
 * Thread: any. Never blocks.
 */
#define TICK_SYMBOL_CHARS 255
#define TICK_SYMBOL_MAX (TICK_SYMBOL_CHARS * 4 + 1) /* bytes, with a NUL */
#define TICK_SESSION_CHARS 32
#define TICK_SESSION_MAX (TICK_SESSION_CHARS * 4 + 1)
#define TICK_SEQ_MAX INT64_C(999999999999999) /* a double holds it exactly */
#define TICK_LINE_MAX 4096
#define TICK_REMOVED_MAX 64

enum tick_number {
    TICK_BID,
    TICK_BID_SIZE,
    TICK_ASK,
    TICK_ASK_SIZE,
    TICK_LAST,
    TICK_LAST_SIZE,
    TICK_OPEN,
    TICK_HIGH,
    TICK_LOW,
    TICK_VOLUME,
    TICK_NUMBERS,
};
/* Their names, in that order. */
extern const char *const tick_number_names[TICK_NUMBERS];

enum tick_status {
    TICK_UNKNOWN,
    TICK_OPEN_FOR_TRADE,
    TICK_CLOSED,
    TICK_HALTED,
    TICK_PRE,
    TICK_AUCTION,
    TICK_STATUSES,
};
extern const char *const tick_status_names[TICK_STATUSES];

enum tick_side { TICK_NO_SIDE, TICK_BUY, TICK_SELL };

struct tick {
    bool is_heartbeat; /* nothing but time_us is there then */
    bool has_seq;
    bool has_trade;
    bool has_status;
    size_t symbol_len; /* bytes */
    size_t session_len;
    int64_t seq;      /* 0 to TICK_SEQ_MAX */
    int64_t time_us;  /* UTC */
    uint32_t given;   /* a bit for each of numbers that has a value */
    uint32_t cleared; /* and for each that is null */
    int64_t numbers[TICK_NUMBERS]; /* decimals */
    enum tick_status status;
    struct tick_trade {
        int64_t price; /* decimals */
        int64_t size;
        int64_t seq; /* -1: none */
        enum tick_side side;
    } trade;
    char removed[TICK_REMOVED_MAX]; /* ASCII; "": it is not */
    char symbol[TICK_SYMBOL_MAX];
    char session[TICK_SESSION_MAX]; /* "": none is given */
};

/* Reads the object that text begins with, blanks before it aside; *used: up to
 * where. tick is the caller's, and needs no initialising. ERR_INVALID: fields
 * at fault; ERR_MALFORMED: no such object, and at which byte. Its fields are
 * to be read only after success. */
int tick_read(const char *text, size_t len, size_t *used, struct tick *tick,
              struct err *err);
/* The same of all of text: a line, without its end. */
int tick_read_line(const char *text, size_t len, struct tick *tick,
                   struct err *err);
/* Appends it as one line, without its end: that reads as the same tick. */
void tick_write(struct buf *out, const struct tick *tick);
