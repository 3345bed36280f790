#include "client/tokens.h"
#include "base/mem.h"
#include "client/program.h"

#include <stdio.h>
#include <string.h>

#include "base/banned.h"

#define BYTES_MAX (64 * 1024 * 1024)

static int read_file(const char *path, struct buf *text)
{
    FILE *file = fopen(path, "r");
    char piece[4096];
    size_t len;

    if (!file)
        return -1;
    while ((len = fread(piece, 1, sizeof(piece), file)) > 0)
        buf_put(text, piece, len);
    fclose(file);
    return text->failed ? -1 : 0;
}

static int split(struct tokens *tokens)
{
    char *rest = (char *)buf_text(&tokens->text);
    size_t lines = 1;
    char *line;

    for (size_t i = 0; i < tokens->text.len; i++)
        lines += tokens->text.data[i] == '\n';
    tokens->list = mem_zalloc(lines * sizeof(*tokens->list));
    if (!tokens->list)
        return -1;
    while ((line = strsep(&rest, "\r\n"))) {
        if (*line)
            tokens->list[tokens->count++] = line;
    }
    return tokens->count ? 0 : -1;
}

int tokens_read(struct tokens *tokens, const char *path)
{
    buf_init(&tokens->text, BYTES_MAX);
    if (read_file(path, &tokens->text) == 0 && split(tokens) == 0)
        return EXIT_OK;
    return program_usage("--tokens must name a file of tokens, one a line");
}

void tokens_release(struct tokens *tokens)
{
    mem_free(tokens->list);
    buf_release(&tokens->text);
}
