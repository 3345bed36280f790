#include "scene.h"
#include "base/json.h"
#include "base/mem.h"
#include <stdio.h>
#include <string.h>

#include "base/banned.h"

static void on_wake(void *arg)
{
    struct scene_socket *socket = arg;

    socket->woken++;
    if (socket->eager)
        socket_read(socket);
    if (socket->on_wake)
        socket->on_wake(socket);
}

static void on_opened(void *arg, int64_t owner)
{
    struct scene *scene = arg;

    scene->opened++;
    scene->last_opened = owner;
}

static void on_closed(void *arg, int64_t owner)
{
    struct scene *scene = arg;

    scene->closed++;
    scene->last_closed = owner;
}

static void on_hole(void *arg, int64_t owner, int64_t after)
{
    struct scene *scene = arg;

    scene->holes++;
    scene->hole_owner = owner;
    scene->hole_after = after;
}

void scene_open(struct scene *scene, size_t ring_max)
{
    const struct hub_hooks hooks = {on_wake, on_opened, on_closed,
                                    on_hole, NULL,      scene};

    memset(scene, 0, sizeof *scene);
    scene->hub = hub_new(ring_max, &hooks);
    assert_non_null(scene->hub);
}

void scene_close(struct scene *scene)
{
    hub_free(scene->hub);
}

void socket_open(struct scene *scene, struct scene_socket *socket,
                 int64_t owner, const char *label)
{
    struct err err = ERR_INIT;

    memset(socket, 0, sizeof *socket);
    socket->scene = scene;
    assert_int_equal(
        hub_subscribe(scene->hub, owner, label, socket, &socket->sub, &err), 0);
}

void socket_live(struct scene *scene, struct scene_socket *socket,
                 int64_t owner, int64_t committed)
{
    socket_open(scene, socket, owner, owner ? "orders" : "all");
    hub_join(socket->sub, committed, committed);
}

/* Of every event made here; that it is no object is nothing to the hub. */
#define CHANGED "price"

static int64_t event_seq(const cJSON *event, const char *label)
{
    const cJSON *stream = cJSON_GetObjectItemCaseSensitive(event, "stream");
    const cJSON *seq = cJSON_GetObjectItemCaseSensitive(event, "seq");
    const cJSON *changed = cJSON_GetObjectItemCaseSensitive(event, "changed");

    assert_true(cJSON_IsString(stream));
    assert_string_equal(stream->valuestring, label);
    assert_true(cJSON_IsNumber(seq));
    if (changed)
        assert_string_equal(cJSON_GetStringValue(changed), CHANGED);
    return (int64_t)seq->valuedouble;
}

int frame_seqs(const struct frame *frame, const char *label, int64_t *seqs,
               int max)
{
    const cJSON *events;
    struct err err = ERR_INIT;
    cJSON *value = NULL;
    int count = 0;

    mem_fail_after(0); /* what follows is the test's own */
    assert_true(frame->len <= 65536);
    assert_int_equal(
        json_parse((const char *)frame->body, frame->len, &value, &err), 0);
    events = cJSON_GetObjectItemCaseSensitive(value, "events");
    if (events) {
        const cJSON *event;

        assert_true(cJSON_GetArraySize(events) > 1);
        cJSON_ArrayForEach(event, events)
        {
            assert_true(count < max);
            seqs[count++] = event_seq(event, label);
        }
    } else {
        assert_true(max > 0);
        seqs[count++] = event_seq(value, label);
    }
    cJSON_Delete(value);
    return count;
}

void socket_read(struct scene_socket *socket)
{
    struct frame *frame = subscription_peek(socket->sub, &socket->lag);

    while (frame) {
        assert_ptr_equal(subscription_peek(socket->sub, &socket->lag), frame);
        socket->frames++;
        socket->count += frame_seqs(frame, subscription_label(socket->sub),
                                    socket->seqs + socket->count,
                                    SCENE_SEQS - socket->count);
        subscription_advance(socket->sub);
        assert_int_equal(subscription_position(socket->sub),
                         socket->seqs[socket->count - 1]);
        frame = subscription_peek(socket->sub, &socket->lag);
    }
    assert_false(subscription_waiting(socket->sub));
}

void socket_expect(struct scene_socket *socket, int64_t from, int64_t to)
{
    socket_read(socket);
    assert_int_equal(socket->count, to - from);
    for (int i = 0; i < socket->count; i++)
        assert_int_equal(socket->seqs[i], from + 1 + i);
    socket->count = 0;
}

size_t scene_deliver_big(struct scene *scene, int64_t owner, int64_t position,
                         size_t size)
{
    char *body = mem_alloc(size + 64 + sizeof(CHANGED));
    struct event event = {.id = position + 1000,
                          .owner = owner,
                          .position = position,
                          .kind = EVENT_UPDATE};
    size_t woken;
    int len;

    assert_non_null(body);
    len = snprintf(body, 64, "{\"id\":%lld,\"x\":\"", (long long)position);
    memset(body + len, 'x', size);
    memcpy(body + len + size, "\"}", 3);
    event.body = body;
    event.body_len = (size_t)len + size + 2;
    event.changed = body + event.body_len;
    event.changed_len = (size_t)snprintf(
        body + event.body_len, sizeof(CHANGED) + 2, "\"%s\"", CHANGED);
    woken = hub_deliver(scene->hub, &event);
    /* Nothing of it is read any more. */
    memset(body, '?', event.body_len + event.changed_len);
    mem_free(body);
    return woken;
}

size_t scene_deliver(struct scene *scene, int64_t owner, int64_t position)
{
    return scene_deliver_big(scene, owner, position, 10);
}
