#pragma once
/*
 * A name server of the tests' own, which knows moves.test alone; every other
 * name is the system's. Thread: any.
 */
/* Where that host is; NULL: it is not known. Names asked for count anew. */
void names_set(const char *address);
int names_asked(void);
