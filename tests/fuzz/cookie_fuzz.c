#include "target.h"
#include "web/access/credentials.h"

#include "base/banned.h"

/* One cookie before others is found by its whole name, first of all. */
static void check_own(const char *others)
{
    static const char own[] = "sessionid=mine; ";
    const char *at = NULL;
    struct request request;
    struct err err = ERR_INIT;
    struct buf header;
    char value[64];

    buf_init(&header, SIZE_MAX);
    buf_put_text(&header, own);
    buf_put_text(&header, others);
    request_init(&request);
    must(request_set_header(&request, HEADER_COOKIE, buf_text(&header),
                            header.len, &err) == 0);
    must(request_cookie_next(&request, SESSION_COOKIE, &at, value,
                             sizeof(value)));
    must(!strcmp(value, "mine"));
    request_release(&request);
    buf_release(&header);
}

/* Each call moves on, so that they come to an end. */
static void check_all(const struct request *request, const char *cookie)
{
    const char *at = NULL;
    size_t left = strlen(cookie) + 1;
    char value[16];

    while (request_cookie_next(request, "a", &at, value, sizeof(value))) {
        must(strlen(value) < sizeof(value) && !strchr(value, ';'));
        must(strstr(cookie, "a=") != NULL);
        must(left-- > 0);
    }
}

static void check_credentials(const struct request *request)
{
    struct credentials credentials;
    struct err err = ERR_INIT;

    if (credentials_read(request, &credentials, &err) < 0) {
        must(err.code == ERR_MALFORMED);
        return;
    }
    must(credentials.count <= CREDENTIALS_MAX);
    for (size_t i = 0; i < credentials.count; i++)
        must(memchr(credentials.of[i].text, '\0', CREDENTIAL_MAX) != NULL);
}

/* A line each: Cookie, Authorization. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *cookie = target_line(&data, &size);
    char *login = target_line(&data, &size);
    struct request request;
    struct err err = ERR_INIT;

    request_init(&request);
    if (cookie) {
        must(request_set_header(&request, HEADER_COOKIE, cookie, strlen(cookie),
                                &err) == 0);
        check_own(cookie);
        check_all(&request, cookie);
    }
    if (login)
        must(request_set_header(&request, HEADER_AUTHORIZATION, login,
                                strlen(login), &err) == 0);
    check_credentials(&request);
    request_release(&request);
    free(cookie);
    free(login);
    return 0;
}
