#include "client/program.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/banned.h"

static const char *text_of(const cJSON *tree, const char *name)
{
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(tree, name);

    return cJSON_IsString(item) ? item->valuestring : "-";
}

void program_show_json(const cJSON *tree)
{
    char *text = cJSON_PrintUnformatted(tree);

    if (text)
        puts(text);
    cJSON_free(text);
}

bool program_whole(const cJSON *item, int64_t *number)
{
    if (!cJSON_IsNumber(item) || !(item->valuedouble >= 0) ||
        item->valuedouble > (double)PROGRAM_WHOLE_MAX)
        return false;
    *number = (int64_t)item->valuedouble;
    return true;
}

void program_show_order(const cJSON *order)
{
    const cJSON *id = cJSON_GetObjectItemCaseSensitive(order, "id");

    printf("%-8.0f %-20s %-4s %16s %16s  %-16s %s\n",
           cJSON_IsNumber(id) ? id->valuedouble : 0,
           text_of(order, "instrument"), text_of(order, "side"),
           text_of(order, "quantity"), text_of(order, "price"),
           text_of(order, "status"), text_of(order, "updated"));
}

static void say_problem(const struct link_answer *answer, const cJSON *tree)
{
    const cJSON *errors = cJSON_GetObjectItemCaseSensitive(tree, "errors");
    const cJSON *field;

    fprintf(stderr, "lws-app-client: %d %s: %s\n", answer->status,
            text_of(tree, "title"), text_of(tree, "detail"));
    cJSON_ArrayForEach(field, errors)
    {
        const cJSON *text = cJSON_GetArrayItem(field, 0);

        fprintf(stderr, "  %s: %s\n", field->string,
                cJSON_IsString(text) ? text->valuestring : "");
    }
}

/* *tree may be NULL. */
static int judge(const struct link_answer *answer, cJSON **tree)
{
    *tree = cJSON_ParseWithLength(buf_text(&answer->body), answer->body.len);
    if (answer->status >= 200 && answer->status < 300)
        return EXIT_OK;
    say_problem(answer, *tree);
    return EXIT_REFUSED;
}

int program_ask(struct program *program, const char *method, const char *path,
                const struct buf *body, cJSON **tree)
{
    struct link_answer answer;
    struct err err = ERR_INIT;
    int rc = EXIT_UNREACHED;

    *tree = NULL;
    if (link_request(program->link, method, path, body, &answer, &err) < 0)
        fprintf(stderr, "lws-app-client: %s\n", err.text);
    else
        rc = judge(&answer, tree);
    link_answer_release(&answer);
    return rc;
}

static int log_in(struct program *program, cJSON **tree)
{
    struct link_answer answer;
    int rc = program_fetch_token(program, &answer);

    *tree = NULL;
    if (rc == EXIT_OK)
        rc = judge(&answer, tree);
    link_answer_release(&answer);
    return rc;
}

int program_connect(struct program *program)
{
    char given[PROGRAM_TOKEN_MAX];
    const char *token = given;
    struct err err = ERR_INIT;
    cJSON *tree = NULL;
    int rc = EXIT_OK;

    switch (program_given_token(program, given, sizeof(given))) {
    case -1: return EXIT_USAGE;
    case 0:
        rc = log_in(program, &tree);
        token = tree ? text_of(tree, "token") : NULL;
        break;
    default: break;
    }
    if (rc == EXIT_OK && link_set_token(program->link, token, &err) < 0) {
        fprintf(stderr, "lws-app-client: %s: %s\n", err.fields[0].name,
                err.fields[0].text);
        rc = EXIT_USAGE;
    }
    cJSON_Delete(tree);
    return rc;
}

int program_login(struct program *program)
{
    cJSON *tree = NULL;
    int rc = log_in(program, &tree);

    if (rc == EXIT_OK && program->is_json)
        program_show_json(tree);
    else if (rc == EXIT_OK)
        puts(text_of(tree, "token"));
    cJSON_Delete(tree);
    return rc;
}

/* The order fields that were given as flags. */
static size_t put_fields(const struct program *program, struct buf *body)
{
    static const struct {
        const char *flag;
        const char *field;
    } fields[] = {
        {"--instrument", "instrument"},
        {"--side", "side"},
        {"--quantity", "quantity"},
        {"--price", "price"},
        {"--status", "status"},
        {"--client-order-id", "client_order_id"},
        {"--owner", "owner"},
    };
    size_t count = 0;

    json_open(body);
    for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
        const char *value = program_flag(program, fields[i].flag);

        if (!value)
            continue;
        json_put_str(body, fields[i].field, value);
        count++;
    }
    json_close(body);
    return count;
}

static int send_order(struct program *program, const char *method,
                      const char *path)
{
    cJSON *tree = NULL;
    struct buf body;
    int rc;

    buf_init(&body, 65536);
    if (!put_fields(program, &body)) {
        buf_release(&body);
        return program_usage("no field was given");
    }
    rc = program_connect(program);
    if (rc == EXIT_OK)
        rc = program_ask(program, method, path, &body, &tree);
    if (rc == EXIT_OK && program->is_json)
        program_show_json(tree);
    else if (rc == EXIT_OK)
        program_show_order(tree);
    cJSON_Delete(tree);
    buf_release(&body);
    return rc;
}

int program_order_add(struct program *program)
{
    return send_order(program, "POST", "/api/data/");
}

/* The path of the order whose id is the third word; false: it is none. */
static bool order_path(const struct program *program, char *path, size_t max)
{
    const char *id = program_word(program, 2);

    if (!id || !*id || strspn(id, "0123456789") != strlen(id) ||
        strlen(id) > 18)
        return false;
    snprintf(path, max, "/api/data/%s/", id);
    return true;
}

int program_order_set(struct program *program)
{
    char path[64];

    if (!order_path(program, path, sizeof(path)))
        return program_usage("order set needs an ID");
    return send_order(program, "PATCH", path);
}

int program_order_rm(struct program *program)
{
    cJSON *tree = NULL;
    char path[64];
    int rc;

    if (!order_path(program, path, sizeof(path)))
        return program_usage("order rm needs an ID");
    rc = program_connect(program);
    if (rc == EXIT_OK)
        rc = program_ask(program, "DELETE", path, NULL, &tree);
    cJSON_Delete(tree);
    return rc;
}

static void put_escaped(struct buf *out, const char *text)
{
    for (; *text; text++) {
        if (strchr("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                   "0123456789-._~",
                   *text))
            buf_put_char(out, *text);
        else
            buf_printf(out, "%%%02X", (unsigned char)*text);
    }
}

int program_order_ls(struct program *program)
{
    const char *search = program_flag(program, "--search");
    long limit = program_number(program, "--limit", 20, 1, 1000);
    cJSON *tree = NULL;
    const cJSON *order;
    struct buf path;
    int rc;

    if (limit < 0)
        return EXIT_USAGE;
    buf_init(&path, 8192);
    buf_printf(&path, "/api/data/?page_size=%ld", limit);
    if (search) {
        buf_put_text(&path, "&search=");
        put_escaped(&path, search);
    }
    rc = program_connect(program);
    if (rc == EXIT_OK)
        rc = program_ask(program, "GET", buf_text(&path), NULL, &tree);
    buf_release(&path);
    if (rc == EXIT_OK && program->is_json) {
        program_show_json(tree);
    } else if (rc == EXIT_OK) {
        cJSON_ArrayForEach(order,
                           cJSON_GetObjectItemCaseSensitive(tree, "results"))
            program_show_order(order);
    }
    cJSON_Delete(tree);
    return rc;
}
