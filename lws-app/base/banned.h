#pragma once
/*
 * Functions that have a safer sibling do not compile. Every .c file includes
 * this last, in a block of its own (a system header that still names one of
 * them could not be read after it).
 */
#undef sprintf /* by clang's headers with checked sizes, macros */
#undef vsprintf
#pragma GCC poison strcpy strcat strncpy sprintf vsprintf strtok atoi atol
#pragma GCC poison gmtime localtime system gets
