/* huge_pages.c - the interpreter's code in huge pages.
 *
 * A child maps the code that it runs again, sixteen small pages at each fault, and unmaps every
 * page at its end. Code in huge pages is inherited as a whole: one page table entry for two
 * megabytes. So the zygote copies the code of the interpreter, with the constants around it, to
 * anonymous huge pages, and maps these in the place of the file. If the kernel has no huge page to
 * give, nothing is changed, since the same code in small anonymous pages would make every fork
 * slower.
 */
#define _GNU_SOURCE
#include "rltf.h"

#include <dlfcn.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define HUGE_PAGE (2ull << 20)
#ifndef MADV_COLLAPSE
#define MADV_COLLAPSE 25
#endif

struct range {
    uint64_t start, end;
};

/* The mappings of the file that holds `address`, as far as they are neighbours and cannot be
 * written. */
static struct range mapped_around(uint64_t address)
{
    struct range run = {0};
    char line[4096 + 128], path[4096] = "", before[4096] = "";
    FILE *maps = fopen("/proc/self/maps", "re");
    int found = 0;
    while (maps != NULL && fgets(line, sizeof line, maps) != NULL) {
        uint64_t start, end;
        char rights[8];
        path[0] = 0;
        if (sscanf(line, "%" SCNx64 "-%" SCNx64 " %7s %*s %*s %*s %4095[^\n]", &start, &end, rights, path) < 3)
            break;
        if (rights[0] != 'r' || rights[1] == 'w' || start != run.end || strcmp(path, before) != 0) {
            if (found)
                break;
            run.start = start;
        }
        run.end = end;
        memcpy(before, path, sizeof path);
        found |= start <= address && address < end;
    }
    if (maps != NULL)
        fclose(maps);
    return found ? run : (struct range){0};
}

/* A copy of a range in huge pages, or NULL where there are none to be had. */
static void *huge_copy(struct range range)
{
    size_t length = range.end - range.start;
    char *room = mmap(NULL, length + HUGE_PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (room == MAP_FAILED)
        return NULL;
    size_t before = (size_t)(-(uintptr_t)room % HUGE_PAGE);
    char *copy = room + before;
    munmap(room, before);
    munmap(copy + length, HUGE_PAGE - before);
    memcpy(copy, (const void *)(uintptr_t)range.start, length);
    if (madvise(copy, length, MADV_COLLAPSE) < 0 ||
        mprotect(copy, length, PROT_READ | PROT_EXEC) < 0) {
        munmap(copy, length);
        return NULL;
    }
    return copy;
}

void rltf_huge_text(void)
{
    struct range range = mapped_around((uint64_t)(uintptr_t)dlsym(RTLD_DEFAULT, "PyObject_Call"));
    range.start = (range.start + HUGE_PAGE - 1) / HUGE_PAGE * HUGE_PAGE;
    range.end = range.end / HUGE_PAGE * HUGE_PAGE;
    if (range.end <= range.start)
        return;
    void *copy = huge_copy(range);
    size_t length = range.end - range.start;
    if (copy != NULL && mremap(copy, length, length, MREMAP_MAYMOVE | MREMAP_FIXED,
                               (void *)(uintptr_t)range.start) == MAP_FAILED)
        munmap(copy, length);
}
