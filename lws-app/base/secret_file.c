#include "base/secret_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/banned.h"

/* Up to max bytes; -1 with errno set. */
static ssize_t read_all(int fd, char *out, size_t max)
{
    size_t len = 0;
    ssize_t got = 1;

    while (len < max && got > 0) {
        got = read(fd, out + len, max - len);
        if (got > 0)
            len += (size_t)got;
        else if (got < 0 && errno == EINTR)
            got = 1;
    }
    return got < 0 ? -1 : (ssize_t)len;
}

/* out holds len bytes and has room for a NUL. */
static int check(const char *name, char *out, size_t len, struct err *err)
{
    if (len && out[len - 1] == '\n')
        len--;
    if (len && out[len - 1] == '\r')
        len--;
    out[len] = '\0';
    if (!len)
        return err_field(err, name, "names a file that is empty");
    if (memchr(out, '\n', len) || memchr(out, '\0', len))
        return err_field(err, name, "names a file with more than one line");
    return 0;
}

int secret_file_read(const char *name, const char *path, char *out, size_t max,
                     struct err *err)
{
    /* A pipe that nobody writes to would not open. */
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    struct stat found;
    ssize_t len = -1;
    int rc = -1;

    if (fd < 0 || fstat(fd, &found) < 0)
        err_field(err, name, "can't be read: %s: %s", strerror(errno), path);
    else if (!S_ISREG(found.st_mode))
        err_field(err, name, "names something that is not a regular file: %s",
                  path);
    else if ((len = read_all(fd, out, max)) < 0)
        err_field(err, name, "can't be read: %s: %s", strerror(errno), path);
    else if ((size_t)len == max)
        err_field(err, name, "names a file of more than %zu bytes", max - 1);
    else
        rc = check(name, out, (size_t)len, err);
    if (fd >= 0)
        close(fd);
    return rc;
}

static bool is_credential(const char *path)
{
    const char *folder = getenv("CREDENTIALS_DIRECTORY");
    size_t len = folder ? strlen(folder) : 0;

    return len && !strncmp(path, folder, len) && path[len] == '/';
}

bool secret_file_is_shared(const char *path, unsigned *mode)
{
    struct stat found;

    *mode = 0;
    if (!is_credential(path) && stat(path, &found) == 0)
        *mode = found.st_mode & 07777;
    return *mode & 077;
}
