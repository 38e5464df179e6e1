/* SPDX-License-Identifier: Apache-2.0 */

/* What a program costs that does nothing: the libraries of agentd, a signalfd, and epoll_wait(). The
 * yardstick of tests/bench/idle. */

#include <blkid/blkid.h>
#include <errno.h>
#include <json.h>
#include <libmount/libmount.h>
#include <openssl/evp.h>
#include <signal.h>
#include <stdio.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <systemd/sd-daemon.h>
#include <unistd.h>

/* One call into each, or the linker leaves them out. */
static int use_libraries(void)
{
        return mnt_get_library_version(NULL) > 0 && blkid_get_library_version(NULL, NULL) > 0 &&
               json_c_version() && EVP_sha256() && sd_booted() >= 0;
}

int main(void)
{
        struct epoll_event event = { .events = EPOLLIN };
        int epoll, signals, r;
        sigset_t mask;

        (void) sigemptyset(&mask);
        (void) sigaddset(&mask, SIGTERM);
        (void) sigprocmask(SIG_BLOCK, &mask, NULL);
        signals = signalfd(-1, &mask, SFD_CLOEXEC);
        epoll = epoll_create1(EPOLL_CLOEXEC);
        if (!use_libraries() || signals < 0 || epoll < 0 ||
            epoll_ctl(epoll, EPOLL_CTL_ADD, signals, &event) < 0) {
                fprintf(stderr, "idle-yardstick: cannot wait\n");
                return 1;
        }

        do
                r = epoll_wait(epoll, &event, 1, -1);
        while (r < 0 && errno == EINTR);

        return r == 1 ? 0 : 1;
}
