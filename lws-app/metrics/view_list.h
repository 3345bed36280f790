#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
/*
 * The live views that the sockets of all workers of this machine have open, in
 * memory that the workers share, as metrics/roster.h has the sockets. A view's
 * id is never another's, nor a socket's.
 * Thread: adding, setting and removing by a worker's loop thread; the rest by
 * any.
 */
#define VIEW_LIST_WORKER_MAX 16384 /* views listed of one worker */
#define VIEW_LIST_NOWHERE UINT32_MAX
#define VIEW_LIST_NAME_MAX 40

struct view_list;
struct view_row {
    int64_t id;
    size_t worker;
    int64_t user;         /* who looks at it */
    int64_t socket;       /* by roster_id(); 0: not listed */
    int64_t owner;        /* of its stream; 0: of all. -1: not known yet */
    int64_t opened_us;    /* UTC */
    int64_t engine_us;    /* that the engine took for it so far */
    int64_t engine_us_1s; /* of these, in the last second */
    int64_t bytes;        /* of memory */
    int64_t sharers;      /* all that look at the same one */
    char name[VIEW_LIST_NAME_MAX]; /* the client's */
};

/* Shared with processes forked later. NULL: no memory. */
struct view_list *view_list_map(size_t workers);
void view_list_unmap(struct view_list *list); /* NULL is fine */

/* Lists a view of the worker, opened now; owner, engine time, bytes and sharers
 * are not looked at. VIEW_LIST_NOWHERE: there are too many. */
uint32_t view_list_add(struct view_list *list, size_t worker,
                       const struct view_row *row);
/* What changes of it: once a second. engine_us: so far. */
void view_list_set(struct view_list *list, size_t worker, uint32_t place,
                   const struct view_row *row);
void view_list_remove(struct view_list *list, size_t worker, uint32_t place);
/* 0: at VIEW_LIST_NOWHERE. */
int64_t view_list_id(struct view_list *list, size_t worker, uint32_t place);
/* Takes out what a process that has ended left. */
void view_list_forget(struct view_list *list, size_t worker, pid_t process);

/* The next view, from a walk that began with {0}; false at its end. One that
 * comes or goes meanwhile may be in it or not, but never half of it. */
struct view_walk {
    size_t worker;
    uint32_t place;
};
bool view_list_next(struct view_list *list, struct view_walk *walk,
                    struct view_row *row);
