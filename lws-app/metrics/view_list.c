#include "metrics/view_list.h"
#include "base/clock.h"

#include <stdatomic.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/banned.h"

#define NAME_WORDS (VIEW_LIST_NAME_MAX / 8)
#define TAKEN (-1) /* as an id: it is being written */
/* Sockets are numbered from the milliseconds since 1970. */
#define FIRST_ID INT64_C(4000000000000000)

/* As a roster's: whoever sees the same id before and after reading the rest has
 * read one view's. */
struct place {
    _Atomic int64_t id; /* 0: free */
    _Atomic int64_t user;
    _Atomic int64_t socket;
    _Atomic int64_t owner;
    _Atomic int64_t opened_us;
    _Atomic int64_t engine_us;
    _Atomic int64_t engine_us_1s;
    _Atomic int64_t bytes;
    _Atomic int64_t sharers;
    _Atomic uint64_t name[NAME_WORDS];
    _Atomic int64_t process;
};
struct slab {
    _Atomic int64_t count;
    _Atomic uint32_t next; /* where a search for a free place begins */
    struct place places[VIEW_LIST_WORKER_MAX];
};
struct view_list {
    size_t workers;
    _Atomic int64_t next_id;
    struct slab slabs[];
};

static size_t size_for(size_t workers)
{
    return sizeof(struct view_list) + workers * sizeof(struct slab);
}

struct view_list *view_list_map(size_t workers)
{
    struct view_list *list =
        mmap(NULL, size_for(workers), PROT_READ | PROT_WRITE,
             MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

    if (list == MAP_FAILED)
        return NULL;
    list->workers = workers;
    atomic_init(&list->next_id, FIRST_ID + clock_now_us() / 1000);
    return list;
}

void view_list_unmap(struct view_list *list)
{
    if (list)
        munmap(list, size_for(list->workers));
}

static void put(_Atomic int64_t *to, int64_t value)
{
    atomic_store_explicit(to, value, memory_order_relaxed);
}

static int64_t get(_Atomic int64_t *from)
{
    return atomic_load_explicit(from, memory_order_relaxed);
}

static void fill(struct place *place, const struct view_row *row)
{
    uint64_t words[NAME_WORDS];

    memcpy(words, row->name, sizeof(words));
    put(&place->user, row->user);
    put(&place->socket, row->socket);
    put(&place->owner, -1);
    put(&place->opened_us, clock_now_us());
    put(&place->engine_us, 0);
    put(&place->engine_us_1s, 0);
    put(&place->bytes, 0);
    put(&place->sharers, 0);
    put(&place->process, getpid());
    for (size_t i = 0; i < NAME_WORDS; i++)
        atomic_store_explicit(&place->name[i], words[i], memory_order_relaxed);
}

uint32_t view_list_add(struct view_list *list, size_t worker,
                       const struct view_row *row)
{
    struct slab *slab = &list->slabs[worker];
    uint32_t at = atomic_load(&slab->next);

    for (uint32_t i = 0; i < VIEW_LIST_WORKER_MAX; i++, at++) {
        struct place *place = &slab->places[at % VIEW_LIST_WORKER_MAX];
        int64_t free_id = 0;

        if (!atomic_compare_exchange_strong(&place->id, &free_id, TAKEN))
            continue;
        atomic_thread_fence(memory_order_seq_cst);
        fill(place, row);
        atomic_store(&place->id, atomic_fetch_add(&list->next_id, 1));
        atomic_store(&slab->next, (at + 1) % VIEW_LIST_WORKER_MAX);
        atomic_fetch_add(&slab->count, 1);
        return at % VIEW_LIST_WORKER_MAX;
    }
    return VIEW_LIST_NOWHERE;
}

void view_list_set(struct view_list *list, size_t worker, uint32_t place,
                   const struct view_row *row)
{
    struct place *at;

    if (place == VIEW_LIST_NOWHERE)
        return;
    at = &list->slabs[worker].places[place];
    put(&at->owner, row->owner);
    put(&at->engine_us_1s, row->engine_us - get(&at->engine_us));
    put(&at->engine_us, row->engine_us);
    put(&at->bytes, row->bytes);
    put(&at->sharers, row->sharers);
}

void view_list_remove(struct view_list *list, size_t worker, uint32_t place)
{
    if (place == VIEW_LIST_NOWHERE)
        return;
    atomic_store(&list->slabs[worker].places[place].id, 0);
    atomic_fetch_sub(&list->slabs[worker].count, 1);
}

int64_t view_list_id(struct view_list *list, size_t worker, uint32_t place)
{
    return place == VIEW_LIST_NOWHERE
               ? 0
               : atomic_load(&list->slabs[worker].places[place].id);
}

/* The process is gone: nobody else writes its places. */
void view_list_forget(struct view_list *list, size_t worker, pid_t process)
{
    struct slab *slab = &list->slabs[worker];

    for (uint32_t at = 0;
         at < VIEW_LIST_WORKER_MAX && atomic_load(&slab->count); at++) {
        struct place *place = &slab->places[at];

        if (atomic_load(&place->id) && get(&place->process) == process)
            view_list_remove(list, worker, at);
    }
}

static bool read_place(struct place *place, struct view_row *row)
{
    uint64_t words[NAME_WORDS];
    int64_t id = atomic_load(&place->id);

    if (id <= 0)
        return false;
    row->id = id;
    row->user = get(&place->user);
    row->socket = get(&place->socket);
    row->owner = get(&place->owner);
    row->opened_us = get(&place->opened_us);
    row->engine_us = get(&place->engine_us);
    row->engine_us_1s = get(&place->engine_us_1s);
    row->bytes = get(&place->bytes);
    row->sharers = get(&place->sharers);
    for (size_t i = 0; i < NAME_WORDS; i++)
        words[i] = atomic_load_explicit(&place->name[i], memory_order_relaxed);
    memcpy(row->name, words, sizeof(words));
    atomic_thread_fence(memory_order_seq_cst);
    return atomic_load(&place->id) == id;
}

bool view_list_next(struct view_list *list, struct view_walk *walk,
                    struct view_row *row)
{
    for (; walk->worker < list->workers; walk->worker++, walk->place = 0) {
        struct slab *slab = &list->slabs[walk->worker];

        if (!atomic_load(&slab->count))
            continue;
        while (walk->place < VIEW_LIST_WORKER_MAX) {
            if (!read_place(&slab->places[walk->place++], row))
                continue;
            row->worker = walk->worker;
            return true;
        }
    }
    return false;
}
