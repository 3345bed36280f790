#include "metrics/roster.h"
#include "base/clock.h"

#include <stdatomic.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/banned.h"

/* Some more than are listed, so that a free place is near wherever the search
 * for it begins. */
#define PLACES (128 * 1024)
#define ADDRESS_WORDS 6 /* the longest IPv6 address has 45 bytes */
#define TAKEN (-1)      /* as an id: it is being written */

/* The id is written last and taken away first, so whoever sees the same one
 * before and after reading the rest has read it whole. */
struct place {
    _Atomic int64_t id; /* 0: free */
    _Atomic int64_t user;
    _Atomic int64_t session;
    _Atomic int64_t token;
    _Atomic int64_t opened_us;
    _Atomic uint64_t address[ADDRESS_WORDS];
    _Atomic int64_t process;
};
struct slab {
    _Atomic int64_t count;
    _Atomic uint32_t next; /* where a search for a free place begins */
    struct place places[PLACES];
};
struct roster {
    size_t workers;
    _Atomic int64_t next_id;
    struct slab slabs[];
};

static size_t size_for(size_t workers)
{
    return sizeof(struct roster) + workers * sizeof(struct slab);
}

struct roster *roster_map(size_t workers)
{
    struct roster *roster =
        mmap(NULL, size_for(workers), PROT_READ | PROT_WRITE,
             MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

    if (roster == MAP_FAILED)
        return NULL;
    roster->workers = workers;
    /* Milliseconds: no server opens a thousand sockets a second for long, so
     * the next start begins beyond them. */
    atomic_init(&roster->next_id, clock_now_us() / 1000);
    return roster;
}

void roster_unmap(struct roster *roster)
{
    if (roster)
        munmap(roster, size_for(roster->workers));
}

static void put(_Atomic int64_t *to, int64_t value)
{
    atomic_store_explicit(to, value, memory_order_relaxed);
}

static int64_t get(_Atomic int64_t *from)
{
    return atomic_load_explicit(from, memory_order_relaxed);
}

static void fill(struct place *place, const char *address)
{
    uint64_t words[ADDRESS_WORDS] = {0};
    size_t len = strlen(address);

    memcpy(words, address, len < sizeof(words) ? len : sizeof(words) - 1);
    put(&place->user, 0);
    put(&place->session, 0);
    put(&place->token, 0);
    put(&place->opened_us, clock_now_us());
    put(&place->process, getpid());
    for (size_t i = 0; i < ADDRESS_WORDS; i++)
        atomic_store_explicit(&place->address[i], words[i],
                              memory_order_relaxed);
}

uint32_t roster_add(struct roster *roster, size_t worker, const char *address)
{
    struct slab *slab = &roster->slabs[worker];
    uint32_t at = atomic_load(&slab->next);

    if (atomic_fetch_add(&slab->count, 1) >= ROSTER_WORKER_MAX) {
        atomic_fetch_sub(&slab->count, 1);
        return ROSTER_NOWHERE;
    }
    for (uint32_t i = 0; i < PLACES; i++, at++) {
        struct place *place = &slab->places[at % PLACES];
        int64_t free_id = 0;

        if (!atomic_compare_exchange_strong(&place->id, &free_id, TAKEN))
            continue;
        /* Whoever still reads what was here sees that its id has gone before
         * anything else of it has. */
        atomic_thread_fence(memory_order_seq_cst);
        fill(place, address);
        atomic_store(&place->id, atomic_fetch_add(&roster->next_id, 1));
        atomic_store(&slab->next, (at + 1) % PLACES);
        return at % PLACES;
    }
    atomic_fetch_sub(&slab->count, 1);
    return ROSTER_NOWHERE;
}

/* The user last: whoever sees it sees the rest. */
void roster_login(struct roster *roster, size_t worker, uint32_t place,
                  const struct actor *actor)
{
    struct place *at;

    if (place == ROSTER_NOWHERE)
        return;
    at = &roster->slabs[worker].places[place];
    put(&at->session, actor->session);
    put(&at->token, actor->token);
    atomic_store(&at->user, actor->user);
}

void roster_remove(struct roster *roster, size_t worker, uint32_t place)
{
    struct slab *slab = &roster->slabs[worker];

    if (place == ROSTER_NOWHERE)
        return;
    atomic_store(&slab->places[place].id, 0);
    atomic_fetch_sub(&slab->count, 1);
}

int64_t roster_id(struct roster *roster, size_t worker, uint32_t place)
{
    return place == ROSTER_NOWHERE
               ? 0
               : atomic_load(&roster->slabs[worker].places[place].id);
}

/* The process is gone: nobody else writes its places. */
void roster_forget(struct roster *roster, size_t worker, pid_t process)
{
    struct slab *slab = &roster->slabs[worker];

    for (uint32_t at = 0; at < PLACES && atomic_load(&slab->count); at++) {
        struct place *place = &slab->places[at];

        if (atomic_load(&place->id) && get(&place->process) == process)
            roster_remove(roster, worker, at);
    }
}

static bool read_place(struct place *place, struct roster_socket *socket)
{
    uint64_t words[ADDRESS_WORDS];
    int64_t id = atomic_load(&place->id);

    if (id <= 0)
        return false;
    socket->id = id;
    socket->machine = 0;
    socket->user = atomic_load(&place->user);
    socket->session = get(&place->session);
    socket->token = get(&place->token);
    socket->opened_us = get(&place->opened_us);
    for (size_t i = 0; i < ADDRESS_WORDS; i++)
        words[i] =
            atomic_load_explicit(&place->address[i], memory_order_relaxed);
    memcpy(socket->address, words, sizeof(words));
    atomic_thread_fence(memory_order_seq_cst);
    return atomic_load(&place->id) == id;
}

bool roster_next(struct roster *roster, struct roster_walk *walk,
                 struct roster_socket *socket)
{
    for (; walk->worker < roster->workers; walk->worker++, walk->place = 0) {
        struct slab *slab = &roster->slabs[walk->worker];

        if (!atomic_load(&slab->count))
            continue;
        while (walk->place < PLACES) {
            if (!read_place(&slab->places[walk->place++], socket))
                continue;
            socket->worker = walk->worker;
            return true;
        }
    }
    return false;
}

bool roster_has(struct roster *roster, int64_t id, int64_t user)
{
    struct roster_walk walk = {.worker = 0};
    struct roster_socket socket;

    while (roster_next(roster, &walk, &socket)) {
        if (socket.id == id)
            return socket.user == user;
    }
    return false;
}
