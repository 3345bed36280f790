#pragma once
#include <hiredis/hiredis.h>
#include <sys/types.h>
/*
 * A redis-server of one test's own, in a folder of its own.
 */
struct server {
    char dir[64];
    char unix_url[128];
    char tcp_url[64];
    int port; /* 0: socket only */
    const char *password;
    pid_t pid; /* 0: not running */
    int log;
};

void server_init(struct server *server);    /* a folder, nothing running */
void server_use_tcp(struct server *server); /* before server_start() */
void server_start(struct server *server);   /* returns once it accepts */
void server_kill(struct server *server);    /* -9 */
void server_suspend(struct server *server); /* until it stands still */
void server_resume(struct server *server);
void server_release(struct server *server);
/* A command for the running server (hiredis' format), by a connection of its
 * own; an error fails the test. The reply is the caller's. */
redisReply *server_ask(const struct server *server, const char *format, ...);
void server_tell(const struct server *server, const char *command);
