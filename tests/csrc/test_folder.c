/* test_folder.c - the private folder of a test: what it confines, its limits, and its emptying.
 *
 * Where the machine allows no mount namespace there is no folder, and nothing to test.
 */
#define _GNU_SOURCE
#include "folder.h"
#include "rltf.h"

#include "check.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#define BYTES (1u << 20)
#define FILES 64u

static char place[] = "/tmp/rltf-test-folder-XXXXXX";

/* Enters a folder; returns whether there is one. The standard streams become those of a zygote. */
static int enter(void)
{
    struct rltf_folder wanted = {.path = place, .bytes = BYTES, .files = FILES};
    int layers = namespaces_enter(&wanted);
    CHECK(layers >= 0);
    if (!(layers & LAYER_FILES))
        return 0;
    CHECK(folder_enter(&wanted) == 0);
    return 1;
}

/* Empties the folder as after a child; the streams are those of a zygote only meanwhile. */
static int empty(void)
{
    int own = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 100);
    CHECK(own >= 0 && streams_prepare() == 0);
    folder_used();
    int result = folder_empty();
    dup2(own, STDERR_FILENO);
    close(own);
    return result;
}

static int count(const char *path)
{
    int found = 0;
    DIR *folder = opendir(path);
    CHECK(folder != NULL);
    while (readdir(folder) != NULL)
        found++;
    closedir(folder);
    return found - 2; /* without . and .. */
}

static void put(const char *name)
{
    int fd = open(name, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
    CHECK(fd >= 0 && write(fd, "x", 1) == 1 && close(fd) == 0);
}

static void all_else_is_read_only(void)
{
    if (!enter())
        return;
    put("here");
    CHECK(open("/rltf-made", O_CREAT | O_WRONLY, 0600) < 0 && errno == EROFS);
    CHECK(mkdir("/var/rltf-made", 0700) < 0 && errno == EROFS);
    int null = open("/dev/null", O_WRONLY | O_CLOEXEC);
    CHECK(null >= 0 && write(null, "x", 1) == 1);
}

static void its_limits_hold(void)
{
    static char page[4096];
    if (!enter())
        return;
    int fd = open("big", O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
    size_t written = 0;
    CHECK(fd >= 0);
    while (write(fd, page, sizeof page) > 0)
        written += sizeof page;
    CHECK(errno == ENOSPC && written == BYTES && ftruncate(fd, 0) == 0);
    unsigned made = 0;
    for (char name[16]; snprintf(name, sizeof name, "%u", made), mkdir(name, 0700) == 0;)
        made++;
    CHECK(errno == ENOSPC && made == FILES - 1);
    CHECK(link("big", "other") < 0 && errno == ENOSPC);
    CHECK(empty() == 0 && count(".") == 0);
}

static void deep_folders_go(void)
{
    char name[250];
    if (!enter())
        return;
    memset(name, 'd', sizeof name - 1);
    name[sizeof name - 1] = 0;
    for (unsigned depth = 0; depth < FILES - 1; depth++)
        CHECK(mkdir(name, 0700) == 0 && chdir(name) == 0); /* a path of 15,000 bytes */
    put("last");
    CHECK(fchdir(folder_descriptor()) == 0 && empty() == 0 && count(".") == 0);
}

static void what_cannot_be_read_goes(void)
{
    if (!enter())
        return;
    CHECK(mkdir("a", 0700) == 0 && mkdir("a/b", 0700) == 0 && mkdir("a/b/c", 0700) == 0);
    put("a/b/c/file");
    put("a/0");
    put("\n\x01\xff");
    CHECK(mkdir("0", 0700) == 0 && mkdir("1", 0) == 0); /* names that the emptying uses itself */
    CHECK(chmod("a/b/c", 0) == 0 && chmod("a/b", 0) == 0 && chmod("a", 0) == 0 && chmod(".", 0) == 0);
    CHECK(empty() == 0 && count(".") == 0);
    struct stat status;
    CHECK(fstat(folder_descriptor(), &status) == 0 && (status.st_mode & 07777) == 0700);
}

static void links_are_removed_and_not_followed(void)
{
    char outside[sizeof place + 8];
    snprintf(outside, sizeof outside, "%s-other", place);
    CHECK(mkdir(outside, 0700) == 0);
    if (enter()) {
        CHECK(symlink(outside, "folder") == 0 && symlink("/nowhere", "lost") == 0);
        CHECK(symlink("loop", "loop") == 0);
        put("one");
        CHECK(link("one", "two") == 0);
        CHECK(empty() == 0 && count(".") == 0);
    }
    struct stat status;
    CHECK(stat(outside, &status) == 0);
}

static void what_is_still_held_is_not_called_empty(void)
{
    if (!enter())
        return;
    int fd = open("held", O_CREAT | O_RDWR | O_CLOEXEC, 0600);
    CHECK(fd >= 0 && ftruncate(fd, 8192) == 0);
    char *mapped = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    CHECK(mapped != MAP_FAILED);
    mapped[0] = 'x';
    CHECK(unlink("held") == 0 && close(fd) == 0);
    CHECK(empty() < 0 && errno == EBUSY);
    CHECK(munmap(mapped, 8192) == 0 && empty() == 0);
}

static void its_files_are_known_by_their_device(void)
{
    struct stat status;
    CHECK(stat("/", &status) == 0 && !folder_holds(&status));
    if (!enter())
        return;
    put("file");
    CHECK(stat("file", &status) == 0 && folder_holds(&status));
    CHECK(stat("/", &status) == 0 && !folder_holds(&status));
}

static void files_are_made_beneath_it_only(void)
{
    char path[sizeof place + 32];
    if (!enter())
        return;
    int flags = O_CREAT | O_WRONLY;
    snprintf(path, sizeof path, "%s/made", place);
    int fd = folder_create(path, flags, 0640);
    struct stat status;
    CHECK(fd >= 0 && fstat(fd, &status) == 0 && folder_holds(&status) && close(fd) == 0);
    CHECK(folder_create("/made", flags, 0600) == -EACCES);
    snprintf(path, sizeof path, "%s/../made", place);
    CHECK(folder_create(path, flags, 0600) == -EACCES);
    CHECK(symlink("/tmp/made", "out") == 0 && symlink("in", "inner") == 0);
    snprintf(path, sizeof path, "%s/out", place);
    CHECK(folder_create(path, flags, 0600) == -EACCES);
    snprintf(path, sizeof path, "%s/inner", place);
    CHECK((fd = folder_create(path, flags, 0600)) >= 0 && close(fd) == 0 && access("in", F_OK) == 0);
    snprintf(path, sizeof path, "%s/missing/made", place);
    CHECK(folder_create(path, flags, 0600) == -ENOENT);
    snprintf(path, sizeof path, "%s/made/", place);
    CHECK(folder_create(path, flags, 0600) == -EISDIR);
}

int main(void)
{
    static const struct test tests[] = {
        {"all else is read-only", all_else_is_read_only},
        {"its limits hold", its_limits_hold},
        {"deep folders go", deep_folders_go},
        {"what cannot be read goes", what_cannot_be_read_goes},
        {"links are removed and not followed", links_are_removed_and_not_followed},
        {"what is still held is not called empty", what_is_still_held_is_not_called_empty},
        {"its files are known by their device", its_files_are_known_by_their_device},
        {"files are made beneath it only", files_are_made_beneath_it_only},
    };
    char outside[sizeof place + 8];
    CHECK(mkdtemp(place) != NULL);
    int result = run_tests("folder", tests, sizeof tests / sizeof *tests);
    snprintf(outside, sizeof outside, "%s-other", place);
    rmdir(outside);
    rmdir(place);
    return result;
}
