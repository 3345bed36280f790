#include "base/mem.h"
#include "fanout/relay_private.h"
#include <stdlib.h>
#include <string.h>

#include "base/banned.h"

static const char name_head[] = "lws-app:";

char *relay_prefix(const char *epoch)
{
    struct buf name;

    buf_init(&name, CHANNEL_MAX);
    buf_put_text(&name, name_head);
    buf_put_text(&name, epoch);
    buf_put_char(&name, ':');
    if (name.failed)
        buf_release(&name);
    return buf_take(&name, &(size_t){0});
}

static int put_channel(const char *prefix, const char *word, int64_t owner,
                       struct buf *out)
{
    buf_clear(out);
    buf_put_text(out, prefix);
    buf_put_text(out, word);
    if (owner)
        buf_put_int(out, owner);
    return out->failed ? -1 : 0;
}

int relay_channel(const char *prefix, int64_t owner, struct buf *out)
{
    return put_channel(prefix, owner ? "owner:" : "all", owner, out);
}

static bool lines_are_controls(const char *at, const char *end)
{
    struct control control;
    int rc;

    do {
        rc = control_decode(&at, end, &control);
    } while (rc == 1);
    return rc == 0;
}

/* Every line is an event; all of one owner, which must be on its channel. */
static bool lines_are_events(const char *at, const char *end, bool all,
                             const char *number)
{
    char expected[24];
    struct event event;
    int64_t owner = 0;
    int rc;

    while ((rc = event_decode(&at, end, &event)) == 1) {
        if (!all && owner && event.owner != owner)
            return false;
        owner = event.owner;
    }
    if (rc < 0 || all || !owner)
        return rc == 0;
    snprintf(expected, sizeof expected, "%lld", (long long)owner);
    return strcmp(expected, number) == 0;
}

bool relay_channel_is(const char *prefix, const char *channel, const char *word)
{
    size_t len = strlen(prefix);

    return !strncmp(channel, prefix, len) && !strcmp(channel + len, word);
}

bool relay_message_is_sound(const char *prefix, const char *channel,
                            const char *bytes, size_t len)
{
    static const char owner[] = "owner:";
    size_t prefix_len = strlen(prefix);
    const char *end = bytes + len;

    if (strncmp(channel, prefix, prefix_len) != 0 || len == 0)
        return false;
    if (relay_channel_is(prefix, channel, "control"))
        return lines_are_controls(bytes, end);
    channel += prefix_len;
    if (strcmp(channel, "all") == 0)
        return lines_are_events(bytes, end, true, NULL);
    if (strncmp(channel, owner, sizeof owner - 1) == 0)
        return lines_are_events(bytes, end, false, channel + sizeof owner - 1);
    return false;
}

/* One line of an outbox; owner 0: a control entry. */
struct line {
    int64_t owner;
    const char *text;
    size_t len;
};

struct split {
    const char *prefix;
    struct line *lines;
    size_t count;
    struct buf channel;
    struct buf message;
    int (*fn)(void *arg, const char *channel, const char *bytes,
              size_t bytes_len);
    void *arg;
};

/* In the outbox's order within one owner: where a line begins says which came
 * first. */
static int line_order(const void *a, const void *b)
{
    const struct line *x = a;
    const struct line *y = b;

    if (x->owner != y->owner)
        return x->owner < y->owner ? -1 : 1;
    return (x->text > y->text) - (x->text < y->text);
}

static int split_read(struct split *split, const char *outbox, size_t len,
                      struct err *err)
{
    const char *end = outbox + len;
    const char *at = outbox;
    size_t max = 1;

    for (size_t i = 0; i < len; i++)
        max += outbox[i] == '\n';
    split->lines = mem_alloc(max * sizeof split->lines[0]);
    if (!split->lines)
        return err_set(err, ERR_NOMEM, "no memory to split an outbox");
    while (at < end) {
        struct line *line = &split->lines[split->count];
        struct control control;
        struct event event;

        *line = (struct line){.text = at};
        if (event_decode(&at, end, &event) == 1)
            line->owner = event.owner;
        else if (control_decode(&at, end, &control) != 1)
            return err_set(err, ERR_INTERNAL, "outbox line can't be read");
        line->len = (size_t)(at - line->text);
        split->count++;
    }
    return 0;
}

/* Lines [from, to) of the channel prefix + word + owner. */
static int split_send(struct split *split, size_t from, size_t to,
                      const char *word, int64_t owner, struct err *err)
{
    if (from == to)
        return 0;
    buf_clear(&split->message);
    for (size_t i = from; i < to; i++)
        buf_put(&split->message, split->lines[i].text, split->lines[i].len);
    if (put_channel(split->prefix, word, owner, &split->channel) < 0 ||
        split->message.failed)
        return err_set(err, ERR_NOMEM, "no memory for a message");
    if (split->fn(split->arg, buf_text(&split->channel), split->message.data,
                  split->message.len) < 0)
        return err_set(err, ERR_UNAVAILABLE, "a message was not taken");
    return 0;
}

/* The lines of all owners, in the order of the outbox. */
static void sort_by_place(struct split *split, size_t from)
{
    for (size_t i = from; i < split->count; i++)
        split->lines[i].owner = 1;
    qsort(split->lines + from, split->count - from, sizeof split->lines[0],
          line_order);
}

static int split_run(struct split *split, struct err *err)
{
    const struct line *lines = split->lines;
    size_t from = 0;
    size_t events;

    qsort(split->lines, split->count, sizeof split->lines[0], line_order);
    while (from < split->count && lines[from].owner == 0)
        from++;
    events = from;
    if (split_send(split, 0, events, "control", 0, err) < 0)
        return -1;
    while (from < split->count) {
        size_t to = from;

        while (to < split->count && lines[to].owner == lines[from].owner)
            to++;
        if (split_send(split, from, to, "owner:", lines[from].owner, err) < 0)
            return -1;
        from = to;
    }
    sort_by_place(split, events);
    return split_send(split, events, split->count, "all", 0, err);
}

int relay_split(const char *epoch, const char *outbox, size_t len,
                int (*fn)(void *arg, const char *channel, const char *bytes,
                          size_t bytes_len),
                void *arg, struct err *err)
{
    char *prefix = relay_prefix(epoch);
    struct split split = {.prefix = prefix, .fn = fn, .arg = arg};
    int rc = -1;

    buf_init(&split.channel, CHANNEL_MAX);
    buf_init(&split.message, len + 1);
    if (!prefix)
        err_set(err, ERR_NOMEM, "no memory for a channel name");
    else if (len == 0)
        rc = 0;
    else if (split_read(&split, outbox, len, err) == 0)
        rc = split_run(&split, err);
    buf_release(&split.message);
    buf_release(&split.channel);
    mem_free(split.lines);
    mem_free(prefix);
    return rc;
}
