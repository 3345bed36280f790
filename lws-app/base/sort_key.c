#include "base/sort_key.h"

#include <endian.h>

#include "base/banned.h"

/* Negative numbers before the others. */
void sort_key_put_int(struct buf *key, int64_t number)
{
    uint64_t bits = htobe64((uint64_t)number ^ UINT64_C(1) << 63);

    buf_put(key, (const char *)&bits, sizeof(bits));
}

/* The NUL behind it ends it before all that begin with it. */
void sort_key_put_text(struct buf *key, const char *text, size_t len)
{
    buf_put(key, text, len);
    buf_put_char(key, '\0');
}

void sort_key_turn(struct buf *key, size_t start)
{
    for (size_t i = start; i < key->len; i++)
        key->data[i] = (char)~key->data[i];
}
