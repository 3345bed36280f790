#pragma once
/*
 * This process as the system sees it.
 * Thread: before others are started.
 */
/* Keeps its memory, with the secrets in it, to itself: no core dump is written,
 * and none but root may attach to it or read its environment, memory and open
 * files in /proc. Holds for what it forks; what fails is logged. */
void process_seal(void);
