#include "base/mem.h"
#include "fanout/relay_private.h"
#include "target.h"

#include "base/banned.h"

#define EPOCH "0123456789abcdef0123456789abcdef"

struct seen {
    const char *prefix;
    size_t events;
    size_t controls;
};

static size_t lines_in(const char *bytes, size_t len)
{
    size_t count = 0;

    for (size_t i = 0; i < len; i++)
        count += bytes[i] == '\n';
    return count;
}

/* What one daemon sends, every other takes. */
static int take(void *arg, const char *channel, const char *bytes, size_t len)
{
    struct seen *seen = arg;
    const char *word = channel + strlen(seen->prefix);

    must(relay_message_is_sound(seen->prefix, channel, bytes, len));
    if (!strcmp(word, "control"))
        seen->controls += lines_in(bytes, len);
    else if (!strcmp(word, "all"))
        seen->events += lines_in(bytes, len);
    return 0;
}

/* The first line is a channel's name, the rest what came on it; that is then
 * sent on as an outbox, of which no line may be lost. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *channel = target_line(&data, &size);
    char *body = target_text(data, size);
    char *prefix = relay_prefix(EPOCH);
    struct seen seen = {.prefix = prefix};
    struct err err = ERR_INIT;

    must(prefix != NULL);
    if (channel && relay_message_is_sound(prefix, channel, body, size)) {
        must(size > 0 && body[size - 1] == '\n');
        must(!strncmp(channel, prefix, strlen(prefix)));
    }
    if (relay_split(EPOCH, body, size, take, &seen, &err) == 0)
        must(seen.events + seen.controls == lines_in(body, size));
    else
        must(err.code == ERR_INTERNAL);
    mem_free(prefix);
    free(channel);
    free(body);
    return 0;
}
