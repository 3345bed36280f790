#pragma once
#include "base/mem.h"
#include "fanout/market.h"
#include "fanout/market_bars.h"
#include "fanout/pace.h"

/* Short of memory it is told, and not ended. */
#define HASH_NONFATAL_OOM 1
#define uthash_malloc(size) mem_alloc(size)
#define uthash_free(memory, size) mem_free(memory)
#include <uthash.h>
/*
 * The inside of the market. A node is one symbol of one session. Where quotes
 * are wanted it stands in one of three lists: clean (the quote's: nothing newer
 * than what was given), fresh (the session's: no quote was given yet), dirty
 * (the session's: something newer). A tick moves the clean ones to their
 * sessions, once; further ticks touch nobody.
 */
#define MARKET_ENDED 4 /* sessions of a feed that are remembered */

enum node_list {
    NODE_NOWHERE,
    NODE_STAGED, /* by a command that may yet fail */
    NODE_CLEAN,
    NODE_FRESH,
    NODE_DIRTY,
};

/* The trades of one symbol, for one session: in the quote's list while there is
 * nothing for it, in the session's otherwise. */
struct trade_node {
    struct trade_node *next, *prev;
    struct market_session *session;
    struct market_quote *quote;
    uint64_t place; /* of the first one to be given; 0: none */
    uint64_t number;
    struct market_at at;
};

struct market_node {
    struct market_node *next, *prev;
    struct market_session *session;
    struct market_quote *quote;
    struct trade_node *trades; /* NULL: they are not wanted */
    uint64_t sent;             /* accepted when a quote was last given */
    uint8_t list;
    bool is_named;       /* by itself, not only by a prefix */
    bool is_staged_name; /* it will be, if the command does not fail */
};

/* One that was removed, to be told to whoever keeps what is saved. */
struct market_gone {
    struct market_gone *next, *prev;
    bool is_saved;
    size_t len;
    char symbol[];
};

struct market_quote {
    UT_hash_handle hh;
    struct market_quote *next_husk; /* removed, with trades that are kept */
    bool is_husk;
    struct market *market;
    struct market_node *clean;
    struct trade_node *clean_trades;
    struct market_chain chain;
    struct market_bars *bars;
    size_t followers;    /* nodes */
    uint64_t mark;       /* of the last answer that it is in */
    uint64_t accepted;   /* 0: there is no quote, only followers */
    struct buf text;     /* as JSON, without its last brace */
    struct market_at at; /* of the last line taken */
    int64_t heard_ms;    /* when that was, UTC */
    bool is_saved;
    bool is_stale_text;
    bool has_seq;
    uint32_t given; /* which numbers there are */
    int64_t numbers[TICK_NUMBERS];
    enum tick_status status;
    int64_t seq;
    int64_t time_us;
    int64_t dropped[MARKET_VERDICTS];
    int64_t gaps, crossed;
    uint64_t ended[MARKET_ENDED]; /* hashes of sessions that have ended */
    unsigned ended_at;
    size_t session_len;
    char session[TICK_SESSION_MAX];
    size_t symbol_len;
    char symbol[];
};

/* A prefix that a session follows. */
struct market_prefix {
    struct market_prefix *next;
    bool is_staged;
    bool is_full; /* a symbol was left out: to be told */
    bool was_told;
    size_t len; /* with its '*' */
    char text[];
};

struct market_session {
    struct market_session *next, *prev; /* of all */
    struct market_session *next_urgent, *prev_urgent;
    struct market *market;
    void *socket;
    struct pace_member pace;
    struct market_node *staged, *fresh, *dirty;
    struct trade_node *trades;  /* that have something to be given */
    struct market_node **nodes; /* a hash table of them, by their quote */
    size_t node_cap;            /* a power of two, or 0 */
    size_t node_count;
    size_t dirty_count;
    size_t round_left;  /* quotes still to be given in this round */
    uint64_t round_end; /* and trades up to this number */
    struct market_prefix *prefixes;
    size_t prefix_count;
    unsigned kinds;
    bool had_trades;
    bool is_due;    /* a round is open */
    bool is_urgent; /* in the market's list, or taken from it */
    bool in_urgent; /* in the list */
    bool says_feed; /* the feed's state, to be said */
    struct {
        bool is_there;
        struct market_at from, to;
        uint64_t missed;
    } gap; /* to be said */
    char names[];
};

struct market {
    struct market_settings settings;
    struct market_quote *quotes;  /* by their symbol */
    struct market_quote **sorted; /* those that have a quote */
    size_t sorted_count, sorted_cap;
    size_t unsaved_from; /* those before it in that order are saved */
    struct market_trades *trades;
    struct market_quote *husks;
    struct market_gone *gone; /* the newest of them, oldest first */
    size_t gone_count;
    size_t old_from; /* in that order; where to look for old ones next */
    struct market_session *sessions;
    struct market_session *urgent;
    struct pace pace;
    struct market_at at;
    enum market_state feed;
    int64_t feed_since_us; /* UTC */
    int64_t heard_us;      /* monotonic; of the last line */
    int64_t mono_us;       /* the monotonic clock, as last told */
    uint64_t mark;         /* of the last answer */
    int64_t tick_us;       /* UTC; the latest time of a line taken; 0: none */
    uint64_t trade_count;
    struct market_stats stats;
    struct trade_node *heap[MARKET_SESSION_SYMBOLS];
    struct buf scratch;
};

/* market.c */
/* "feed":..,"since":.. */
void market_put_state(const struct market *market, struct buf *out);

void market_set_feed(struct market *market, enum market_state feed);
int market_bear(struct market_quote *quote);
void market_apply(struct market_quote *quote, const struct tick *tick);

/* market_table.c */
struct market_quote *market_table_find(const struct market *market,
                                       const char *symbol, size_t len);
/* Made where there is none. NULL: no memory. */
struct market_quote *market_table_get(struct market *market, const char *symbol,
                                      size_t len);
/* Gives it its place in the order of symbols: it has a quote from now on. */
int market_table_list(struct market *market, struct market_quote *quote);
/* The first in that order not before a prefix. */
size_t market_table_lower(const struct market *market, const char *prefix,
                          size_t len);
/* Takes it out of that order. */
void market_table_unlist(struct market *market, struct market_quote *quote);
/* Gone if it has neither a quote nor followers. */
void market_table_settle(struct market *market, struct market_quote *quote);
void market_table_free(struct market *market);

/* market_remove.c */
enum market_verdict market_remove(struct market *market,
                                  const struct tick *tick);
/* The next that is gone and was not saved as such; NULL: none. */
struct market_gone *market_gone_next(struct market *market);
/* It is there again. */
void market_gone_forget(struct market *market, const char *symbol, size_t len);
void market_gone_free(struct market *market);

/* market_quote.c */
/* Its JSON, without the last brace; NULL: no memory. */
const struct buf *market_quote_text(struct market_quote *quote);

/* market_session.c */
struct market_node *market_session_find(const struct market_session *session,
                                        const struct market_quote *quote);
/* Of one that it does not follow. NULL: no memory. */
struct market_node *market_session_add(struct market_session *session,
                                       struct market_quote *quote);
/* Frees the node; others may change their place in the table. */
void market_session_remove(struct market_session *session,
                           struct market_node *node);
bool market_session_may_see(const struct market_session *session,
                            const struct market_quote *quote);
/* By a prefix. */
bool market_session_is_followed(const struct market_session *session,
                                const struct market_quote *quote);
/* Told of a symbol that has no quote yet, before it gets one. */
void market_session_birth(struct market_session *session,
                          struct market_quote *quote);
void market_session_urgent(struct market_session *session);
void market_session_leave_urgent(struct market_session *session); /* the list */
void market_session_ask(struct market_session *session);

/* market_node.c */
/* NULL: no memory. */
struct market_node *market_node_new(struct market_session *session,
                                    struct market_quote *quote);
void market_node_free(
    struct market_node *node); /* out of its session's table */
void market_node_move(struct market_node *node, enum node_list list);
int market_node_make_trades(struct market_node *node); /* -1: no memory */
/* What is wanted of it. -1: no memory, for trades that it had not before. */
int market_node_set_kinds(struct market_node *node, unsigned kinds);
/* Something new: its followers are to be given it. */
void market_quote_wake(struct market_quote *quote);
void market_quote_wake_trades(struct market_quote *quote, uint64_t place);
void market_trade_node_set(struct trade_node *node, uint64_t place);

static inline struct market_quote *
market_quote_of_chain(struct market_chain *chain)
{
    return (struct market_quote *)((char *)chain -
                                   offsetof(struct market_quote, chain));
}
