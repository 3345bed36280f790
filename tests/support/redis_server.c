#include "support/redis_server.h"
#include "redis/world.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/banned.h"

void server_init(struct server *server)
{
    *server = (struct server){.log = -1};
    snprintf(server->dir, sizeof(server->dir), "/tmp/test_redis_XXXXXX");
    assert_non_null(mkdtemp(server->dir));
    snprintf(server->unix_url, sizeof(server->unix_url), "unix://%s/redis.sock",
             server->dir);
}

/* Below those that outgoing connections are given, one of which could take it
 * while the server is down. */
static bool is_free(int port)
{
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port = htons((uint16_t)port),
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    int rc;

    assert_true(fd >= 0);
    rc = bind(fd, (struct sockaddr *)&address, sizeof(address));
    close(fd);
    return rc == 0;
}

void server_use_tcp(struct server *server)
{
    uint16_t random;

    do {
        assert_int_equal(getrandom(&random, sizeof(random), 0), sizeof(random));
        server->port = 10000 + random % 22768;
    } while (!is_free(server->port));
    snprintf(server->tcp_url, sizeof(server->tcp_url), "redis://127.0.0.1:%d",
             server->port);
}

static void run_server(const struct server *server, int out)
{
    char port[16], path[128];
    const char *password = server->password ? server->password : "";

    snprintf(port, sizeof(port), "%d", server->port);
    snprintf(path, sizeof(path), "%s/redis.sock", server->dir);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    dup2(out, STDOUT_FILENO);
    dup2(out, STDERR_FILENO);
    execlp("redis-server", "redis-server", "--port", port, "--bind",
           "127.0.0.1", "--unixsocket", path, "--dir", server->dir, "--save",
           "", "--appendonly", "no", "--requirepass", password, (char *)NULL);
    _exit(127);
}

/* Reads the log until it says so. */
static void wait_ready(const struct server *server)
{
    static const char ready[] = "eady to accept connections";
    char text[65536];
    size_t len = 0;

    text[0] = '\0';
    while (!strstr(text, ready)) {
        struct pollfd pollfd = {.fd = server->log, .events = POLLIN};
        ssize_t got;

        assert_int_equal(poll(&pollfd, 1, DEADLINE_MS), 1);
        got = read(server->log, text + len, sizeof(text) - 1 - len);
        if (got <= 0)
            fail_msg("redis-server ended: %s", text);
        len += (size_t)got;
        text[len] = '\0';
    }
}

void server_start(struct server *server)
{
    int pipe_fds[2];

    assert_int_equal(pipe2(pipe_fds, O_CLOEXEC), 0);
    server->pid = fork();
    assert_true(server->pid >= 0);
    if (server->pid == 0)
        run_server(server, pipe_fds[1]);
    close(pipe_fds[1]);
    if (server->log >= 0)
        close(server->log);
    server->log = pipe_fds[0];
    wait_ready(server);
}

void server_kill(struct server *server)
{
    if (server->pid == 0)
        return;
    kill(server->pid, SIGKILL);
    waitpid(server->pid, NULL, 0);
    server->pid = 0;
}

void server_suspend(struct server *server)
{
    int status = 0;

    assert_int_equal(kill(server->pid, SIGSTOP), 0);
    assert_int_equal(waitpid(server->pid, &status, WUNTRACED), server->pid);
    assert_true(WIFSTOPPED(status));
}

void server_resume(struct server *server)
{
    assert_int_equal(kill(server->pid, SIGCONT), 0);
}

void server_release(struct server *server)
{
    char path[128];

    server_kill(server);
    if (server->log >= 0)
        close(server->log);
    snprintf(path, sizeof(path), "%s/redis.sock", server->dir);
    unlink(path);
    rmdir(server->dir);
}

redisReply *server_ask(const struct server *server, const char *format, ...)
{
    char path[128];
    redisContext *c;
    redisReply *reply;
    va_list args;

    snprintf(path, sizeof(path), "%s/redis.sock", server->dir);
    c = redisConnectUnix(path);
    assert_non_null(c);
    assert_int_equal(c->err, 0);
    if (server->password) {
        reply = redisCommand(c, "AUTH %s", server->password);
        assert_non_null(reply);
        freeReplyObject(reply);
    }
    va_start(args, format);
    reply = redisvCommand(c, format, args);
    va_end(args);
    assert_non_null(reply);
    assert_int_not_equal(reply->type, REDIS_REPLY_ERROR);
    redisFree(c);
    return reply;
}

void server_tell(const struct server *server, const char *command)
{
    freeReplyObject(server_ask(server, command));
}
