#include "protocols/host/pools.h"

#include "base/banned.h"

#define READ_QUEUE_MAX 4096
#define WRITE_QUEUE_MAX 16384
#define HASH_QUEUE_MAX 64
#define EXPORT_QUEUE_MAX 8
/* Of these, as of all readers, one user has all but one. */
#define EXPORT_THREADS 2
#define HASH_BUDGET_MS 60000
#define LOOK_BUDGET_MS 10000

static int open_readers(struct readers **readers, const struct pools *pools,
                        const char *database, int threads, int budget_ms,
                        size_t queue_max, struct err *err)
{
    return readers_new(readers, database, pools->jobs, threads, budget_ms,
                       queue_max, err);
}

int pools_open(struct pools *pools, const struct pools_settings *set,
               struct err *err)
{
    const char *database = set->database;

    pools->jobs = jobs_new(set->wake, set->arg);
    if (!pools->jobs)
        return err_set(err, ERR_NOMEM, "no memory for the job queue");
    if (writer_new(&pools->writer, database, pools->jobs, set->committed,
                   set->arg, WRITE_QUEUE_MAX, err) < 0)
        return -1;
    if (set->needs_standby)
        writer_require_standby(pools->writer);
    if (open_readers(&pools->readers, pools, database, set->readers,
                     set->read_budget_ms, READ_QUEUE_MAX, err) < 0 ||
        open_readers(&pools->long_readers, pools, database, set->long_readers,
                     set->read_budget_ms, READ_QUEUE_MAX, err) < 0 ||
        open_readers(&pools->exporters, pools, database, EXPORT_THREADS,
                     set->export_budget_ms, EXPORT_QUEUE_MAX, err) < 0 ||
        open_readers(&pools->hashers, pools, database, set->hashers,
                     HASH_BUDGET_MS, HASH_QUEUE_MAX, err) < 0)
        return -1;
    if (open_readers(&pools->lookers, pools, database, 1, LOOK_BUDGET_MS,
                     READ_QUEUE_MAX, err) < 0)
        return -1;
    return open_readers(&pools->engine, pools, database, 1, LOOK_BUDGET_MS,
                        READ_QUEUE_MAX, err);
}

void pools_expire(struct pools *pools, int64_t waited_us)
{
    writer_expire(pools->writer, waited_us);
    readers_expire(pools->readers, waited_us);
    readers_expire(pools->long_readers, waited_us);
    readers_expire(pools->exporters, waited_us);
    readers_expire(pools->hashers, waited_us);
}

void pools_close_readers(struct pools *pools)
{
    if (!pools->jobs)
        return;
    jobs_enable_wake(pools->jobs, false);
    readers_free(pools->readers);
    pools->readers = NULL;
    jobs_finish(pools->jobs); /* those looked up go on to the others */
    readers_free(pools->hashers);
    pools->hashers = NULL;
    readers_free(pools->exporters);
    pools->exporters = NULL;
    readers_free(pools->long_readers);
    pools->long_readers = NULL;
    jobs_finish(pools->jobs);
}

void pools_close_writer(struct pools *pools)
{
    if (!pools->jobs)
        return;
    writer_free(pools->writer);
    pools->writer = NULL;
    jobs_finish(pools->jobs);
}

void pools_close(struct pools *pools)
{
    if (!pools->jobs)
        return;
    readers_free(pools->engine);
    pools->engine = NULL;
    readers_free(pools->lookers);
    pools->lookers = NULL;
    jobs_free(pools->jobs);
    pools->jobs = NULL;
}
