#pragma once
#include "base/buf.h"
#include "base/err.h"
#include "base/tick.h"
#include "fanout/market_trades.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
/*
 * The latest quote of each symbol, and who follows which. A session is what one
 * socket follows; it is given quotes so many times a second at most, each the
 * newest there is when it is given, with how many were skipped since the last
 * one. Nothing is queued: a session that does not read costs a mark per symbol.
 * Trades are not skipped: they are read from a ring, and what that has lost by
 * then is said.
 *
 * Knows no socket: wake() is called once there is somebody to be given
 * something; then market_next_session() says who, and market_session_frame()
 * what.
 * Thread: loop thread only. Never blocks.
 */
#define MARKET_SESSION_SYMBOLS 1000
#define MARKET_SESSION_PREFIXES 32
#define MARKET_RATE_DEFAULT 20
#define MARKET_FRAME_MAX (64 * 1024)
#define MARKET_NAMES_MAX 512 /* bytes of a user's list of symbols */

struct market;
struct market_session;

struct market_settings {
    size_t symbols_max;
    size_t trade_bytes;
    int minutes; /* of bars */
    void (*wake)(void *arg);
    void *arg;
};

enum market_verdict {
    MARKET_TAKEN,
    MARKET_HEARTBEAT,
    MARKET_REMOVED,      /* that symbol is gone; or it is there again */
    MARKET_KNOWN,        /* at or before the place that its quote is from */
    MARKET_OUT_OF_ORDER, /* its seq is not above the last of its session */
    MARKET_OLD_SESSION,  /* of a session of the feed that has ended */
    MARKET_STALE,        /* without seq, and before the last one's time */
    MARKET_FUTURE,       /* more than 5 s ahead of the clock */
    MARKET_TOO_MANY_SYMBOLS,
    MARKET_NOMEM,
    MARKET_VERDICTS,
};
/* "out_of_order", ..: the word of one that is dropped. */
extern const char *const market_verdict_names[MARKET_VERDICTS];

enum market_state { MARKET_LIVE, MARKET_FEED_STALE, MARKET_DOWN };

struct market_stats {
    int64_t verdicts[MARKET_VERDICTS]; /* lines, by what became of them */
    int64_t gaps;                      /* jumps of seq */
    int64_t crossed;                   /* lines with bid above ask */
    int64_t trades;
    int64_t quotes_sent, skipped, trades_sent, trades_lost;
    int64_t symbols; /* that have a quote, now; as the next */
    int64_t sessions;
    int64_t followed; /* symbols, of all sessions together */
};

/* NULL: no memory. */
struct market *market_new(const struct market_settings *settings);
/* NULL is fine; with no session left. */
void market_free(struct market *market);
void market_get_stats(const struct market *market, struct market_stats *stats);

/* One line of the feed. at: where it stands in the order of the feed; its
 * milliseconds are the clock that time is held against. mono_us: now. */
enum market_verdict market_take(struct market *market, const struct tick *tick,
                                const struct market_at *at, int64_t mono_us);
/* What comes of a feed that others read as well, and go on with.
 * A quote as market_next_unsaved() gave it, of that symbol, if it is newer than
 * what is here; what is no such value is left out. */
void market_restore(struct market *market, const char *value, size_t len,
                    int64_t mono_us);
/* Places begin anew. */
void market_rebase(struct market *market);
/* Lines from one place to another, both of them too, were lost; entries: of the
 * feed, in which they were. */
void market_lose(struct market *market, const struct market_at *from,
                 const struct market_at *to, int64_t entries);
/* It can't come in; no more of that: stale until the next line. */
void market_set_down(struct market *market, bool is_down);
/* The next symbol that has changed since it was given here, as text, an empty
 * one where it was removed; false: none has. market_unsave(): all of them have.
 */
bool market_next_unsaved(struct market *market, struct buf *symbol,
                         struct buf *value);
void market_unsave(struct market *market);
/* Lines, each with '\n' behind it, that remove what nothing was heard of for 7
 * days: some of them at a time. For whoever of all that read the feed is to put
 * them there. now_us: UTC. */
void market_put_removals(struct market *market, int64_t now_us,
                         struct buf *lines);

/* Called from time to time: a feed that says nothing is stale. */
void market_look(struct market *market, int64_t mono_us);
/* "feed":{"state":..,"time":..}: of the last line that was taken. */
void market_put_feed(const struct market *market, struct buf *out);
/* "market":{"feed":..,"tick":..}, for a heartbeat. */
void market_put_beat(const struct market *market, struct buf *out);
/* The last line's place. */
struct market_at market_position(const struct market *market);

/* names, here and below: what may be seen, a list as in base/symbols.h. */
/* Appends the quotes that fit the list `symbols` as elements of an array, in
 * order of symbol. ERR_TOO_LARGE: more than 1,000. */
int market_put_quotes(struct market *market, const char *names,
                      const char *symbols, struct buf *out, struct err *err);
/* Opens an object with one quote, and what was dropped of that symbol, without
 * its end. ERR_MISSING: there is none, or it may not be seen. */
int market_open_quote(struct market *market, const char *names,
                      const char *symbol, struct buf *out, struct err *err);
/* The bars of the last minutes as elements of an array, span seconds each.
 * ERR_MISSING. */
int market_put_bars(struct market *market, const char *names,
                    const char *symbol, int span, int minutes, struct buf *out,
                    struct err *err);

/* Sessions */

enum market_kind { MARKET_QUOTES = 1 << 0, MARKET_TRADES = 1 << 1 };

/* names: copied. NULL: no memory. */
struct market_session *market_session_new(struct market *market, void *socket,
                                          const char *names);
void market_session_free(struct market_session *session); /* NULL is fine */
void *market_session_socket(const struct market_session *session);

struct market_want {
    const char *const *names; /* symbols and prefixes */
    size_t count;
    int max_rate;   /* 0: as it is */
    unsigned kinds; /* of enum market_kind; 0: as they are */
    /* The first time trades are wanted: those behind it come first. */
    const struct market_at *after;
};
/* All of it, or -1 and nothing: ERR_INVALID names the element; ERR_FORBIDDEN: a
 * symbol that may not be seen; ERR_TOO_LARGE: too many; ERR_NOMEM. Appends
 * those symbols that have no quote yet to unknown, as elements of an array. */
int market_follow(struct market_session *session,
                  const struct market_want *want, struct buf *unknown,
                  struct err *err);
/* names as they were wanted; count 0: all. */
void market_unfollow(struct market_session *session, const char *const *names,
                     size_t count);
size_t market_session_symbols(const struct market_session *session);
/* It follows neither a symbol nor a prefix. */
bool market_session_is_empty(const struct market_session *session);
int market_session_rate(const struct market_session *session);
/* Whether trades have been wanted before. */
bool market_session_has_trades(const struct market_session *session);

/* The next session to be given something; NULL: none. It is not named again
 * before its frames have been asked for, and there is more. */
struct market_session *market_next_session(struct market *market,
                                           int64_t mono_us);
/* When to ask next; -1: when wake() is called. */
int64_t market_next_us(const struct market *market, int64_t mono_us);
/* Whether it was named, and what it was named for has not all been given. */
bool market_session_is_due(const struct market_session *session);
/* The next frame of a session that is due, of about max bytes at most, appended
 * to out. 1; 0: nothing is left; -1: no memory. What is made counts as given.
 */
int market_session_frame(struct market_session *session, size_t max,
                         int64_t mono_us, struct buf *out);
