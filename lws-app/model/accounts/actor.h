#pragma once
#include <stdbool.h>
#include <stdint.h>
/*
 * Who acts: the user behind a request, a socket or a command, as the database
 * had it in the transaction that asked. Never kept to decide a later write.
 */
#define USERNAME_MAX 601 /* 150 characters of UTF-8, and NUL */
/* No text grows longer than 18 times its bytes by folding (U+FDFA: 11). */
#define USERNAME_FOLDED_MAX (USERNAME_MAX * 18)
/* Of a list of symbols, as base/symbols.h has it, and NUL. */
#define MARKET_SYMBOLS_MAX 513
#define ADDRESS_MAX 64 /* an IP address as text, "command", "unix" */

/* The most that one order of a user may be, as decimals; 0: no limit. */
struct order_limits {
    int64_t max_quantity;
    int64_t max_notional; /* of quantity times price, without its sign */
};

struct actor {
    int64_t user; /* 0: the program itself (a command) */
    char username[USERNAME_MAX];
    bool is_active;
    bool is_staff;
    bool is_superuser;
    bool may_add;
    bool may_change;
    bool may_delete;
    bool may_feed;    /* market data, as whoever is of staff may */
    bool is_of_staff; /* the user is, whatever a token may */
    bool has_second_factor;
    bool second_factor_required; /* of this user, by a superuser */
    struct order_limits limits;  /* of the user's own orders */
    int64_t session; /* the login it came with: one of these, or neither */
    int64_t token;
    unsigned scopes;    /* of a token (model/accounts/scopes.h); 0: no bounds */
    int64_t position;   /* of the user's own stream, as the login was read */
    int64_t expires_us; /* when that login ends; 0: never */
    /* When the password behind a session was last given; 0: not known, or a
     * token. Whether that is lately enough is the edge's to say. */
    int64_t confirmed_us;
    bool is_confirmed;
    char market_symbols[MARKET_SYMBOLS_MAX]; /* what it may see */
    char address[ADDRESS_MAX];
};
