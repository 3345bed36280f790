#pragma once
#include "fanout/hub.h"
#include "support/suite.h"
/*
 * A hub with sockets that write down what they are given.
 */
#define SCENE_SEQS 4096

struct scene;

struct scene_socket {
    struct scene *scene;
    struct subscription *sub;
    int woken;
    int frames;
    int count;
    bool lag;
    bool eager; /* reads as soon as it is woken */
    int64_t seqs[SCENE_SEQS];
    void (*on_wake)(struct scene_socket *socket);
    struct scene_socket *other;
};

struct scene {
    struct hub *hub;
    int opened, closed, holes;
    int64_t last_opened, last_closed, hole_owner, hole_after;
};

void scene_open(struct scene *scene, size_t ring_max);
void scene_close(struct scene *scene);
void socket_open(struct scene *scene, struct scene_socket *socket,
                 int64_t owner, const char *label);
/* As socket_open(), then joined at committed. */
void socket_live(struct scene *scene, struct scene_socket *socket,
                 int64_t owner, int64_t committed);
/* Reads all there is. */
void socket_read(struct scene_socket *socket);
/* It was given from + 1 to to, each once and in order; forgets them. */
void socket_expect(struct scene_socket *socket, int64_t from, int64_t to);
/* Delivers the owner's event at position, with id position + 1000. */
size_t scene_deliver(struct scene *scene, int64_t owner, int64_t position);
/* The same with a body of about size bytes. */
size_t scene_deliver_big(struct scene *scene, int64_t owner, int64_t position,
                         size_t size);
/* Writes down the "seq" of each event in a frame; checks its shape. */
int frame_seqs(const struct frame *frame, const char *label, int64_t *seqs,
               int max);
