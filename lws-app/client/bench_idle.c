#include "base/clock.h"
#include "base/mem.h"
#include "client/crowd.h"
#include "client/program.h"
#include "client/tokens.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/banned.h"

/* Sockets that are subscribed and hear nothing. */
struct idle {
    struct program *program;
    struct crowd *crowd;
    struct tokens tokens;
    bool is_over;
};

static int read_tokens(struct idle *idle)
{
    const char *path = program_flag(idle->program, "--tokens");

    if (!path)
        return program_connect(idle->program);
    return tokens_read(&idle->tokens, path);
}

static void on_time(uv_timer_t *timer)
{
    struct idle *idle = timer->data;

    idle->is_over = true;
}

static int hold(struct idle *idle, size_t count, long hold_s, double seconds)
{
    uv_timer_t timer;

    if (idle->program->is_json)
        printf("{\"subscribed\":%zu,\"seconds\":%.3f}\n", count, seconds);
    else
        printf("subscribed %zu   seconds %.3f\n", count, seconds);
    fflush(stdout);
    uv_timer_init(link_loop(idle->program->link), &timer);
    timer.data = idle;
    uv_timer_start(&timer, on_time, (uint64_t)hold_s * 1000, 0);
    link_wait(idle->program->link, &idle->is_over);
    if (!crowd_lost(idle->crowd))
        return EXIT_OK;
    fprintf(stderr, "lws-app-client: %zu sockets were closed\n",
            crowd_lost(idle->crowd));
    return EXIT_UNREACHED;
}

static int run(struct idle *idle, size_t count, long hold_s)
{
    int64_t begun_us = clock_mono_us();
    struct err err = ERR_INIT;

    if (crowd_gather(idle->crowd, &err) < 0) {
        fprintf(stderr, "lws-app-client: %s\n", err.text);
        return EXIT_UNREACHED;
    }
    return hold(idle, count, hold_s,
                (double)(clock_mono_us() - begun_us) / 1e6);
}

int program_bench_idle(struct program *program)
{
    struct idle idle = {.program = program};
    const struct crowd_hooks hooks = {.frame = NULL};
    struct crowd_options options = {.count = 0};
    struct err err = ERR_INIT;
    long count = program_number(program, "--sockets", 1000, 1, CROWD_MAX);
    long hold_s = program_number(program, "--hold", 10, 1, 86400);
    int rc;

    if (count < 0 || hold_s < 0)
        return EXIT_USAGE;
    rc = read_tokens(&idle);
    options.count = (size_t)count;
    options.tokens = idle.tokens.list;
    options.token_count = idle.tokens.count;
    options.is_plain = program_flag(program, "--plain");
    if (rc == EXIT_OK &&
        crowd_new(&idle.crowd, program->link, &options, &hooks, &err) < 0)
        rc = EXIT_UNREACHED;
    if (rc == EXIT_OK)
        rc = run(&idle, options.count, hold_s);
    /* Its sockets end with the link. */
    link_close(program->link);
    program->link = NULL;
    crowd_free(idle.crowd);
    tokens_release(&idle.tokens);
    return rc;
}
