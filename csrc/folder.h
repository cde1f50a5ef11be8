/* folder.h - the private folder of a test: folder.c and broker_folder.c. */
#ifndef RLTF_FOLDER_H
#define RLTF_FOLDER_H

#include "python_api.h"

#include <sys/stat.h>
#include <sys/types.h>

/*** broker_folder.c: opening files in the private folder of a test ***/

/* Makes the file of an absolute path that names none. Returns a descriptor, or a negative errno. */
int folder_create(const char *path, int flags, mode_t mode);

/* A child has this umask from now on. */
void folder_mask(mode_t mask);
void folder_forget_mask(void); /* for a new child, which has that of the zygote */

/* Opens as a child asks what `looked_at` has found in the folder (O_PATH). The same results. */
int folder_reopen(int looked_at, const struct stat *status, int flags, mode_t mode);

/*** folder.c: the private folder of a test ***/

int folder_mount(const struct rltf_folder *wanted); /* in a mount namespace of the caller's own */
int folder_enter(const struct rltf_folder *wanted); /* makes it the working directory */
int folder_descriptor(void);                        /* -1: there is none */
const char *folder_path(void);
uint64_t folder_bytes(void);

/* Whether a file or folder lies in it. */
int folder_holds(const struct stat *status);

void folder_used(void); /* a child has it now */
int folder_is_used(void);
int folder_empty(void); /* when no child has it */

#endif
