#include "support/cluster.h"
#include "base/mem.h"
#include "engines/place.h"

#include <fcntl.h>
#include <ftw.h>
#include <glob.h>
#include <grp.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/banned.h"

#define USER "lwsapp"

struct cluster {
    char folder[64]; /* short: a socket's path has 107 bytes */
    char data[80];
    char url[160];
    pid_t pid; /* of the server; 0: none */
    FILE *log; /* what it says, from its own stderr */
};

/* The newest one installed: Debian keeps them out of PATH. */
static void find_program(const char *name, char *path, size_t max)
{
    char pattern[128];
    glob_t found;

    snprintf(pattern, sizeof(pattern), "/usr/lib/postgresql/*/bin/%s", name);
    if (glob(pattern, 0, NULL, &found) != 0)
        fail_msg("no %s: scripts/packages test installs it", name);
    snprintf(path, max, "%s", found.gl_pathv[found.gl_pathc - 1]);
    globfree(&found);
}

static const struct passwd *lower_user(void)
{
    const struct passwd *user = getpwnam("postgres");

    return user ? user : getpwnam("nobody");
}

/* In the child. */
static void give_up_root(void)
{
    const struct passwd *user = lower_user();

    if (geteuid() != 0)
        return;
    if (!user || setgroups(0, NULL) < 0 || setgid(user->pw_gid) < 0 ||
        setuid(user->pw_uid) < 0)
        _exit(126);
}

/* out: where its stderr goes. */
static pid_t spawn(const char *const *argv, int out)
{
    pid_t parent = getpid();
    pid_t pid = fork();

    assert_true(pid >= 0);
    if (pid > 0)
        return pid;
    give_up_root();
    /* Also where the test ends without a word. SIGQUIT: at once. */
    prctl(PR_SET_PDEATHSIG, SIGQUIT);
    if (getppid() != parent || dup2(out, STDERR_FILENO) < 0 ||
        dup2(out, STDOUT_FILENO) < 0)
        _exit(126);
    execv(argv[0], (char *const *)argv);
    _exit(127);
}

static void make(const struct cluster *cluster)
{
    char program[160];
    const char *argv[] = {program, "-D",        cluster->data, "-U",
                          USER,    "-A",        "trust",       "-E",
                          "UTF8",  "--no-sync", "--locale=C",  NULL};
    int pipe_of[2];
    char text[1024] = "";
    ssize_t len;
    size_t used = 0;
    int status;
    pid_t pid;

    find_program("initdb", program, sizeof(program));
    assert_int_equal(pipe2(pipe_of, O_CLOEXEC), 0);
    pid = spawn(argv, pipe_of[1]);
    close(pipe_of[1]);
    do {
        len = read(pipe_of[0], text + used, sizeof(text) - 1 - used);
        used += len > 0 ? (size_t)len : 0;
        if (used == sizeof(text) - 1)
            used = 0;
    } while (len > 0);
    close(pipe_of[0]);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    if (status != 0)
        fail_msg("initdb: %d %s", status, text);
}

static void wait_ready(struct cluster *cluster)
{
    char line[512];
    char said[2048] = "";
    size_t len;

    while (fgets(line, sizeof(line), cluster->log)) {
        if (strstr(line, "ready to accept connections"))
            return;
        len = strlen(said);
        snprintf(said + len, sizeof(said) - len, "%s", line);
    }
    fail_msg("the server ended: %s", said);
}

static void serve(struct cluster *cluster)
{
    char program[160];
    const char *argv[] = {program, "-D", cluster->data, "-k", cluster->folder,
                          "-c", "listen_addresses=",
                          /* Errors are told to the client, and nobody reads
                           * the pipe any more. */
                          "-c", "log_min_messages=log", NULL};
    int pipe_of[2];

    find_program("postgres", program, sizeof(program));
    assert_int_equal(pipe2(pipe_of, O_CLOEXEC), 0);
    cluster->pid = spawn(argv, pipe_of[1]);
    close(pipe_of[1]);
    cluster->log = fdopen(pipe_of[0], "r");
    assert_non_null(cluster->log);
    wait_ready(cluster);
}

struct cluster *cluster_start(void)
{
    struct cluster *cluster = mem_zalloc(sizeof(*cluster));
    const struct passwd *user = lower_user();
    const char *temp = getenv("TMPDIR");

    assert_non_null(cluster);
    snprintf(cluster->folder, sizeof(cluster->folder), "%s/pg-test-XXXXXX",
             temp ? temp : "/tmp");
    assert_non_null(mkdtemp(cluster->folder));
    if (geteuid() == 0)
        assert_int_equal(chown(cluster->folder, user->pw_uid, user->pw_gid), 0);
    snprintf(cluster->data, sizeof(cluster->data), "%s/data", cluster->folder);
    snprintf(cluster->url, sizeof(cluster->url),
             "postgresql:///postgres?host=%s&user=" USER, cluster->folder);
    make(cluster);
    serve(cluster);
    return cluster;
}

const char *cluster_url(const struct cluster *cluster)
{
    return cluster->url;
}

static int remove_one(const char *path, const struct stat *found, int type,
                      struct FTW *walk)
{
    (void)found;
    (void)type;
    (void)walk;
    return remove(path);
}

void cluster_stop(struct cluster *cluster)
{
    int status;

    if (!cluster)
        return;
    if (cluster->pid) {
        kill(cluster->pid, SIGQUIT);
        waitpid(cluster->pid, &status, 0);
    }
    if (cluster->log)
        fclose(cluster->log);
    nftw(cluster->folder, remove_one, 16, FTW_DEPTH | FTW_PHYS);
    mem_free(cluster);
}
