#include "engines/place.h"

#include "base/banned.h"

static int both_suites(void)
{
    return contract_suite() + ids_suite() + many_suite() + memory_suite() +
           merge_suite() + foresee_suite();
}

int main(void)
{
    int failed = both_suites();
    struct cluster *cluster = cluster_start();

    place_use(cluster);
    failed += both_suites();
    failed += postgres_suite();
    failed += foresee_server_suite();
    failed += batches_suite();
    failed += sql_suite();
    cluster_stop(cluster);
    return failed > 0;
}
