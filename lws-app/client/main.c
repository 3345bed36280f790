#include "base/log.h"
#include "base/secret_file.h"
#include "client/program.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "base/banned.h"

#define PASSWORD_MAX 1024
#define CODE_MAX 64

static const struct {
    const char *first, *second;
    program_fn *run;
    const char *usage;
} commands[] = {
    {"login", NULL, program_login, "login"},
    {"order", "add", program_order_add,
     "order add --instrument I --quantity Q --price P [--side buy|sell] "
     "[--client-order-id C] [--owner U]"},
    {"order", "set", program_order_set,
     "order set ID [--instrument I] [--side S] [--quantity Q] [--price P] "
     "[--client-order-id C] [--status S] [--owner U]"},
    {"order", "rm", program_order_rm, "order rm ID"},
    {"order", "ls", program_order_ls, "order ls [--limit N] [--search TEXT]"},
    {"watch", NULL, program_watch, "watch [--stream S] [--count N]"},
    {"bench", "latency", program_bench_latency,
     "bench latency [--count N] [--warmup N]"},
    {"bench", "fanout", program_bench_fanout,
     "bench fanout [--sockets N] [--count N] [--batch N] [--keep] "
     "[--plain] [--bytes N]"},
    {"bench", "idle", program_bench_idle,
     "bench idle [--sockets N] [--hold SECONDS] [--tokens FILE] [--plain]"},
    {"bench", "market", program_bench_market,
     "bench market [--sockets N] [--symbols N] [--rate N] [--seconds N] "
     "[--max-rate N] [--plain] [--each N]"},
    {"bench", "views", program_bench_views,
     "bench views [--sockets N] [--rate N] [--seconds N] [--max-rate N] "
     "[--tokens FILE] [--different]"},
};
#define COMMANDS_COUNT (sizeof(commands) / sizeof(commands[0]))

static int help(FILE *out)
{
    fputs(
        "usage: lws-app-client --url http[s]://HOST[:PORT][/PATH] [--ca FILE] "
        "--username U COMMAND [--json]\n\n"
        "The password comes from --password-stdin, LWSAPP_PASSWORD or a "
        "prompt,\nthe code of a second factor from --code, LWSAPP_CODE or a "
        "prompt;\n--token T or LWSAPP_TOKEN takes their place. A password "
        "or token may be in a\nfile: --password-file, --token-file, "
        "LWSAPP_PASSWORD_FILE, LWSAPP_TOKEN_FILE.\n--ca: the authorities to "
        "trust (PEM), in place of the system's. Exit codes:\n1 the server "
        "refused, 2 usage, 3 no answer.\n\ncommands:\n",
        out);
    for (size_t i = 0; i < COMMANDS_COUNT; i++)
        fprintf(out, "  %s\n", commands[i].usage);
    return out == stdout ? EXIT_OK : EXIT_USAGE;
}

static int version(void)
{
    puts("lws-app-client " LWSAPP_VERSION
         "\nlibwebsockets " LWSAPP_LWS_VERSION);
    return EXIT_OK;
}

/* Of every command. The flags that there are, and which of them take a value,
 * are what the usage texts show. */
static const char common_usage[] =
    "--url U --ca FILE --username U --token T --token-file FILE --code C "
    "--password-stdin --password-file FILE --json --help --version";

/* The flag (up to a '=') in a usage text; *takes_value: a word follows it
 * there. */
static bool find_flag(const char *usage, const char *flag, bool *takes_value)
{
    size_t len = strcspn(flag, "=");
    const char *at = usage;

    while ((at = memmem(at, strlen(at), flag, len)) != NULL) {
        at += len;
        if (!*at || strchr(" ]", *at)) {
            *takes_value = *at == ' ' && at[1] != '-' && at[1] != '[';
            return true;
        }
    }
    return false;
}

static bool is_switch(const char *word)
{
    bool takes_value = true;
    bool is_known = find_flag(common_usage, word, &takes_value);

    for (size_t i = 0; i < COMMANDS_COUNT && !is_known; i++)
        is_known = find_flag(commands[i].usage, word, &takes_value);
    return is_known && !takes_value;
}

/* A misspelt flag must not pass for one that was not given, nor a flag for the
 * value of another. */
static int check_flags(const struct program *program, const char *usage)
{
    for (int i = 0; i < program->argc; i++) {
        const char *word = program->argv[i];
        bool has_value = strchr(word, '=');
        bool takes_value;

        if (strncmp(word, "--", 2) != 0)
            continue;
        if (!find_flag(common_usage, word, &takes_value) &&
            !find_flag(usage, word, &takes_value)) {
            fprintf(stderr, "lws-app-client: there is no flag %s; see --help\n",
                    word);
            return EXIT_USAGE;
        }
        if (has_value == takes_value)
            continue;
        if (has_value || i + 1 == program->argc ||
            !strncmp(program->argv[i + 1], "--", 2)) {
            fprintf(stderr, "lws-app-client: %s %s; see --help\n", word,
                    has_value ? "takes no value" : "needs a value");
            return EXIT_USAGE;
        }
        i++;
    }
    return EXIT_OK;
}

const char *program_flag(const struct program *program, const char *name)
{
    size_t len = strlen(name);

    for (int i = 0; i < program->argc; i++) {
        const char *word = program->argv[i];

        if (strncmp(word, name, len) != 0)
            continue;
        if (word[len] == '=')
            return word + len + 1;
        if (word[len])
            continue;
        if (is_switch(word))
            return "";
        return i + 1 < program->argc ? program->argv[i + 1] : NULL;
    }
    return NULL;
}

const char *program_word(const struct program *program, int i)
{
    for (char *const *at = program->argv; *at; at++) {
        if (!strncmp(*at, "--", 2)) {
            if (at[1] && !is_switch(*at) && !strchr(*at, '='))
                at++;
        } else if (i-- == 0) {
            return *at;
        }
    }
    return NULL;
}

int program_usage(const char *text)
{
    fprintf(stderr, "lws-app-client: %s; see --help\n", text);
    return EXIT_USAGE;
}

long program_number(const struct program *program, const char *name,
                    long fallback, long min, long max)
{
    const char *text = program_flag(program, name);
    char *end;
    long number;

    if (!text)
        return fallback;
    number = strtol(text, &end, 10);
    if (*text && !*end && number >= min && number <= max)
        return number;
    fprintf(stderr,
            "lws-app-client: %s must be a whole number from %ld to %ld\n", name,
            min, max);
    return -1;
}

static int read_line(FILE *file, char *line, size_t max)
{
    if (!fgets(line, (int)max, file))
        return -1;
    line[strcspn(line, "\r\n")] = '\0';
    return *line ? 0 : -1;
}

static int ask_password(char *password, size_t max)
{
    struct termios before;
    struct termios silent;
    int rc;

    if (tcgetattr(STDIN_FILENO, &before) < 0)
        return -1;
    silent = before;
    silent.c_lflag &= ~(tcflag_t)ECHO;
    fputs("Password: ", stderr);
    tcsetattr(STDIN_FILENO, TCSAFLUSH, &silent);
    rc = read_line(stdin, password, max);
    tcsetattr(STDIN_FILENO, TCSAFLUSH, &before);
    fputs("\n", stderr);
    return rc;
}

/* given: that the secret itself is, too. 1: read; 0: no file is named; -1 after
 * saying what is wrong. */
static int read_secret(const struct program *program, const char *flag,
                       const char *variable, bool given, char *out, size_t max)
{
    const char *path = program_flag(program, flag);
    struct err err = ERR_INIT;
    unsigned mode;

    if (!path)
        path = getenv(variable);
    if (!path || !*path)
        return 0;
    if (secret_file_is_shared(path, &mode))
        fprintf(stderr,
                "lws-app-client: warning: others may read %s (mode %04o)\n",
                path, mode);
    if (given)
        err_field(&err, flag + 2, "is given together with what it should hold");
    else if (secret_file_read(flag + 2, path, out, max, &err) == 0)
        return 1;
    fprintf(stderr, "lws-app-client: --%s: %s\n", err.fields[0].name,
            err.fields[0].text);
    return -1;
}

int program_given_token(const struct program *program, char *token, size_t max)
{
    const char *given = program_flag(program, "--token");
    int rc;

    if (!given)
        given = getenv("LWSAPP_TOKEN");
    rc = read_secret(program, "--token-file", "LWSAPP_TOKEN_FILE", given, token,
                     max);
    if (rc != 0 || !given)
        return rc;
    snprintf(token, max, "%s", given);
    return 1;
}

static int get_password(struct program *program, char *password, size_t max)
{
    const char *variable = getenv("LWSAPP_PASSWORD");
    bool by_stdin = program_flag(program, "--password-stdin");
    int rc = read_secret(program, "--password-file", "LWSAPP_PASSWORD_FILE",
                         by_stdin || variable, password, max);

    if (rc != 0)
        return rc < 0 ? -1 : 0;
    if (by_stdin)
        return read_line(stdin, password, max);
    if (variable && *variable && strlen(variable) < max) {
        snprintf(password, max, "%s", variable);
        return 0;
    }
    return ask_password(password, max);
}

/* "": there is none. */
static const char *given_code(const struct program *program)
{
    const char *code = program_flag(program, "--code");

    if (!code)
        code = getenv("LWSAPP_CODE");
    return code ? code : "";
}

/* The password was right, and a code would help. */
static bool wants_code(const struct link_answer *answer)
{
    cJSON *tree =
        cJSON_ParseWithLength(buf_text(&answer->body), answer->body.len);
    const cJSON *code = cJSON_GetObjectItemCaseSensitive(tree, "code");
    bool wants = answer->status == 401 && cJSON_IsString(code) &&
                 !strcmp(code->valuestring, "second_factor");

    cJSON_Delete(tree);
    return wants;
}

static int ask_code(char *code, size_t max)
{
    if (!isatty(STDIN_FILENO))
        return -1;
    fputs("Code: ", stderr);
    return read_line(stdin, code, max);
}

static int post_login(struct program *program, const char *password,
                      const char *code, struct link_answer *answer)
{
    struct err err = ERR_INIT;
    struct buf body;
    int rc;

    buf_init(&body, 8192);
    json_open(&body);
    json_put_str(&body, "username", program_flag(program, "--username"));
    json_put_str(&body, "password", password);
    if (*code)
        json_put_str(&body, "code", code);
    json_put_str(&body, "name", "lws-app-client");
    json_close(&body);
    rc =
        link_request(program->link, "POST", "/api/token/", &body, answer, &err);
    buf_release(&body);
    if (rc == 0)
        return EXIT_OK;
    fprintf(stderr, "lws-app-client: %s\n", err.text);
    return EXIT_UNREACHED;
}

int program_fetch_token(struct program *program, struct link_answer *answer)
{
    const char *username = program_flag(program, "--username");
    char password[PASSWORD_MAX];
    char code[CODE_MAX];
    int rc;

    answer->status = 0;
    buf_init(&answer->body, 0);
    if (!username)
        return program_usage("--username is missing");
    if (get_password(program, password, sizeof(password)) < 0)
        return program_usage("there is no password: --password-stdin, "
                             "--password-file or LWSAPP_PASSWORD");
    rc = post_login(program, password, given_code(program), answer);
    if (rc == EXIT_OK && wants_code(answer) &&
        ask_code(code, sizeof(code)) == 0) {
        link_answer_release(answer);
        rc = post_login(program, password, code, answer);
    }
    return rc;
}

static int open_link(struct program *program)
{
    const char *url = program_flag(program, "--url");
    struct err err = ERR_INIT;

    if (!url)
        return program_usage("--url is missing");
    if (link_open(&program->link, url, program_flag(program, "--ca"), &err) ==
        0)
        return EXIT_OK;
    fprintf(stderr, "lws-app-client: %s\n", err.text);
    return EXIT_USAGE;
}

int main(int argc, char **argv)
{
    struct program program = {.argc = argc - 1, .argv = argv + 1};
    const char *first;
    const char *second;
    int rc = EXIT_USAGE;

    log_set_level(getenv("LWSAPP_CLIENT_DEBUG") ? LOG_DEBUG : LOG_ERROR);
    if (program_flag(&program, "--help"))
        return help(stdout);
    if (program_flag(&program, "--version"))
        return version();
    first = program_word(&program, 0);
    second = program_word(&program, 1);
    if (!first)
        return help(stderr);
    program.is_json = program_flag(&program, "--json");
    for (size_t i = 0; i < COMMANDS_COUNT; i++) {
        if (strcmp(first, commands[i].first) != 0 ||
            (commands[i].second &&
             (!second || strcmp(second, commands[i].second) != 0)))
            continue;
        rc = check_flags(&program, commands[i].usage);
        if (rc == EXIT_OK)
            rc = open_link(&program);
        if (rc == EXIT_OK)
            rc = commands[i].run(&program);
        link_close(program.link);
        return rc;
    }
    return program_usage("there is no such command");
}
