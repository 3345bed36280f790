#pragma once
#include <stdbool.h>
#include <stddef.h>
/*
 * A PostgreSQL of this test's own, in a folder of its own, by a socket in it.
 * It runs as a user without rights where the test is root, as the server
 * demands. Failing to start it fails the test.
 */
struct cluster;
struct cluster *cluster_start(void);
void cluster_stop(struct cluster *cluster); /* and its folder goes */
/* Where db_open() finds its one database; good as long as the cluster. */
const char *cluster_url(const struct cluster *cluster);
