#include "base/buf.h"
#include "base/text.h"
#include "model/log/control.h"
#include "model/log/event.h"
#include "target.h"
#include <string.h>

#include "base/banned.h"

static void check_event(struct buf *out, const struct event *event,
                        const char *line, const char *next)
{
    must(event->id > 0 && event->owner > 0 && event->position > 0);
    must(event->time_us >= 0 && event->order_id == 0);
    must(event->body >= line && event->body + event->body_len == next - 1);
    must(utf8_is_valid(event->body, event->body_len));
    event_encode(out, event);
}

static void check_control(struct buf *out, const struct control *control)
{
    must(control->id > 0 && control->user > 0);
    must(control->which >= 0 && control->time_us >= 0);
    control_encode(out, control);
}

/* A message is read line by line until one can't be; each line that is read is
 * written back as the same bytes. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *cursor = (const char *)data;
    const char *end = cursor + size;
    const char *line = cursor;
    struct control control;
    struct event event;
    struct buf out;
    int is_event = 1;
    int is_control = 0;

    buf_init(&out, size + 1);
    while (cursor < end && (is_event == 1 || is_control == 1)) {
        line = cursor;
        buf_clear(&out);
        is_event = event_decode(&cursor, end, &event);
        is_control = is_event == 1 ? 0 : control_decode(&cursor, end, &control);
        if (is_event == 1)
            check_event(&out, &event, line, cursor);
        else if (is_control == 1)
            check_control(&out, &control);
        must(out.len == (size_t)(cursor - line));
        must(out.len == 0 || !memcmp(out.data, line, out.len));
    }
    buf_release(&out);
    return 0;
}
