#include "engines/place.h"

#include "base/banned.h"

int main(void)
{
    int failed = contract_suite() + many_suite();
    struct cluster *cluster = cluster_start();

    place_use(cluster);
    failed += contract_suite();
    failed += many_suite();
    failed += postgres_suite();
    failed += sql_suite();
    cluster_stop(cluster);
    return failed > 0;
}
