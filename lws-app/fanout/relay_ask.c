/*
 * What machines ask each other: "Q user word\n" on a channel that one worker of
 * each follows. Its answer, lines that the hook makes, goes to a channel that
 * ends in the word, which nobody but the asker knows.
 */
#include "base/mem.h"
#include "base/secret.h"
#include "fanout/relay_private.h"
#include "model/log/line.h"
#include "store/redis/redis_ask.h"
#include "store/redis/redis_url.h"

#include <string.h>

#include "base/banned.h"

#define ANSWER "answer:"

static bool is_word(const char *word, size_t len)
{
    return len > 0 && len < SECRET_TEXT_MAX &&
           strspn(word, "abcdefghijklmnopqrstuvwxyz"
                        "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_") >= len;
}

int ask_heard(struct relay_link *link, const char *bytes, size_t len)
{
    const struct relay *relay = link->relay;
    struct buf channel;
    struct buf answer;
    struct line line;
    const char *word;
    size_t word_len;
    int64_t user;

    if (!relay->config.asked || line_open(&line, bytes, bytes + len, 'Q') < 0 ||
        line_int(&line, &user) < 0 || line_word(&line, &word, &word_len) < 0 ||
        line.at != line.end || line.next != bytes + len ||
        !is_word(word, word_len))
        return -1;
    buf_init(&channel, CHANNEL_MAX);
    buf_init(&answer, RELAY_ANSWER_MAX);
    buf_put_text(&channel, relay->prefix);
    buf_put_text(&channel, ANSWER);
    buf_put(&channel, word, word_len);
    relay->config.asked(relay->config.arg, user, &answer);
    if (!channel.failed && !answer.failed)
        redis_publish(link->redis, buf_text(&channel), answer.data, answer.len);
    buf_release(&answer);
    buf_release(&channel);
    return 0;
}

/* The texts of a question, for one answer's channel. */
struct ask_texts {
    struct buf channel;
    struct buf answers;
    struct buf text;
};

static int put_texts(struct ask_texts *texts,
                     const struct relay_question *question, struct err *err)
{
    char word[SECRET_TEXT_MAX];
    char *prefix = relay_prefix(question->epoch);

    if (!prefix)
        return err_set(err, ERR_NOMEM, "no memory for a channel name");
    if (secret_new(word, err) < 0) {
        mem_free(prefix);
        return -1;
    }
    buf_printf(&texts->channel, "%sask", prefix);
    buf_printf(&texts->answers, "%s" ANSWER "%s", prefix, word);
    buf_printf(&texts->text, "Q %lld %s\n", (long long)question->user, word);
    mem_free(prefix);
    if (buf_check(&texts->channel, err) < 0 ||
        buf_check(&texts->answers, err) < 0)
        return -1;
    return buf_check(&texts->text, err);
}

static int ask_first(const struct relay_question *question,
                     const struct ask_texts *texts, struct err *err)
{
    const struct redis_question asked = {
        .channel = buf_text(&texts->channel),
        .text = buf_text(&texts->text),
        .answers = buf_text(&texts->answers),
        .wait_ms = question->wait_ms,
        .answer = question->answer,
        .arg = question->arg,
    };
    const char *left = question->redis_urls;
    char url[REDIS_URL_MAX];
    int rc;

    while ((rc = redis_url_next(&left, url, err)) == 1) {
        if (redis_ask(url, &asked, err) == 0)
            return 0;
    }
    return err->code ? -1
                     : err_set(err, ERR_UNAVAILABLE, "no Redis can be reached");
}

int relay_ask(const struct relay_question *question, struct err *err)
{
    struct ask_texts texts;
    int rc;

    buf_init(&texts.channel, CHANNEL_MAX);
    buf_init(&texts.answers, CHANNEL_MAX);
    buf_init(&texts.text, CHANNEL_MAX);
    rc = put_texts(&texts, question, err);
    if (rc == 0)
        rc = ask_first(question, &texts, err);
    buf_release(&texts.channel);
    buf_release(&texts.answers);
    buf_release(&texts.text);
    return rc;
}
