#pragma once
#include <stddef.h>
/*
 * The heap, with a switch that makes it fail, so that tests can show what
 * happens when memory runs out. Every allocation of ours goes through here;
 * what a library allocates does not.
 * Thread: any.
 */
void *mem_alloc(size_t size); /* NULL: out of memory; size 0 gives a pointer */
void *mem_zalloc(size_t size);
void *mem_realloc(void *old, size_t size);
char *mem_strdup(const char *text);
char *mem_strndup(const char *text, size_t len); /* adds the final NUL */
void mem_free(void *memory);                     /* NULL is fine */

/* Tests only: the n-th allocation from now (1: the next) of this thread fails,
 * once. 0 switches it off. */
void mem_fail_after(unsigned n);
