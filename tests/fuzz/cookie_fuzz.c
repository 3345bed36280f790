#include "target.h"
#include "web/auth.h"

#include "base/banned.h"

/* One cookie among others is found by its whole name, and the first counts. */
static void check_own(const char *others)
{
    static const char own[] = "sessionid=mine; ";
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
    must(request_cookie(&request, "sessionid", value, sizeof(value)));
    must(!strcmp(value, "mine"));
    request_release(&request);
    buf_release(&header);
}

/* A line each: Cookie, Authorization. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *cookie = target_line(&data, &size);
    char *login = target_line(&data, &size);
    char value[16];
    char credential[AUTH_CREDENTIAL_MAX];
    struct request request;
    struct err err = ERR_INIT;

    request_init(&request);
    if (cookie) {
        must(request_set_header(&request, HEADER_COOKIE, cookie, strlen(cookie),
                                &err) == 0);
        check_own(cookie);
        if (request_cookie(&request, "a", value, sizeof(value))) {
            must(strlen(value) < sizeof(value) && !strchr(value, ';'));
            must(strstr(cookie, "a=") != NULL);
        }
    }
    if (login)
        must(request_set_header(&request, HEADER_AUTHORIZATION, login,
                                strlen(login), &err) == 0);
    if (auth_credential(&request, credential))
        must(strlen(credential) < sizeof(credential));
    request_release(&request);
    free(cookie);
    free(login);
    return 0;
}
