#include "fanout/frame.h"
#include "base/clock.h"
#include "base/mem.h"
#include <assert.h>
#include <string.h>

#include "base/banned.h"

struct frame *frame_new(const char *body, size_t len)
{
    struct frame *frame = NULL;

    if (len <= SIZE_MAX - sizeof *frame)
        frame = mem_alloc(sizeof *frame + len);
    if (frame) {
        frame->refs = 1;
        frame->len = len;
        frame->made_us = clock_mono_us();
        if (body)
            memcpy(frame->body, body, len);
    }
    return frame;
}

struct frame *frame_ref(struct frame *frame)
{
    frame->refs++;
    return frame;
}

void frame_unref(struct frame *frame)
{
    if (!frame)
        return;
    assert(frame->refs > 0);
    if (--frame->refs == 0)
        mem_free(frame);
}
