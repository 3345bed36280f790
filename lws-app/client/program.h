#pragma once
#include "base/json.h"
#include "client/link.h"
/*
 * What the commands of lws-app-client share: their arguments, the login, and
 * how an answer is shown.
 */
enum {
    EXIT_OK = 0,
    EXIT_REFUSED = 1, /* the server said no */
    EXIT_USAGE = 2,
    EXIT_UNREACHED = 3, /* no answer */
};

struct program {
    int argc; /* the words behind the program's name */
    char **argv;
    struct link *link;
    bool is_json;
};

typedef int program_fn(struct program *program);
program_fn program_login, program_order_add, program_order_set,
    program_order_rm, program_order_ls, program_watch, program_bench_latency,
    program_bench_fanout, program_bench_idle, program_bench_market,
    program_bench_views;

/* The value of --name; NULL when not given. */
const char *program_flag(const struct program *program, const char *name);
/* The i-th word that is neither a flag nor a flag's value (0: the first). */
const char *program_word(const struct program *program, int i);
int program_usage(const char *text); /* says it; EXIT_USAGE */
/* A whole number from min to max, or fallback when not given; -1 after saying
 * what is wrong. */
long program_number(const struct program *program, const char *name,
                    long fallback, long min, long max);
/* Opens the link and sees to a token: one that is given, or a login by
 * password. EXIT_OK or what to exit with. */
int program_connect(struct program *program);
/* The token of --token or LWSAPP_TOKEN, or in the file of --token-file or
 * LWSAPP_TOKEN_FILE. 1: there is one; 0: none; -1 after saying what is wrong.
 */
#define PROGRAM_TOKEN_MAX 4096 /* more than link_set_token() takes */
int program_given_token(const struct program *program, char *token, size_t max);
/* POST /api/token/; the answer is the caller's. */
int program_fetch_token(struct program *program, struct link_answer *answer);
/* Sends a request and judges the answer: EXIT_OK for 2xx, else says the
 * problem. *tree: the answer's JSON, the caller's; NULL where it has none. */
int program_ask(struct program *program, const char *method, const char *path,
                const struct buf *body, cJSON **tree);
/* Whole numbers are exact in a double up to here. */
#define PROGRAM_WHOLE_MAX INT64_C(9007199254740992)
/* A whole number from 0 up; false for what else a server sends. */
bool program_whole(const cJSON *item, int64_t *number);
/* One order as a line for people; the JSON of anything. */
void program_show_order(const cJSON *order);
void program_show_json(const cJSON *tree);
