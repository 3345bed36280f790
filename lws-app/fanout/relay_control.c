#include "base/log.h"
#include "fanout/relay_private.h"
#include <inttypes.h>
#include <string.h>

#include "base/banned.h"

/*
 * Control entries come from own commits and from the log; by Redis comes the
 * word that there are some, and no more: an id that somebody made up would pass
 * for one of those to come, which then would be taken for told. Each is told
 * once and in order of id: one that comes early waits, and a look is asked for,
 * which reads those before it.
 */
static void control_tell(struct relay *relay, const struct control *control)
{
    struct control copy = *control;

    relay->control.last = copy.id;
    if (relay->config.control)
        relay->config.control(relay->config.arg, &copy);
}

/* Takes the first of the waiting. */
static struct control waiting_take(struct relay_control *state)
{
    struct control first = state->waiting[0];

    state->count--;
    memmove(&state->waiting[0], &state->waiting[1],
            (size_t)state->count * sizeof state->waiting[0]);
    return first;
}

static void waiting_tell(struct relay *relay)
{
    struct relay_control *state = &relay->control;

    while (state->count > 0 && state->waiting[0].id <= state->last + 1) {
        struct control control = waiting_take(state);

        if (control.id > state->last)
            control_tell(relay, &control);
    }
}

/* One that finds no place is read from the log by the look. */
static void waiting_add(struct relay_control *state,
                        const struct control *control)
{
    int i = state->count;

    if (state->count == RELAY_CONTROLS)
        return;
    while (i > 0 && state->waiting[i - 1].id > control->id)
        i--;
    if (i > 0 && state->waiting[i - 1].id == control->id)
        return;
    memmove(&state->waiting[i + 1], &state->waiting[i],
            (size_t)(state->count - i) * sizeof state->waiting[0]);
    state->waiting[i] = *control;
    state->count++;
}

void control_take(struct relay *relay, const struct control *control)
{
    struct relay_control *state = &relay->control;

    if (state->last >= 0 && control->id <= state->last)
        return;
    if (state->last >= 0 && control->id == state->last + 1) {
        control_tell(relay, control);
        waiting_tell(relay);
        return;
    }
    waiting_add(state, control);
    relay->look_forced = true;
    relay_look(relay);
}

void control_heard(struct relay *relay, const char *lines, size_t len)
{
    const char *end = lines + len;
    struct control control;
    int64_t newest = 0;

    while (control_decode(&lines, end, &control) == 1) {
        if (control.id > newest)
            newest = control.id;
    }
    /* Not forced: where nothing was committed there is nothing to read. */
    if (newest > relay->control.last)
        relay_look(relay);
}

void control_take_read(struct relay *relay, const struct control *controls,
                       int count)
{
    struct relay_control *state = &relay->control;

    for (int i = 0; i < count; i++) {
        if (controls[i].id <= state->last)
            continue;
        if (controls[i].id > state->last + 1) {
            log_warn("relay.control_gap", "after=%" PRId64 " next=%" PRId64,
                     state->last, controls[i].id);
            if (relay->config.recheck)
                relay->config.recheck(relay->config.arg);
        }
        control_tell(relay, &controls[i]);
        waiting_tell(relay);
    }
}

void control_begin(struct relay *relay, int64_t newest)
{
    struct relay_control *state = &relay->control;

    state->last = 0;
    while (state->count > 0) {
        struct control control = waiting_take(state);

        control_tell(relay, &control);
    }
    if (state->last < newest)
        state->last = newest;
}
