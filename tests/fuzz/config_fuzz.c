#include "config.h"
#include "target.h"

#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/banned.h"

static bool is_ended(const char *text)
{
    return memchr(text, '\0', CONFIG_TEXT_MAX) != NULL;
}

/* What the file is called when it is read; the same memory every time. */
static const char *file_of(const uint8_t *data, size_t size)
{
    static char path[64];
    static int fd = -1;

    if (fd < 0)
        fd = memfd_create("config", MFD_CLOEXEC);
    snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
    must(ftruncate(fd, 0) == 0);
    must(pwrite(fd, data, size, 0) == (ssize_t)size);
    return path;
}

/* A file of settings: all of it is taken, or a setting is named. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct config config;
    char flag[] = "--config";
    char path[64];
    char *argv[] = {flag, path, NULL};
    char *rest[4];
    size_t rest_count;
    struct err err = ERR_INIT;

    snprintf(path, sizeof(path), "%s", file_of(data, size));
    if (config_read(&config, 2, argv, NULL, rest, 4, &rest_count, &err) < 0) {
        must(err.code == ERR_INVALID && *err.text);
        return 0;
    }
    must(rest_count == 0);
    must(is_ended(config.database) && is_ended(config.redis));
    must(is_ended(config.public_url) && is_ended(config.trusted_proxy));
    must(config.workers >= 1 && config.workers <= 64);
    must(config.read_budget_ms >= 10 && config.read_budget_ms <= 600000);
    must(config.event_kept_days >= 1 && config.event_kept_days <= 36500);
    must(config.socket_silent_s >= 2 && config.socket_silent_s <= 3600);
    return 0;
}
