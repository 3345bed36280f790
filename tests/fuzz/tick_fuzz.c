#include "base/json_scan.h"
#include "base/tick.h"
#include "base/utf8.h"
#include "target.h"

#include <string.h>

#include "base/banned.h"

static void check_texts(const struct tick *tick)
{
    must(tick->is_heartbeat == (tick->symbol_len == 0));
    must(tick->symbol_len < sizeof(tick->symbol));
    must(tick->symbol[tick->symbol_len] == '\0');
    must(strlen(tick->symbol) == tick->symbol_len);
    must(utf8_is_valid(tick->symbol, tick->symbol_len));
    must(utf8_count(tick->symbol, tick->symbol_len) <= TICK_SYMBOL_CHARS);
    must(strlen(tick->session) == tick->session_len);
    must(strlen(tick->removed) < sizeof(tick->removed));
    must(utf8_is_valid(tick->session, tick->session_len));
    must(utf8_count(tick->session, tick->session_len) <= TICK_SESSION_CHARS);
}

/* Whatever is read is JSON to the strict scan too (numbers of more digits than
 * a double holds aside), and is the same tick once written and read again. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = target_text(data, size);
    static struct tick tick;
    static struct tick again;
    struct err err = ERR_INIT;
    struct buf once;
    struct buf twice;

    buf_init(&once, 64 * 1024);
    buf_init(&twice, 64 * 1024);
    if (tick_read_line(text, size, &tick, &err) < 0) {
        must(err.code == ERR_INVALID || err.code == ERR_MALFORMED);
        must(err.code != ERR_INVALID || err.field_count > 0);
    } else {
        must(err.code == ERR_NONE);
        check_texts(&tick);
        must(json_scan(text, size, &err) == 0 || err.code == ERR_INVALID);
        err_clear(&err);
        tick_write(&once, &tick);
        must(!once.failed && once.len < TICK_LINE_MAX * 4);
        must(!memchr(once.data, '\n', once.len));
        must(tick_read_line(once.data, once.len, &again, &err) == 0);
        tick_write(&twice, &again);
        must(once.len == twice.len && !memcmp(once.data, twice.data, once.len));
        must(tick.given == again.given && tick.cleared == again.cleared);
    }
    buf_release(&once);
    buf_release(&twice);
    free(text);
    return 0;
}
