/* test_namespaces.c - all of a namespace or nothing of it, and the same user on both sides. */
#define _GNU_SOURCE
#include "rltf.h"

#include "check.h"

#include <net/if.h>
#include <pthread.h>
#include <sched.h>

static void our_network(char text[64])
{
    ssize_t length = readlink("/proc/self/ns/net", text, 63);
    CHECK(length > 0);
    text[length] = 0;
}

static void who_we_are_we_stay_and_the_network_is_another_where_it_is_told_so(void)
{
    uid_t uid = getuid();
    gid_t gid = getgid();
    char before[64], after[64];
    our_network(before);
    int layers = namespaces_enter(NULL);
    our_network(after);
    CHECK(layers >= 0);
    CHECK(getuid() == uid && getgid() == gid);
    CHECK((strcmp(before, after) != 0) == ((layers & LAYER_NET_NS) != 0));
    if (layers & LAYER_NET_NS) {
        struct if_nameindex *names = if_nameindex();
        CHECK(names != NULL && strcmp(names[0].if_name, "lo") == 0 && names[1].if_name == NULL);
        if_freenameindex(names);
    }
    CHECK(waitpid(-1, NULL, WNOHANG) == -1 && errno == ECHILD); /* the probe is gone */
}

static void *wait_for_ever(void *nothing)
{
    pause();
    return nothing;
}

static void a_process_with_threads_stays_where_it_is(void)
{
    char before[64], after[64];
    our_network(before);
    pthread_t thread;
    CHECK(pthread_create(&thread, NULL, wait_for_ever, NULL) == 0);
    int layers = namespaces_enter(NULL);
    our_network(after);
    CHECK(layers >= 0 && !(layers & LAYER_USER_NS));
    CHECK((strcmp(before, after) != 0) == ((layers & LAYER_NET_NS) != 0));
}

int main(void)
{
    static const struct test tests[] = {
        {"who we are we stay, and the network is another where it is told so",
         who_we_are_we_stay_and_the_network_is_another_where_it_is_told_so},
        {"a process with threads stays where it is", a_process_with_threads_stays_where_it_is},
    };
    return run_tests("namespaces", tests, sizeof tests / sizeof *tests);
}
