/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/daemon.h"
#include "varlink/client.h"
#include "varlink/server.h"

#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <systemd/sd-daemon.h>

#define SOCKET_NAME VARLINK_AGENT
#define REGISTRY "/run/varlink/registry"
#define REGISTRY_LINK REGISTRY "/" VARLINK_AGENT

enum { STALE_TRIES = 10, STALE_PAUSE_MS = 50 };

static mode_t mode_of(const struct daemon *daemon)
{
        return daemon->config.readers == CONFIG_READERS_ALL ? 0666 : 0600;
}

static int trouble(int error, const char *what, const char *path)
{
        event_say(EVENT_TROUBLE, NULL, "cannot %s %s: %s", what, path, strerror(-error));
        return error;
}

static int make_address(const char *path, struct sockaddr_un *ret)
{
        *ret = (struct sockaddr_un){ .sun_family = AF_UNIX };
        if (strlen(path) >= sizeof(ret->sun_path))
                return -ENAMETOOLONG;

        memcpy(ret->sun_path, path, strlen(path) + 1);
        return 0;
}

/* What a daemon left that is no more. -EADDRINUSE when there is one, or something else has the name. */
static int remove_stale(const struct sockaddr_un *address)
{
        _cleanup_close_ int fd = -EBADF;
        struct stat stat;

        if (lstat(address->sun_path, &stat) < 0)
                return errno == ENOENT ? 0 : -errno;
        fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        if (fd < 0)
                return -errno;
        if (!S_ISSOCK(stat.st_mode) ||
            connect(fd, (const struct sockaddr *) address, sizeof(*address)) >= 0 || errno != ECONNREFUSED)
                return -EADDRINUSE;

        return unlink(address->sun_path) < 0 ? -errno : 0;
}

/* A worker of a daemon that was killed just now listens for the moment that it takes to give that up. */
static int remove_stale_in_time(const struct sockaddr_un *address)
{
        const struct timespec pause = { .tv_nsec = STALE_PAUSE_MS * 1000000L };
        int r;

        for (unsigned i = 0; (r = remove_stale(address)) == -EADDRINUSE && i < STALE_TRIES; i++)
                (void) nanosleep(&pause, NULL);

        return r;
}

/* The mode before anybody can connect: nobody listens yet. */
static int make_socket(const struct daemon *daemon, const char *path)
{
        _cleanup_close_ int fd = -EBADF;
        struct sockaddr_un address;
        int r;

        r = make_address(path, &address);
        if (r >= 0)
                r = remove_stale_in_time(&address);
        if (r < 0)
                return r;
        fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
        if (fd < 0 || bind(fd, (const struct sockaddr *) &address, sizeof(address)) < 0 ||
            chmod(path, mode_of(daemon)) < 0 || listen(fd, SOMAXCONN) < 0)
                return -errno;

        return take_fd(&fd);
}

/* As systemd's Symlinks= would. That it cannot be had is nothing to fail for. */
static void add_to_registry(struct daemon *daemon)
{
        if (!string_equal(daemon->socket_path, VARLINK_AGENT_SOCKET))
                return;
        (void) mkdir("/run/varlink", 0755);
        (void) mkdir(REGISTRY, 0755);
        daemon->registered = symlink(daemon->socket_path, REGISTRY_LINK) >= 0;
}

static int own_socket(struct daemon *daemon)
{
        _cleanup_free_ char *path = string_format("%s/" SOCKET_NAME, daemon->options.run_directory);
        int fd, r;

        if (!path)
                return -ENOMEM;
        fd = make_socket(daemon, path);
        if (fd < 0)
                return trouble(fd, "listen at", path);
        daemon->socket_path = take_ptr(path);
        r = varlink_server_add(daemon->server, fd);
        if (r >= 0)
                add_to_registry(daemon);

        return r;
}

static bool is_listening(int fd)
{
        socklen_t len = sizeof(int);
        int value = 0;

        return getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &value, &len) >= 0 && value;
}

int socket_start(struct daemon *daemon)
{
        const char *directory = daemon->options.run_directory;
        int n, r = 0;

        n = sd_listen_fds(1);
        if (n < 0)
                return trouble(n, "take the sockets of", "systemd");
        for (int i = 0; i < n && r >= 0; i++) {
                int fd = SD_LISTEN_FDS_START + i;

                /* A connection alone: whoever started us wants that served, and nothing else done. */
                daemon->single = n == 1 && !is_listening(fd);
                r = varlink_server_add(daemon->server, fd);
        }
        if (r < 0)
                return trouble(r, "serve", "a socket of systemd's");
        if (daemon->single)
                return 0;
        if (mkdir(directory, 0755) < 0 && errno != EEXIST)
                return trouble(-errno, "make", directory);

        return n > 0 ? 0 : own_socket(daemon);
}

/* A socket of systemd's has the mode of its unit; who may read is asked at each call. */
void socket_set_mode(const struct daemon *daemon)
{
        if (daemon->socket_path && chmod(daemon->socket_path, mode_of(daemon)) < 0)
                (void) trouble(-errno, "change the mode of", daemon->socket_path);
}

void socket_done(struct daemon *daemon)
{
        if (daemon->registered)
                (void) unlink(REGISTRY_LINK);
        if (daemon->socket_path)
                (void) unlink(daemon->socket_path);
        free(daemon->socket_path);
}
