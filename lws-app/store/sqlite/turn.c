#include "store/sqlite/turn.h"
#include "base/mem.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/banned.h"

/* Which byte of the file stands for which lock. */
enum lock { LOCK_NEXT, LOCK_TURN };

struct turn {
    int fd; /* -1: every turn is free */
    bool is_taken;
};

static int turn_fail(const char *what, struct err *err)
{
    err_set(err, ERR_UNAVAILABLE, "%s: %s", what, strerror(errno));
    err->retry_after_s = 1;
    return -1;
}

static int open_beside(const char *database, int *fd, struct err *err)
{
    size_t size = strlen(database) + sizeof("-turn");
    char *path = mem_alloc(size);
    int rc = 0;

    if (!path)
        return err_set(err, ERR_NOMEM, "out of memory for a turn");
    snprintf(path, size, "%s-turn", database);
    *fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0644);
    if (*fd < 0)
        rc = turn_fail(path, err);
    mem_free(path);
    return rc;
}

int turn_open(struct turn **turn, const char *database, struct err *err)
{
    struct turn *opened = mem_zalloc(sizeof(*opened));
    int rc = -1;

    *turn = NULL;
    if (!opened) {
        err_set(err, ERR_NOMEM, "out of memory for a turn");
        goto out;
    }
    opened->fd = -1;
    if (strcmp(database, ":memory:") != 0 &&
        open_beside(database, &opened->fd, err) < 0)
        goto out;
    *turn = opened;
    opened = NULL;
    rc = 0;
out:
    mem_free(opened);
    return rc;
}

void turn_close(struct turn *turn)
{
    if (!turn)
        return;
    if (turn->fd >= 0)
        close(turn->fd);
    mem_free(turn);
}

/* Locks of the open file, not of the process: they hold between threads too. */
static int set_lock(const struct turn *turn, enum lock lock, short type)
{
    struct flock range = {
        .l_type = type,
        .l_whence = SEEK_SET,
        .l_start = lock,
        .l_len = 1,
    };
    int rc;

    do
        rc = fcntl(turn->fd, F_OFD_SETLKW, &range);
    while (rc < 0 && errno == EINTR);
    return rc;
}

int turn_take(struct turn *turn, struct err *err)
{
    int rc = 0;

    if (turn->is_taken || turn->fd < 0)
        return 0;
    /* Whoever comes next waits here while another waits for the turn. */
    if (set_lock(turn, LOCK_NEXT, F_WRLCK) < 0)
        return turn_fail("turn", err);
    if (set_lock(turn, LOCK_TURN, F_WRLCK) < 0)
        rc = turn_fail("turn", err);
    set_lock(turn, LOCK_NEXT, F_UNLCK);
    turn->is_taken = rc == 0;
    return rc;
}

void turn_give(struct turn *turn)
{
    if (turn->is_taken)
        set_lock(turn, LOCK_TURN, F_UNLCK);
    turn->is_taken = false;
}
