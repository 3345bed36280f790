#include "web/http/page.h"
#include "web/http/problem.h"
#include "web/http/reason.h"

#include <stdio.h>
#include <string.h>

#include "base/banned.h"

static void put_escaped(struct buf *out, const char *text)
{
    for (; *text; text++) {
        switch (*text) {
        case '&': buf_put_text(out, "&amp;"); break;
        case '<': buf_put_text(out, "&lt;"); break;
        case '>': buf_put_text(out, "&gt;"); break;
        case '"': buf_put_text(out, "&quot;"); break;
        case '\'': buf_put_text(out, "&#39;"); break;
        default: buf_put_char(out, *text); break;
        }
    }
}

static const struct page_slot *slot_find(const struct page_slot *slots,
                                         const char *name, size_t len)
{
    for (; slots->name; slots++) {
        if (strlen(slots->name) == len && !memcmp(slots->name, name, len))
            return slots;
    }
    return NULL;
}

static bool is_base(const char *name, size_t len)
{
    return len == 4 && !memcmp(name, "base", len);
}

/* base: of {{base}}, which every page may have. */
static int fill(struct buf *out, const struct asset *asset, const char *base,
                const struct page_slot *slots, struct err *err)
{
    const struct page_slot base_slot = {"base", base};
    const char *at = (const char *)asset->data;
    const char *end = at + asset->len;

    for (;;) {
        const char *open = memmem(at, (size_t)(end - at), "{{", 2);
        const char *close =
            open ? memmem(open, (size_t)(end - open), "}}", 2) : NULL;
        const struct page_slot *slot;

        if (!close)
            break;
        buf_put(out, at, (size_t)(open - at));
        slot = slot_find(slots, open + 2, (size_t)(close - open - 2));
        if (!slot && is_base(open + 2, (size_t)(close - open - 2)))
            slot = &base_slot;
        if (!slot)
            return err_set(err, ERR_INTERNAL, "%s has an unfilled slot",
                           asset->path);
        if (slot->text)
            put_escaped(out, slot->text);
        at = close + 2;
    }
    buf_put(out, at, (size_t)(end - at));
    return buf_check(out, err);
}

int page_respond(struct response *response, int status, const char *asset,
                 const struct page_slot *slots, struct err *err)
{
    const struct asset *page = asset_find(asset);

    if (!page)
        return err_set(err, ERR_INTERNAL, "there is no %s", asset);
    response_begin(response, status, page->type);
    return fill(&response->body, page, response->base, slots, err);
}

/* Begins with a capital and ends with a full stop. */
static void put_sentence(char *out, size_t max, const char *text)
{
    size_t len = strlen(text);
    bool is_ended = len && strchr(".?!", text[len - 1]);

    snprintf(out, max, "%s%s", text, is_ended || !len ? "" : ".");
    if (out[0] >= 'a' && out[0] <= 'z')
        out[0] = (char)(out[0] - 'a' + 'A');
}

void page_fail(struct response *response, const struct err *err)
{
    char status[16];
    char detail[512];
    const struct page_slot slots[] = {
        {"status", status},
        {"title", http_reason(problem_status(err->code))},
        {"detail", detail},
        {NULL, NULL},
    };
    struct err inner = ERR_INIT;

    put_sentence(detail, sizeof(detail), err_public_text(err));
    snprintf(status, sizeof(status), "%d", problem_status(err->code));
    if (page_respond(response, problem_status(err->code),
                     "/assets/pages/message.html", slots, &inner) < 0) {
        problem_respond(response, err);
        return;
    }
    problem_put_headers(response, err);
}
