#include "target.h"

#include <dirent.h>
#include <stdio.h>
#include <string.h>

#include "base/banned.h"

/* Runs a target on every file of the folders named: a corpus as a plain test.
 * A folder without files fails, because such a test would show nothing. */

#define INPUT_MAX (1 << 20)

static int replay_file(const char *path)
{
    FILE *file = fopen(path, "rb");
    uint8_t *data = malloc(INPUT_MAX);
    uint8_t *exact = NULL; /* so that a sanitizer sees one byte too far */
    size_t len = 0;
    int rc = -1;

    if (!file || !data)
        goto out;
    len = fread(data, 1, INPUT_MAX, file);
    if (ferror(file))
        goto out;
    exact = malloc(len ? len : 1);
    if (!exact)
        goto out;
    memcpy(exact, data, len);
    (void)LLVMFuzzerTestOneInput(exact, len);
    rc = 0;
out:
    if (rc < 0)
        fprintf(stderr, "%s: can't be read\n", path);
    if (file)
        fclose(file);
    free(exact);
    free(data);
    return rc;
}

static int replay_folder(const char *folder)
{
    DIR *dir = opendir(folder);
    const struct dirent *entry;
    size_t count = 0;
    int rc = 0;

    if (!dir) {
        fprintf(stderr, "%s: can't be opened\n", folder);
        return -1;
    }
    for (entry = readdir(dir); entry; entry = readdir(dir)) {
        char path[4096];
        int n;

        if (entry->d_name[0] == '.')
            continue;
        n = snprintf(path, sizeof(path), "%s/%s", folder, entry->d_name);
        if (n < 0 || (size_t)n >= sizeof(path) || replay_file(path) < 0)
            rc = -1;
        count++;
    }
    closedir(dir);
    printf("%s: %zu inputs\n", folder, count);
    return count > 0 ? rc : -1;
}

int main(int argc, char **argv)
{
    int rc = argc > 1 ? 0 : -1;

    for (int i = 1; i < argc; i++) {
        if (replay_folder(argv[i]) < 0)
            rc = -1;
    }
    return rc < 0 ? 1 : 0;
}
