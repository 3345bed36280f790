#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
/*
 * What went wrong, in one value that travels up to the edge, which alone logs
 * or answers. A function that can fail returns 0 or -1 and takes a
 * struct err * last, never NULL.
 * Thread: any; a struct err belongs to its caller. Never blocks.
 */
enum err_code {
    ERR_NONE,
    ERR_INVALID,         /* fields at fault, each named: 400 */
    ERR_MALFORMED,       /* the request itself can't be read: 400 */
    ERR_UNAUTHENTICATED, /* not logged in: 401 */
    ERR_SECOND_FACTOR,   /* the password was right, a code is missing: 401 */
    ERR_FORBIDDEN,       /* logged in, not allowed: 403 */
    ERR_CSRF,            /* a CSRF token that is missing or wrong: 403 */
    ERR_ORIGIN,          /* an Origin that is not ours: 403 */
    ERR_CONFIRM,         /* not before the password is given again: 403 */
    ERR_SETUP,           /* a second factor has to be set up first: 403 */
    ERR_MISSING,         /* 404 */
    ERR_METHOD,          /* 405 */
    ERR_LATE,            /* the request took too long to come: 408 */
    ERR_CONFLICT,        /* 409 */
    ERR_STALE,           /* If-Match names an older version: 412 */
    ERR_LENGTH,          /* no Content-Length: 411 */
    ERR_TOO_LARGE,       /* 413 */
    ERR_TARGET_LONG,     /* 414 */
    ERR_MEDIA_TYPE,      /* 415 */
    ERR_ENCODING,        /* a body in a content coding: 415 */
    ERR_EXPECTATION,     /* an Expect that is not 100-continue: 417 */
    ERR_MISDIRECTED,     /* a Host that is not ours: 421 */
    ERR_UPGRADE,         /* a websocket is wanted here: 426 */
    ERR_HEADERS_LARGE,   /* 431 */
    ERR_UNSUPPORTED,     /* a method or an encoding that we don't know: 501 */
    ERR_THROTTLED,       /* 429, with retry_after_s */
    ERR_UNAVAILABLE,     /* the store can't take it now: 503, retry_after_s */
    ERR_UNSURE,          /* whether it was stored can't be told: 503 */
    ERR_BUDGET,          /* a read used up its time budget: 503 */
    ERR_NOMEM,           /* 503 */
    ERR_STORE,           /* the store failed in a way we did not expect: 500 */
    ERR_INTERNAL,        /* 500 */
};

#define ERR_FIELD_MAX 16

struct err {
    enum err_code code; /* ERR_NONE until set */
    int retry_after_s;  /* 0: not said */
    size_t field_count; /* input at fault: every field is named at once */
    struct err_field {
        char name[64];
        char text[160]; /* for the person who typed it */
    } fields[ERR_FIELD_MAX];
    char text[240]; /* for the log; err_public_text() filters it */
};

#define ERR_INIT                                                               \
    {                                                                          \
        .code = ERR_NONE                                                       \
    }

/* Makes err ready for use again. */
void err_clear(struct err *err);
/* Both return -1, so that refusing is one line. err_set() replaces what was
 * there. */
int err_set(struct err *err, enum err_code code, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
/* ERR_INVALID, one more field; those beyond ERR_FIELD_MAX are left out. */
int err_field(struct err *err, const char *name, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
/* Whether this field is at fault already. */
bool err_has_field(const struct err *err, const char *name);
/* Puts prefix before the names of the fields from index first on: "1." and
 * "price" give "1.price". */
void err_prefix_fields(struct err *err, size_t first, const char *prefix);
/* What a client may be told: the text, save for the codes (store, memory,
 * internal) whose text speaks of our inside. Borrowed from err. */
const char *err_public_text(const struct err *err);
/* "invalid", "missing", ...: the code's word in logs and websocket answers. */
const char *err_code_name(enum err_code code);

/* Clang's analyzer does not look into another file: it would follow a refusal
 * that returned 0. */
#ifdef __clang_analyzer__
#define err_set(...) ((void)err_set(__VA_ARGS__), -1)
#define err_field(...) ((void)err_field(__VA_ARGS__), -1)
#endif
