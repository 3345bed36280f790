#include "store/jobs/fair_queue.h"
#include "base/mem.h"

#include <utlist.h>

#define HASH_NONFATAL_OOM 1
#define uthash_malloc(size) mem_alloc(size)
#define uthash_free(memory, size) mem_free(memory)
#include <uthash.h>

#include "base/banned.h"

/* Nobody waits longer for what he has used. */
#define AHEAD_MAX_US INT64_C(1000000)
#define NOT_READY SIZE_MAX

struct flow {
    uint64_t key;
    struct job *jobs; /* waiting, the oldest first */
    size_t waiting;
    size_t running;
    int64_t start_us; /* virtual: served once everybody got as much */
    int64_t finished_us;
    uint64_t place;
    size_t at; /* in the heap, or NOT_READY */
    UT_hash_handle hh;
};

int fair_queue_init(struct fair_queue *queue, size_t max, size_t threads,
                    struct err *err)
{
    *queue = (struct fair_queue){
        .max = max,
        .flow_max = max - max / 4,
        .running_max = threads > 1 ? threads - 1 : 1,
    };
    /* Each that is ready has a job that waits, or one that was given back. */
    queue->ready = mem_alloc((max + threads) * sizeof(struct flow *));
    return queue->ready ? 0 : err_set(err, ERR_NOMEM, "no memory for a queue");
}

static struct flow *find(struct fair_queue *queue, uint64_t key)
{
    struct flow *flow = NULL;

    HASH_FIND(hh, queue->flows, &key, sizeof(key), flow);
    return flow;
}

static struct flow *find_or_make(struct fair_queue *queue, uint64_t key)
{
    struct flow *flow = find(queue, key);

    if (flow)
        return flow;
    flow = mem_zalloc(sizeof(*flow));
    if (!flow)
        return NULL;
    flow->key = key;
    flow->at = NOT_READY;
    HASH_ADD(hh, queue->flows, key, sizeof(flow->key), flow);
    if (!flow->hh.tbl) {
        mem_free(flow);
        return NULL;
    }
    return flow;
}

/* ------------------------------------------------------------------- heap */

static bool is_before(const struct flow *a, const struct flow *b)
{
    if (a->start_us != b->start_us)
        return a->start_us < b->start_us;
    return a->place < b->place;
}

static void put_at(struct fair_queue *queue, size_t at, struct flow *flow)
{
    queue->ready[at] = flow;
    flow->at = at;
}

static void sift_up(struct fair_queue *queue, size_t at, struct flow *flow)
{
    while (at > 0 && is_before(flow, queue->ready[(at - 1) / 2])) {
        put_at(queue, at, queue->ready[(at - 1) / 2]);
        at = (at - 1) / 2;
    }
    put_at(queue, at, flow);
}

static void sift_down(struct fair_queue *queue, size_t at, struct flow *flow)
{
    size_t child = 2 * at + 1;

    while (child < queue->ready_count) {
        if (child + 1 < queue->ready_count &&
            is_before(queue->ready[child + 1], queue->ready[child]))
            child++;
        if (!is_before(queue->ready[child], flow))
            break;
        put_at(queue, at, queue->ready[child]);
        at = child;
        child = 2 * at + 1;
    }
    put_at(queue, at, flow);
}

static void leave_heap(struct fair_queue *queue, struct flow *flow)
{
    struct flow *last = queue->ready[--queue->ready_count];
    size_t at = flow->at;

    flow->at = NOT_READY;
    if (last == flow)
        return;
    if (at > 0 && is_before(last, queue->ready[(at - 1) / 2]))
        sift_up(queue, at, last);
    else
        sift_down(queue, at, last);
}

static void flow_free(struct fair_queue *queue, struct flow *flow)
{
    if (flow->at != NOT_READY)
        leave_heap(queue, flow);
    HASH_DEL(queue->flows, flow);
    mem_free(flow);
}

/* Nobody waits for anybody: who was ahead is so no more. */
static void forget_all(struct fair_queue *queue)
{
    struct flow *flow;
    struct flow *next;

    HASH_ITER(hh, queue->flows, flow, next)
    flow_free(queue, flow);
}

void fair_queue_release(struct fair_queue *queue)
{
    forget_all(queue);
    mem_free(queue->ready);
}

/* After its jobs, or what it has used, changed. */
static void settle(struct fair_queue *queue, struct flow *flow)
{
    bool may_run =
        flow->waiting > 0 && (!flow->key || flow->running < queue->running_max);

    if (flow->at != NOT_READY)
        leave_heap(queue, flow);
    if (may_run) {
        sift_up(queue, queue->ready_count++, flow);
        return;
    }
    if (!queue->len && !queue->running)
        forget_all(queue);
    else if (!flow->waiting && !flow->running &&
             flow->start_us <= queue->virtual_us)
        flow_free(queue, flow);
}

/* ------------------------------------------------------------------- jobs */

static struct job *unlink_job(struct fair_queue *queue, struct flow *flow,
                              struct job *job)
{
    DL_DELETE(flow->jobs, job);
    job->next = job->prev = NULL;
    flow->waiting--;
    queue->len--;
    return job;
}

/* The last of its round. */
static void link_job(struct fair_queue *queue, struct flow *flow,
                     struct job *job)
{
    struct job *other;
    struct job *later = NULL;

    job->round = 0;
    if (job->member) {
        DL_FOREACH(flow->jobs, other)
        {
            job->round += other->member == job->member;
        }
        for (later = flow->jobs; later && later->round <= job->round;)
            later = later->next;
    }
    if (later)
        DL_PREPEND_ELEM(flow->jobs, later, job);
    else
        DL_APPEND(flow->jobs, job);
    flow->waiting++;
    queue->len++;
}

static struct flow *find_largest(struct fair_queue *queue)
{
    struct flow *largest = NULL;

    for (struct flow *flow = queue->flows; flow; flow = flow->hh.next)
        if (!largest || flow->waiting > largest->waiting)
            largest = flow;
    return largest;
}

static int refuse(struct err *err, enum err_code code, const char *why)
{
    err_set(err, code, "%s", why);
    err->retry_after_s = 1;
    return -1;
}

/* Room for one more of this flow. */
static int make_room(struct fair_queue *queue, const struct flow *flow,
                     struct job **dropped, struct err *err)
{
    struct flow *largest;

    if (flow->key && flow->waiting >= queue->flow_max)
        return refuse(
            err, ERR_THROTTLED,
            "too many of your requests are waiting already: try again");
    if (queue->len < queue->max)
        return 0;
    largest = find_largest(queue);
    if (!largest || largest->waiting <= flow->waiting + 1)
        return refuse(err, ERR_UNAVAILABLE, "too busy: try again");
    *dropped = unlink_job(queue, largest, largest->jobs->prev);
    settle(queue, largest);
    return 0;
}

int fair_queue_put(struct fair_queue *queue, struct job *job,
                   struct job **dropped, struct err *err)
{
    struct flow *flow = find_or_make(queue, job->flow);

    *dropped = NULL;
    if (!flow)
        return err_set(err, ERR_NOMEM, "no memory for a queue");
    if (make_room(queue, flow, dropped, err) < 0) {
        settle(queue, flow);
        return -1;
    }
    if (!flow->waiting) {
        if (flow->start_us < queue->virtual_us)
            flow->start_us = queue->virtual_us;
        flow->place = ++queue->last_place;
    }
    link_job(queue, flow, job);
    settle(queue, flow);
    return 0;
}

int64_t fair_queue_next_us(const struct fair_queue *queue)
{
    return queue->ready_count ? queue->ready[0]->start_us : INT64_MAX;
}

struct job *fair_queue_borrow(struct fair_queue *queue, uint64_t *place)
{
    struct flow *flow = queue->ready_count ? queue->ready[0] : NULL;
    struct job *job;

    if (!flow)
        return NULL;
    job = unlink_job(queue, flow, flow->jobs);
    flow->running++;
    queue->running++;
    *place = flow->place;
    flow->place = ++queue->last_place;
    settle(queue, flow);
    return job;
}

void fair_queue_return(struct fair_queue *queue, struct job *job,
                       uint64_t place)
{
    find(queue, job->flow)->place = place;
    fair_queue_give_back(queue, job, 0);
}

struct job *fair_queue_take(struct fair_queue *queue)
{
    uint64_t place;

    if (queue->ready_count && queue->ready[0]->start_us > queue->virtual_us)
        queue->virtual_us = queue->ready[0]->start_us;
    return fair_queue_borrow(queue, &place);
}

void fair_queue_charge(struct fair_queue *queue, uint64_t key, int64_t cost_us)
{
    struct flow *flow = find(queue, key);

    flow->start_us += cost_us;
    settle(queue, flow);
}

void fair_queue_give_back(struct fair_queue *queue, struct job *job,
                          int64_t charged_us)
{
    struct flow *flow = find(queue, job->flow);

    DL_PREPEND(flow->jobs, job);
    flow->waiting++;
    flow->running--;
    flow->start_us -= charged_us;
    queue->len++;
    queue->running--;
    settle(queue, flow);
}

void fair_queue_finish(struct fair_queue *queue, uint64_t key, int64_t cost_us,
                       int64_t now_us)
{
    struct flow *flow = find(queue, key);
    int64_t latest = queue->virtual_us + AHEAD_MAX_US;

    flow->running--;
    queue->running--;
    /* Never free, or a flow of tiny jobs would always be first. */
    flow->start_us += cost_us + 1;
    if (flow->start_us > latest)
        flow->start_us = latest;
    flow->finished_us = now_us;
    settle(queue, flow);
}

bool fair_queue_remove(struct fair_queue *queue, struct job *job)
{
    struct flow *flow = find(queue, job->flow);

    /* In its list each job has one before it: the first the last. */
    if (!flow || !job->prev)
        return false;
    unlink_job(queue, flow, job);
    settle(queue, flow);
    return true;
}

static bool is_over(const struct flow *flow, int64_t now_us)
{
    return !flow->waiting && !flow->running &&
           flow->finished_us <= now_us - AHEAD_MAX_US;
}

struct job *fair_queue_expire(struct fair_queue *queue, int64_t now_us,
                              int64_t waited_us)
{
    struct job *first = NULL;
    struct job **last = &first;
    struct flow *flow;
    struct flow *next;
    struct job *job;
    struct job *later;

    HASH_ITER(hh, queue->flows, flow, next)
    {
        DL_FOREACH_SAFE(flow->jobs, job, later)
        {
            if (job->submitted_us > now_us - waited_us)
                continue;
            *last = unlink_job(queue, flow, job);
            last = &job->next;
        }
    }
    if (!queue->len && !queue->running) {
        forget_all(queue);
        return first;
    }
    HASH_ITER(hh, queue->flows, flow, next)
    {
        if (is_over(flow, now_us))
            flow_free(queue, flow);
        else
            settle(queue, flow);
    }
    return first;
}
