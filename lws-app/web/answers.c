#include "web/answers.h"
#include "base/json.h"
#include "base/mem.h"
#include "web/http/pack.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/banned.h"

#define PLACES 16384
#define KEY_MAX 4096
#define DRAW_DIGITS 15
#define HEAD_MAX 64

/* key: the request's arguments, but for those that say nothing of its rows. */
struct answer {
    int64_t user;
    int64_t position;
    size_t like; /* the hash of the key */
    size_t key_len;
    size_t body_len;
    struct gzip_part part; /* len 0: it is not compressed */
    char bytes[];          /* key, then body */
};
struct answers {
    /* The loop alone writes: it needs the lock for that, others to read. */
    pthread_mutex_t lock;
    size_t bytes_max;
    size_t bytes;
    size_t hand; /* the place to be emptied next, when there is no room */
    struct answer *places[PLACES]; /* by the hash of key and user */
    uint16_t likes[PLACES];        /* how many there are, by that of the key */
};
struct key {
    size_t like;
    size_t len;
    const char *draw; /* NULL: none, or not one that is taken */
    char bytes[KEY_MAX];
};

struct answers *answers_new(size_t bytes_max)
{
    struct answers *answers = mem_zalloc(sizeof(*answers));

    if (!answers)
        return NULL;
    pthread_mutex_init(&answers->lock, NULL);
    answers->bytes_max = bytes_max;
    return answers;
}

static size_t size_of(const struct answer *answer)
{
    return sizeof(*answer) + answer->key_len + answer->body_len;
}

static void empty(struct answers *answers, size_t place)
{
    struct answer *answer = answers->places[place];

    if (!answer)
        return;
    answers->bytes -= size_of(answer);
    answers->likes[answer->like]--;
    answers->places[place] = NULL;
    mem_free(answer);
}

void answers_free(struct answers *answers)
{
    if (!answers)
        return;
    for (size_t i = 0; i < PLACES; i++)
        empty(answers, i);
    pthread_mutex_destroy(&answers->lock);
    mem_free(answers);
}

static bool add(struct key *key, const char *text, size_t len)
{
    if (len >= sizeof(key->bytes) - key->len)
        return false;
    memcpy(key->bytes + key->len, text, len + 1);
    key->len += len + 1;
    return true;
}

static bool is_draw(const struct param *param)
{
    return param->value_len > 0 && param->value_len <= DRAW_DIGITS &&
           strspn(param->value, "0123456789") == param->value_len;
}

static size_t hash(const char *bytes, size_t len)
{
    uint64_t sum = UINT64_C(0xCBF29CE484222325);

    for (size_t i = 0; i < len; i++)
        sum = (sum ^ (unsigned char)bytes[i]) * UINT64_C(0x100000001B3);
    return (size_t)(sum ^ sum >> 32) % PLACES;
}

static size_t place_of(const struct key *key, int64_t user)
{
    return (key->like + (size_t)user * 7919) % PLACES;
}

/* False for a request whose answers are not kept: one that says whose orders,
 * that wants a page to look at, or that is odd in another way. */
static bool make_key(struct key *key, const struct call *call)
{
    static const char packed[] = "\1gzip"; /* which no name begins with */
    const struct request *request = call->request;

    key->len = 0;
    key->draw = NULL;
    if (call->route->run != RUN_READ || call->browse ||
        strcmp(call->route->path, "/api/data/") != 0 ||
        (request->method != HTTP_GET && request->method != HTTP_HEAD))
        return false;
    for (size_t i = 0; i < params_count(&request->args); i++) {
        const struct param *arg = params_at(&request->args, i);

        if (!strcmp(arg->name, "owner") || !strcmp(arg->name, "scope"))
            return false;
        if (!strcmp(arg->name, "draw") && call->route->format) {
            if (key->draw || !is_draw(arg))
                return false;
            key->draw = arg->value;
        } else if (strcmp(arg->name, "_") != 0 &&
                   (!add(key, arg->name, arg->name_len) ||
                    !add(key, arg->value, arg->value_len))) {
            return false;
        }
    }
    if (pack_is_wanted(request) && !add(key, packed, sizeof(packed) - 1))
        return false;
    key->like = hash(key->bytes, key->len);
    return !call->route->format || key->draw;
}

bool answers_may_have(const struct answers *answers, const struct call *call)
{
    struct key key;

    return make_key(&key, call) && answers->likes[key.like] > 0;
}

static bool is_answer(const struct answer *answer, const struct key *key,
                      int64_t user)
{
    return answer && answer->user == user && answer->key_len == key->len &&
           !memcmp(answer->bytes, key->bytes, key->len);
}

/* NULL: none, or not of this position. */
static const struct answer *find(const struct answers *answers,
                                 const struct key *key,
                                 const struct actor *actor)
{
    const struct answer *answer = answers->places[place_of(key, actor->user)];

    return is_answer(answer, key, actor->user) &&
                   answer->position == actor->position
               ? answer
               : NULL;
}

/* Its bytes are borrowed where they are sent as they are. */
static bool put_answer(const struct answer *answer, const struct key *key,
                       struct response *response)
{
    struct buf head;

    response_begin(response, 200, "application/json");
    buf_init(&head, HEAD_MAX);
    if (key->draw) {
        json_open(&head);
        json_put_int(&head, "draw", strtoll(key->draw, NULL, 10));
    }
    if (answer->part.len) {
        pack_put(response, head.data, head.len, &answer->part);
    } else {
        buf_put(&response->body, head.data, head.len);
        response->rest = answer->bytes + answer->key_len;
        response->rest_len = answer->body_len;
    }
    response->body.failed |= head.failed;
    buf_release(&head);
    return !response->body.failed;
}

bool answers_take(const struct answers *answers, struct call *call)
{
    const struct answer *answer;
    struct key key;

    if (!make_key(&key, call))
        return false;
    answer = find(answers, &key, &call->actor);
    return answer && put_answer(answer, &key, call->response);
}

bool answers_copy(struct answers *answers, struct call *call)
{
    struct response *response = call->response;
    const struct answer *answer;
    struct key key;
    bool is_found;

    if (!make_key(&key, call))
        return false;
    pthread_mutex_lock(&answers->lock);
    answer = find(answers, &key, &call->actor);
    is_found = answer && put_answer(answer, &key, response);
    if (is_found && response->rest)
        buf_put(&response->body, response->rest, response->rest_len);
    pthread_mutex_unlock(&answers->lock);
    response->rest = NULL;
    response->rest_len = 0;
    return is_found && !response->body.failed;
}

static struct answer *answer_new(const struct key *key, const struct call *call)
{
    const struct buf *body = &call->response->body;
    const struct gzip_part *part = &call->keep.part;
    const char *bytes = part->len ? part->bytes : body->data + call->keep.from;
    size_t body_len = part->len ? part->bytes_len : body->len - call->keep.from;
    struct answer *answer = mem_alloc(sizeof(*answer) + key->len + body_len);

    if (!answer)
        return NULL;
    answer->user = call->actor.user;
    answer->position = call->keep.position;
    answer->like = key->like;
    answer->key_len = key->len;
    answer->body_len = body_len;
    memcpy(answer->bytes, key->bytes, key->len);
    memcpy(answer->bytes + key->len, bytes, body_len);
    answer->part = *part;
    answer->part.bytes = answer->bytes + key->len;
    return answer;
}

static void put(struct answers *answers, size_t place, struct answer *answer)
{
    answers->places[place] = answer;
    answers->likes[answer->like]++;
    answers->bytes += size_of(answer);
    while (answers->bytes > answers->bytes_max) {
        empty(answers, answers->hand);
        answers->hand = (answers->hand + 1) % PLACES;
    }
}

void answers_keep(struct answers *answers, const struct call *call)
{
    struct answer *answer;
    struct key key;
    size_t place;

    if (!call->keep.position || !make_key(&key, call))
        return;
    place = place_of(&key, call->actor.user);
    answer = answer_new(&key, call);
    pthread_mutex_lock(&answers->lock);
    empty(answers, place);
    if (answer)
        put(answers, place, answer);
    pthread_mutex_unlock(&answers->lock);
}
