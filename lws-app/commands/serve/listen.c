#include "commands/serve/listen.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/banned.h"

#define UNIX_PREFIX "unix:"
#define BACKLOG 1024
/* A daemon that was just killed may still hold the port for a moment. */
#define TAKEN_TRIES 25
#define TAKEN_WAIT_NS 20000000

static int split(const char *text, char *host, size_t max, int *port,
                 struct err *err)
{
    const char *colon = strrchr(text, ':');
    const char *start = text;
    char *end;
    long number;
    size_t len;

    if (!colon)
        return err_field(err, "listen", "must be HOST:PORT, not %s", text);
    number = strtol(colon + 1, &end, 10);
    len = (size_t)(colon - text);
    if (!colon[1] || *end || number < 0 || number > 65535)
        return err_field(err, "listen", "has no port from 0 to 65535: %s",
                         text);
    if (*start == '[' && len > 1 && text[len - 1] == ']') {
        start++;
        len -= 2;
    }
    if (!len || len >= max)
        return err_field(err, "listen", "has no host: %s", text);
    snprintf(host, max, "%.*s", (int)len, start);
    *port = (int)number;
    return 0;
}

static void set_port(struct sockaddr *address, int port)
{
    if (address->sa_family == AF_INET6)
        ((struct sockaddr_in6 *)(void *)address)->sin6_port =
            htons((uint16_t)port);
    else
        ((struct sockaddr_in *)(void *)address)->sin_port =
            htons((uint16_t)port);
}

static int port_of(int fd)
{
    union {
        struct sockaddr_in6 v6;
        struct sockaddr_in v4;
        struct sockaddr any;
    } address = {.v6 = {.sin6_family = AF_UNSPEC}};
    socklen_t len = sizeof(address);

    if (getsockname(fd, &address.any, &len) < 0)
        return 0;
    return ntohs(address.any.sa_family == AF_INET6 ? address.v6.sin6_port
                                                   : address.v4.sin_port);
}

static bool is_loopback(const struct sockaddr *address)
{
    if (address->sa_family == AF_INET6)
        return IN6_IS_ADDR_LOOPBACK(
            &((const struct sockaddr_in6 *)(const void *)address)->sin6_addr);
    return (ntohl(((const struct sockaddr_in *)(const void *)address)
                      ->sin_addr.s_addr) >>
            24) == 127;
}

/* shared: for SO_REUSEPORT, which would also let a second daemon in; so the
 * port is first tried without. */
static int bind_one(const struct addrinfo *info, int port, bool shared)
{
    struct sockaddr_storage address;
    int one = 1;
    int fd =
        socket(info->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

    if (fd < 0)
        return -1;
    memcpy(&address, info->ai_addr, info->ai_addrlen);
    set_port((struct sockaddr *)&address, port);
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
    if (shared)
        setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &one, sizeof(one));
    if (info->ai_family == AF_INET6)
        setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &one, sizeof(one));
    if (bind(fd, (struct sockaddr *)&address, info->ai_addrlen) < 0 ||
        (shared && listen(fd, BACKLOG) < 0)) {
        int saved = errno;

        close(fd);
        errno = saved;
        return -1;
    }
    return fd;
}

static int find_port(const struct addrinfo *info, int port, const char *text,
                     struct err *err)
{
    const struct timespec pause = {.tv_nsec = TAKEN_WAIT_NS};
    int fd = -1;

    for (int i = 0; i < TAKEN_TRIES; i++) {
        fd = bind_one(info, port, false);
        if (fd >= 0 || errno != EADDRINUSE)
            break;
        nanosleep(&pause, NULL);
    }
    if (fd < 0)
        return err_field(err, "listen", "can't listen on %s: %s", text,
                         strerror(errno));
    port = port_of(fd);
    close(fd);
    return port;
}

static int open_worker(struct app_listen *listen, const struct addrinfo *infos,
                       int port, const char *host, const char *text,
                       struct err *err)
{
    snprintf(listen->address, sizeof(listen->address), "%s", host);
    listen->port = port;
    for (const struct addrinfo *info = infos; info; info = info->ai_next) {
        int fd;

        if (listen->fd_count == sizeof(listen->fds) / sizeof(listen->fds[0]))
            break;
        fd = bind_one(info, port, true);
        if (fd >= 0)
            listen->fds[listen->fd_count++] = fd;
        else if (info == infos)
            return err_field(err, "listen", "can't listen on %s: %s", text,
                             strerror(errno));
    }
    return 0;
}

/* For the workers as for all that is shared by them. */
static int open_shared(struct listeners *listeners, int workers,
                       struct err *err)
{
    listeners->metrics = metrics_map((size_t)workers);
    listeners->roster = roster_map((size_t)workers);
    listeners->view_list = view_list_map((size_t)workers);
    if (!listeners->metrics || !listeners->roster || !listeners->view_list)
        return err_set(err, ERR_NOMEM, "no memory for metrics");
    for (size_t i = 0; i < (size_t)workers; i++) {
        listeners->of[i].metrics = listeners->metrics;
        listeners->of[i].metrics_count = (size_t)workers;
        listeners->of[i].roster = listeners->roster;
        listeners->of[i].view_list = listeners->view_list;
        listeners->of[i].worker = i;
    }
    return 0;
}

static int refuse_path(const char *path, const char *why, struct err *err)
{
    return err_field(err, "listen", "%s: unix:%s", why, path);
}

/* One that was left behind: nobody answers. Whatever else is there stays. */
static int remove_stale(const struct sockaddr_un *address, struct err *err)
{
    struct stat found;
    int fd;
    int rc;

    if (lstat(address->sun_path, &found) < 0)
        return 0;
    if (!S_ISSOCK(found.st_mode))
        return refuse_path(address->sun_path, "there is a file", err);
    fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    rc = connect(fd, (const struct sockaddr *)address, sizeof(*address));
    if (rc < 0 && errno == ECONNREFUSED)
        rc = unlink(address->sun_path) < 0 ? -1 : 1;
    if (fd >= 0)
        close(fd);
    if (rc == 1)
        return 0;
    return refuse_path(address->sun_path,
                       rc == 0 || errno == EAGAIN
                           ? "another process is serving there"
                           : strerror(errno),
                       err);
}

/* Of mode 0660 from the first moment on. */
static int bind_path(const struct sockaddr_un *address)
{
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    mode_t before = umask(0117);
    int rc = fd < 0
                 ? -1
                 : bind(fd, (const struct sockaddr *)address, sizeof(*address));

    umask(before);
    if (rc == 0 && listen(fd, BACKLOG) == 0)
        return fd;
    if (fd >= 0)
        close(fd);
    return -1;
}

/* One socket, which all workers accept from. */
static int open_path(struct listeners *listeners, const char *path, int workers,
                     struct err *err)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd;

    if (!*path || strlen(path) >= sizeof(address.sun_path))
        return refuse_path(path, *path ? "the path is too long" : "no path",
                           err);
    memcpy(address.sun_path, path, strlen(path) + 1);
    if (remove_stale(&address, err) < 0)
        return -1;
    fd = bind_path(&address);
    if (fd < 0)
        return refuse_path(path, strerror(errno), err);
    memcpy(listeners->path, address.sun_path, sizeof(listeners->path));
    listeners->opener = getpid();
    for (int i = 0; i < workers; i++) {
        struct app_listen *listen = &listeners->of[i];

        snprintf(listen->address, sizeof(listen->address), "localhost");
        listen->fds[0] = i ? fcntl(fd, F_DUPFD_CLOEXEC, 0) : fd;
        if (listen->fds[0] < 0)
            return refuse_path(path, strerror(errno), err);
        listen->fd_count = 1;
        listeners->count++;
    }
    return 0;
}

static int open_port(struct listeners *listeners, const char *text, int workers,
                     struct err *err)
{
    const struct addrinfo hints = {.ai_socktype = SOCK_STREAM,
                                   .ai_flags = AI_PASSIVE};
    struct addrinfo *infos = NULL;
    char host[256];
    int port = 0;
    int rc;

    if (split(text, host, sizeof(host), &port, err) < 0)
        return -1;
    rc = getaddrinfo(host, NULL, &hints, &infos);
    if (rc != 0)
        return err_field(err, "listen", "no such host: %s (%s)", host,
                         gai_strerror(rc));
    rc = port = find_port(infos, port, text, err);
    for (const struct addrinfo *info = infos; info; info = info->ai_next) {
        if (!is_loopback(info->ai_addr))
            listeners->beyond_loopback = true;
    }
    for (int i = 0; i < workers && rc >= 0; i++) {
        rc = open_worker(&listeners->of[i], infos, port, host, text, err);
        listeners->count++;
    }
    freeaddrinfo(infos);
    return rc < 0 ? -1 : 0;
}

int listeners_open(struct listeners *listeners, const char *text, int workers,
                   struct err *err)
{
    bool is_path = !strncmp(text, UNIX_PREFIX, sizeof(UNIX_PREFIX) - 1);
    int rc;

    memset(listeners, 0, sizeof(*listeners));
    rc = open_shared(listeners, workers, err);
    if (rc == 0)
        rc = is_path ? open_path(listeners, text + sizeof(UNIX_PREFIX) - 1,
                                 workers, err)
                     : open_port(listeners, text, workers, err);
    if (rc < 0)
        listeners_close(listeners);
    return rc;
}

void listeners_set_tls(struct listeners *listeners, struct tls_pair *tls)
{
    tls_pair_free(listeners->tls);
    listeners->tls = tls;
    for (size_t i = 0; i < listeners->count; i++)
        listeners->of[i].tls = tls;
}

void listeners_close(struct listeners *listeners)
{
    for (size_t i = 0; i < listeners->count; i++) {
        for (size_t k = 0; k < listeners->of[i].fd_count; k++)
            close(listeners->of[i].fds[k]);
    }
    if (*listeners->path && listeners->opener == getpid())
        unlink(listeners->path);
    metrics_unmap(listeners->metrics, listeners->of[0].metrics_count);
    roster_unmap(listeners->roster);
    view_list_unmap(listeners->view_list);
    listeners_set_tls(listeners, NULL);
    listeners->metrics = NULL;
    listeners->roster = NULL;
    listeners->view_list = NULL;
    listeners->count = 0;
}
