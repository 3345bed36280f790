#include "protocols/host/tls.h"
#include "target.h"

#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/banned.h"

#define SPLIT "-----BEGIN PRIVATE KEY-----"

static void write_file(int *fd, char path[64], const char *text, size_t len)
{
    if (*fd < 0)
        *fd = memfd_create("pem", MFD_CLOEXEC);
    snprintf(path, 64, "/proc/self/fd/%d", *fd);
    must(ftruncate(*fd, 0) == 0);
    must(pwrite(*fd, text, len, 0) == (ssize_t)len);
}

/* A certificate, and from its first line on a key. What is taken can be
 * served with. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static int cert_fd = -1;
    static int key_fd = -1;
    char cert[64];
    char key[64];
    char *text = target_text(data, size);
    char *split = strstr(text, SPLIT);
    size_t len = split ? (size_t)(split - text) : size;
    struct tls_pair *pair = NULL;
    struct err err = ERR_INIT;

    write_file(&cert_fd, cert, text, len);
    write_file(&key_fd, key, text + len, size - len);
    if (tls_pair_read(&pair, cert, key, &err) == 0) {
        SSL_CTX *context = SSL_CTX_new(TLS_server_method());

        must(context != NULL && tls_pair_use(pair, context, &err) == 0);
        SSL_CTX_free(context);
        tls_pair_free(pair);
    } else {
        must(err.code == ERR_INVALID && err.field_count == 1);
        must(!strncmp(err.fields[0].name, "tls_", 4));
    }
    free(text);
    return 0;
}
