#include "commands/serve/lock.h"
#include "config.h"
#include "store/db.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/banned.h"

int lock_database(const char *database, int *fd, struct err *err)
{
    struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_len = 1};
    char path[CONFIG_TEXT_MAX + 8];

    *fd = -1;
    if (db_is_url(database))
        return 0;
    snprintf(path, sizeof(path), "%s-lock", database);
    *fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (*fd < 0)
        return err_field(err, "database", "can't open %s: %s", path,
                         strerror(errno));
    if (fcntl(*fd, F_SETLK, &lock) == 0)
        return 0;
    close(*fd);
    *fd = -1;
    return err_field(err, "database", "%s is in use by another daemon",
                     database);
}
