#include "schema.h"

#include "base/banned.h"

/* The file itself, with a NUL behind it. */
__asm__(".section .rodata\n"
        ".global schema_text\n"
        "schema_text:\n"
        ".incbin \"" LWSAPP_SCHEMA "\"\n"
        ".byte 0\n"
        ".previous\n");
