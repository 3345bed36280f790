#include "redis/names.h"

#include <dlfcn.h>
#include <netdb.h>
#include <pthread.h>
#include <stddef.h>
#include <string.h>

#include "base/banned.h"

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static const char *address_now;
static int asked;

void names_set(const char *address)
{
    pthread_mutex_lock(&mutex);
    address_now = address;
    asked = 0;
    pthread_mutex_unlock(&mutex);
}

int names_asked(void)
{
    int count;

    pthread_mutex_lock(&mutex);
    count = asked;
    pthread_mutex_unlock(&mutex);
    return count;
}

/* In place of the library's. */
int getaddrinfo(const char *host, const char *service,
                const struct addrinfo *hints, struct addrinfo **found)
{
    int (*real)(const char *, const char *, const struct addrinfo *,
                struct addrinfo **);

    *(void **)&real = dlsym(RTLD_NEXT, "getaddrinfo");
    if (host && !strcmp(host, "moves.test") &&
        !(hints && (hints->ai_flags & AI_NUMERICHOST))) {
        pthread_mutex_lock(&mutex);
        asked++;
        host = address_now;
        pthread_mutex_unlock(&mutex);
        if (!host)
            return EAI_NONAME;
    }
    return real(host, service, hints, found);
}
