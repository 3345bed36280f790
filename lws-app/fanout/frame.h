#pragma once
#include <stddef.h>
#include <stdint.h>
/*
 * Bytes to send, made once and shared by every socket that sends them. The
 * bytes have FRAME_ROOM free bytes in front, which the websocket library uses
 * for its header.
 * Ownership: counted; frame_new() gives one reference.
 * Thread: loop thread only.
 */
#define FRAME_ROOM 16

struct frame {
    unsigned refs;
    size_t len;
    int64_t made_us; /* monotonic; of joined frames: when the first one was */
    unsigned char room[FRAME_ROOM];
    unsigned char body[]; /* len bytes */
};

/* body NULL: the caller fills it in. NULL: no memory. */
struct frame *frame_new(const char *body, size_t len);
struct frame *frame_ref(struct frame *frame);
void frame_unref(struct frame *frame); /* NULL is fine */
