/* test_files.c - which files a program may read, by their names. */
#define _GNU_SOURCE
#include "rltf.h"

#include "check.h"

static const struct rltf_tree trees[] = {
    {"/lib/python3", TREE_OPEN},
    {"/lib/python3/site-packages", TREE_CODE},
    {"/lib/python3/site-packages/pytz/zoneinfo", TREE_OPEN},
    {"/lib/python3/site-packages/answers", TREE_CLOSED},
    {"/dev/null", TREE_OPEN},
    {NULL, 0},
};

#define SITE "/lib/python3/site-packages/"

static int may_read(const char *path)
{
    return files_may_read(path, S_IFREG | 0644);
}

static void the_deepest_tree_decides(void)
{
    files_start(trees);
    CHECK(may_read("/lib/python3/lib2to3/Grammar.pickle"));
    CHECK(!may_read(SITE "pkg/data.json"));
    CHECK(may_read(SITE "pytz/zoneinfo/UTC") && !may_read(SITE "pytz/zones.json"));
    CHECK(!may_read(SITE "answers/__init__.py") && may_read(SITE "answers_of_others.py"));
    CHECK(!may_read("/etc/passwd") && !may_read("/lib/python3x/a.py") && !may_read("memfd:x.py"));
    CHECK(files_may_read(SITE "pkg", S_IFDIR) && !files_may_read(SITE "answers", S_IFDIR));
    CHECK(files_may_read("/dev/null", S_IFCHR) && !files_may_read(SITE "pkg/pipe.py", S_IFIFO));
}

static void code_is_told_by_its_name(void)
{
    static const char *const code[] = {
        "a.py", "__pycache__/a.cpython-311.pyc", "a.abi3.so", "lib/liba.so.1.2.3", "lib/a-1.so.12",
    };
    static const char *const data[] = {
        "a.jsonl.gz", "a.txt", "a.json",  "a.py.gz", "py",      ".py", ".so",
        "a.so.gz",    "a.egg", "a.pth",   "so.1.2",  "a.1",     "a.zip", "asso",
    };
    char path[256];
    files_start(trees);
    for (size_t i = 0; i < sizeof code / sizeof *code; i++) {
        snprintf(path, sizeof path, SITE "pkg/%s", code[i]);
        CHECK(may_read(path));
    }
    for (size_t i = 0; i < sizeof data / sizeof *data; i++) {
        snprintf(path, sizeof path, SITE "pkg/%s", data[i]);
        CHECK(!may_read(path));
    }
}

static void metadata_is_what_describes_a_package(void)
{
    files_start(trees);
    CHECK(may_read(SITE "a-1.dist-info/METADATA") && may_read(SITE "a-1.egg-info/PKG-INFO"));
    CHECK(may_read(SITE "a-1.egg-info"));
    CHECK(!may_read(SITE "a-1.dist-info/answers.jsonl") && !may_read(SITE "METADATA"));
    CHECK(!may_read(SITE "a-1.dist-info/licenses/RECORD"));
}

static void a_sink_keeps_nothing(void)
{
    struct stat status;
    CHECK(stat("/dev/null", &status) == 0 && files_is_sink(&status));
    CHECK(stat("/dev/urandom", &status) == 0 && !files_is_sink(&status));
    CHECK(stat("/", &status) == 0 && !files_is_sink(&status));
}

static void what_lies_below_is_found(void)
{
    files_start(trees);
    CHECK(files_hold("/lib/python3", TREE_CLOSED) && files_hold("/lib/python3", TREE_CODE));
    CHECK(!files_hold(SITE "answers", TREE_CLOSED) && !files_hold("/lib/python3x", TREE_CODE));
}

int main(void)
{
    static const struct test tests[] = {
        {"the deepest tree decides", the_deepest_tree_decides},
        {"code is told by its name", code_is_told_by_its_name},
        {"metadata is what describes a package", metadata_is_what_describes_a_package},
        {"a sink keeps nothing", a_sink_keeps_nothing},
        {"what lies below is found", what_lies_below_is_found},
    };
    return run_tests("files", tests, sizeof tests / sizeof *tests);
}
