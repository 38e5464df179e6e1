/* SPDX-License-Identifier: Apache-2.0 */

/* varlink-call SOCKET METHOD [PARAMETERS [more [COUNT [MS]]]]: each reply as a line. Ends after the last
 * reply, or after COUNT of them; 1 after an error, 3 when the server hangs up, 4 when nothing comes for MS
 * (20 s). It knows nothing of our client, and asks not who serves. With METHOD "raw" the parameters are the
 * bytes to send; "crowd" opens that many connections, as far as it can, and holds them for two seconds. A
 * SOCKET "exec:PROGRAM" starts the program with the other end of a connection, as varlinkctl does. */

#include "base/cleanup.h"

#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>

/* The connection is descriptor 3 there, see sd_listen_fds(3). */
static void start(const char *program, int fd)
{
        char pid[32];

        (void) snprintf(pid, sizeof(pid), "%d", (int) getpid());
        if (fd == 3 ? fcntl(3, F_SETFD, 0) < 0 : dup2(fd, 3) < 0)
                _exit(127);
        if (setenv("LISTEN_PID", pid, 1) < 0 || setenv("LISTEN_FDS", "1", 1) < 0)
                _exit(127);
        (void) execl(program, program, (char *) NULL);
        _exit(127);
}

static pid_t server;

static int start_server(const char *program)
{
        int ends[2];

        if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) < 0)
                return -1;
        server = fork();
        if (server == 0)
                start(program, ends[1]);
        (void) close(ends[1]);
        return server < 0 ? -1 : ends[0];
}

static int open_client(const char *path)
{
        struct sockaddr_un address = { .sun_family = AF_UNIX };
        int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

        if (fd < 0 || strlen(path) >= sizeof(address.sun_path))
                return -1;
        memcpy(address.sun_path, path, strlen(path) + 1);
        return connect(fd, (struct sockaddr *) &address, sizeof(address)) < 0 ? -1 : fd;
}

static bool is_last(const char *reply)
{
        const char *end = strstr(reply, "\"continues\":true");

        return !end;
}

static int crowd(const char *path, long n)
{
        for (long i = 0; i < n; i++) {
                int fd = open_client(path);

                /* Half a call each, which its server has to keep. */
                if (fd >= 0)
                        (void) !send(fd, "{\"method\":", 10, MSG_NOSIGNAL | MSG_DONTWAIT);
        }
        (void) sleep(2);
        return 0;
}

/* The bytes of one reply, printed as they come, so that a shell can read them line by line. */
static int hear(int fd, long count, int timeout)
{
        static char reply[16 << 20];
        size_t len = 0;

        while (count != 0) {
                struct pollfd poll_fd = { .fd = fd, .events = POLLIN };
                ssize_t n;

                if (poll(&poll_fd, 1, timeout) <= 0)
                        return 4;
                n = read(fd, reply + len, 1);
                if (n <= 0 || len + 1 == sizeof(reply))
                        return 3;
                if (reply[len++] != '\0')
                        continue;
                printf("%s\n", reply);
                fflush(stdout);
                if (is_last(reply))
                        return strncmp(reply, "{\"error\"", 8) == 0;
                len = 0;
                count--;
        }

        return 0;
}

int main(int argc, char **argv)
{
        const char *parameters = argc > 3 && argv[3][0] ? argv[3] : "{}";
        bool more = argc > 4 && strcmp(argv[4], "more") == 0;
        int fd = argc <= 2                           ? -1
                 : strncmp(argv[1], "exec:", 5) == 0 ? start_server(argv[1] + 5)
                                                     : open_client(argv[1]);
        char call[1 << 16];
        int len, code, status;

        if (argc > 3 && strcmp(argv[2], "crowd") == 0)
                return crowd(argv[1], atol(argv[3]));
        if (fd < 0) {
                fprintf(stderr, "varlink-call: cannot connect: %s\n", strerror(errno));
                return 2;
        }
        if (strcmp(argv[2], "raw") == 0)
                len = snprintf(call, sizeof(call), "%s", parameters);
        else
                len = snprintf(call, sizeof(call), "{\"method\":\"%s%s\",\"parameters\":%s%s}",
                               strchr(argv[2], '.') ? "" : "io.ecsguest.Agent.", argv[2], parameters,
                               more ? ",\"more\":true" : "");
        if (len < 0 || (size_t) len >= sizeof(call) ||
            send(fd, call, (size_t) len + 1, MSG_NOSIGNAL) != len + 1) {
                fprintf(stderr, "varlink-call: cannot send\n");
                return 2;
        }

        code = hear(fd, argc > 5 ? atol(argv[5]) : -1, argc > 6 ? atoi(argv[6]) : 20000);
        (void) close(fd);
        /* It ends with the connection, or the alarm ends us. */
        (void) alarm(10);
        if (server > 0 && (waitpid(server, &status, 0) != server || status != 0))
                return 5;
        return code;
}
