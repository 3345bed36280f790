#include "base/log.h"
#include "base/clock.h"
#include "base/log_queue.h"
#include "base/utf8.h"

#include <errno.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/banned.h"

static const char *const level_names[] = {"error", "warn", "info", "debug"};
static _Atomic int level_now = LOG_INFO;

void log_set_level(enum log_level level)
{
    atomic_store_explicit(&level_now, (int)level, memory_order_relaxed);
}

bool log_is_on(enum log_level level)
{
    return (int)level <= atomic_load_explicit(&level_now, memory_order_relaxed);
}

int log_level_parse(const char *name, enum log_level *level)
{
    for (size_t i = 0; i < sizeof(level_names) / sizeof(level_names[0]); i++) {
        if (strcmp(name, level_names[i]) == 0) {
            *level = (enum log_level)i;
            return 0;
        }
    }
    return -1;
}

#define PACE_US CLOCK_S

bool log_is_due(struct log_pace *pace, uint64_t *left_out)
{
    int64_t now = clock_mono_us();
    int64_t said = atomic_load(&pace->said_us);

    if ((said && now - said < PACE_US) ||
        !atomic_compare_exchange_strong(&pace->said_us, &said, now)) {
        atomic_fetch_add(&pace->left_out, 1);
        return false;
    }
    *left_out = atomic_exchange(&pace->left_out, 0);
    return true;
}

struct line {
    char bytes[LOG_LINE_MAX];
    size_t len;
    bool is_full;
};

/* Keeps room for the mark of a cut line and the newline. */
static void line_put(struct line *line, const char *bytes, size_t len)
{
    if (line->is_full || len > sizeof(line->bytes) - 4 - line->len) {
        line->is_full = true;
        return;
    }
    memcpy(line->bytes + line->len, bytes, len);
    line->len += len;
}

static void line_put_text(struct line *line, const char *text)
{
    line_put(line, text, strlen(text));
}

static void line_put_escaped(struct line *line, const char *text, size_t len)
{
    size_t at = 0;

    while (at < len && !line->is_full) {
        uint32_t point = 0;
        size_t n = utf8_char(text + at, len - at, &point);
        bool is_control = point < 0x20 || (point >= 0x7F && point < 0xA0);
        char escape[12];
        int escape_len;

        if (n > 0 && !is_control) {
            line_put(line, text + at, n);
        } else {
            escape_len = point == '\n'
                             ? snprintf(escape, sizeof(escape), "\\n")
                             : snprintf(escape, sizeof(escape), "\\x%02x",
                                        n > 0 ? (unsigned)point
                                              : (unsigned char)text[at]);
            line_put(line, escape, (size_t)escape_len);
        }
        at += n > 0 ? n : 1;
    }
}

static void line_end(struct line *line)
{
    if (line->is_full) {
        memcpy(line->bytes + line->len, "...", 3);
        line->len += 3;
    }
    line->bytes[line->len++] = '\n';
}

const char *log_quoted(char out[LOG_QUOTED_MAX], const char *text)
{
    size_t len = 0;

    out[len++] = '"';
    for (; *text && len < LOG_QUOTED_MAX - 3; text++) {
        if (*text == '"' || *text == '\\')
            out[len++] = '\\';
        out[len++] = *text;
    }
    out[len++] = '"';
    out[len] = '\0';
    return out;
}

static void line_make(struct line *line, enum log_level level,
                      const char *event, const char *text)
{
    char time_text[CLOCK_TEXT_MAX];

    line->len = 0;
    line->is_full = false;
    line_put(line, time_text, clock_format(clock_now_us(), time_text));
    line_put_text(line, " ");
    line_put_text(line, level_names[level]);
    line_put_text(line, " ");
    line_put_escaped(line, event, strlen(event));
    if (*text) {
        line_put_text(line, " ");
        line_put_escaped(line, text, strlen(text));
    }
    line_end(line);
}

size_t log_queue_tell(char *out, size_t max, long long lines)
{
    struct line line;
    char text[64];

    snprintf(text, sizeof(text), "text=\"%lld lines were dropped\"", lines);
    line_make(&line, LOG_WARN, "log.dropped", text);
    if (line.len > max)
        return 0;
    memcpy(out, line.bytes, line.len);
    return line.len;
}

void log_write(enum log_level level, const char *event, const char *fmt, ...)
{
    int saved_errno = errno;
    struct line line;
    char text[LOG_LINE_MAX];
    va_list args;
    ssize_t written;

    if (!log_is_on(level))
        return;
    va_start(args, fmt);
    if (vsnprintf(text, sizeof(text), fmt, args) < 0)
        text[0] = '\0';
    va_end(args);
    line_make(&line, level, event, text);
    if (!log_queue_put(line.bytes, line.len)) {
        do
            written = write(STDERR_FILENO, line.bytes, line.len);
        while (written < 0 && errno == EINTR);
    }
    errno = saved_errno;
}
