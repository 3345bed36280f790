#pragma once
#include "base/err.h"
#include <stdbool.h>
#include <stddef.h>
/*
 * Files that hold a secret, as Docker's secrets and systemd's credentials are:
 * one line, of which the newline at the end is no part.
 * Thread: any. Blocks on the file.
 */
/* Reads the file at path into out. ERR_INVALID under name for one that can't be
 * read, is no ordinary file, is empty, has another line or does not fit; the
 * secret is in no text of err. */
int secret_file_read(const char *name, const char *path, char *out, size_t max,
                     struct err *err);
/* Whether its mode gives anybody but its owner anything; mode: its
 * permissions. False for one that is not there, and for systemd's credentials,
 * which let the service's user in by an access list that shows as a group's. */
bool secret_file_is_shared(const char *path, unsigned *mode);
