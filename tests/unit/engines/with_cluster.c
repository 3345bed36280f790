#include "engines/place.h"
#include "support/cluster.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/banned.h"

/* with_cluster PROGRAM [ARGUMENTS]: runs it with LWSAPP_TEST_DATABASE, a
 * PostgreSQL that is there for as long as it runs. */
int main(int argc, char **argv)
{
    struct cluster *cluster;
    int status = 0;
    pid_t pid;

    if (argc < 2) {
        fprintf(stderr, "usage: with_cluster PROGRAM [ARGUMENTS]\n");
        return 2;
    }
    cluster = cluster_start();
    setenv("LWSAPP_TEST_DATABASE", cluster_url(cluster), 1);
    pid = fork();
    if (pid == 0) {
        execvp(argv[1], argv + 1);
        _exit(127);
    }
    if (pid < 0 || waitpid(pid, &status, 0) != pid)
        status = -1;
    cluster_stop(cluster);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}
