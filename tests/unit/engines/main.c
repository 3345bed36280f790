#include "engines/place.h"

#include "base/banned.h"

int main(void)
{
    int failed = suites_run(BOTH_ENGINES);
    struct cluster *cluster = cluster_start();

    place_use(cluster);
    failed += suites_run(BOTH_ENGINES);
    failed += suites_run(SERVER_ALONE);
    cluster_stop(cluster);
    return failed > 0;
}
