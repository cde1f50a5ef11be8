/* files.c - which files a program may read: one rule for Landlock and for the broker.
 *
 * The client names trees, and the deepest tree that contains a path decides. Data files may hold
 * the answers to problems. So in most trees only code may be read: what an import loads, and the
 * metadata of installed packages.
 */
#define _GNU_SOURCE
#include "rltf.h"

#include <string.h>
#include <sys/sysmacros.h>

static const struct rltf_tree *trees;

void files_start(const struct rltf_tree *readable)
{
    trees = readable;
}

static int ends_with(const char *text, size_t length, const char *end)
{
    size_t size = strlen(end);
    return length > size && memcmp(text + length - size, end, size) == 0;
}

/* name.so, and the versions of a library: name.so.1.2 */
static int is_library(const char *name, size_t length)
{
    while (length > 0 && ((name[length - 1] >= '0' && name[length - 1] <= '9') || name[length - 1] == '.'))
        length--;
    return ends_with(name, length, ".so");
}

/* What importlib.metadata reads of a distribution. */
static int is_metadata(const char *path, const char *name)
{
    static const char *const names[] = {
        "METADATA",         "PKG-INFO",      "RECORD",       "WHEEL",
        "INSTALLER",        "REQUESTED",     "SOURCES.txt",  "entry_points.txt",
        "top_level.txt",    "requires.txt",  "direct_url.json",
    };
    const char *folder = name - 1;
    size_t length = (size_t)(folder - path);
    if (ends_with(name, strlen(name), ".egg-info"))
        return 1; /* a file where others have a folder */
    if (!ends_with(path, length, ".dist-info") && !ends_with(path, length, ".egg-info"))
        return 0;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcmp(name, names[i]) == 0)
            return 1;
    return 0;
}

static int is_code(const char *path)
{
    const char *name = strrchr(path, '/') + 1;
    size_t length = strlen(name);
    return ends_with(name, length, ".py") || ends_with(name, length, ".pyc") ||
           is_library(name, length) || is_metadata(path, name);
}

static int is_beneath(const char *path, const char *root)
{
    size_t length = strlen(root);
    return strncmp(path, root, length) == 0 && (path[length] == '/' || path[length] == 0);
}

enum tree_kind files_kind(const char *path)
{
    const struct rltf_tree *deepest = NULL;
    for (const struct rltf_tree *tree = trees; tree->path != NULL; tree++)
        if (is_beneath(path, tree->path) &&
            (deepest == NULL || strlen(tree->path) > strlen(deepest->path)))
            deepest = tree;
    return deepest == NULL ? TREE_CLOSED : (enum tree_kind)deepest->kind;
}

int files_hold(const char *path, enum tree_kind kind)
{
    for (const struct rltf_tree *tree = trees; tree->path != NULL; tree++)
        if (tree->kind == (int)kind && is_beneath(tree->path, path) && strcmp(tree->path, path) != 0)
            return 1;
    return 0;
}

int files_may_read(const char *path, mode_t mode)
{
    enum tree_kind kind = path[0] == '/' ? files_kind(path) : TREE_CLOSED;
    if (kind == TREE_CODE && !S_ISDIR(mode))
        return S_ISREG(mode) && is_code(path);
    return kind != TREE_CLOSED;
}

/* /dev/null, /dev/zero and /dev/full keep nothing of what is written to them. */
int files_is_sink(const struct stat *status)
{
    unsigned number = minor(status->st_rdev);
    return S_ISCHR(status->st_mode) && major(status->st_rdev) == 1 &&
           (number == 3 || number == 5 || number == 7);
}
