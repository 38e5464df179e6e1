/* SPDX-License-Identifier: Apache-2.0 */

/* canned-server SOCKET DIRECTORY: a server that says whatever stands in a file, right or wrong, for
 * daemon-broken.sh. The Nth call of a method is answered from DIRECTORY/METHOD.N, or from DIRECTORY/METHOD:
 * each line is a message, and what follows the last one is silence. A line "hangup" closes the connection,
 * and "exit" the server; a line that begins with "=" is said without the NUL behind it. Each call is added to
 * DIRECTORY/calls. */

#include "base/json.h"

#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

enum { METHODS = 32, CALL_MAX = 1 << 16 };

static const char *directory;

/* How often a method was called, this time included. */
static unsigned count_call(const char *method)
{
        static struct {
                char *name;
                unsigned n;
        } counts[METHODS];

        for (size_t i = 0; i < METHODS; i++) {
                if (!counts[i].name)
                        counts[i].name = strdup(method);
                if (counts[i].name && string_equal(counts[i].name, method))
                        return ++counts[i].n;
        }

        return 0;
}

static FILE *open_answer(const char *method)
{
        _cleanup_free_ char *numbered = string_format("%s/%s.%u", directory, method, count_call(method));
        _cleanup_free_ char *plain = string_format("%s/%s", directory, method);
        FILE *file = numbered ? fopen(numbered, "re") : NULL;

        return file || !plain ? file : fopen(plain, "re");
}

/* Whether the connection stays. */
static bool say_line(int fd, char *line)
{
        size_t len = strcspn(line, "\n");
        bool bare = line[0] == '=';

        line[len] = '\0';
        if (string_equal(line, "exit"))
                exit(0);
        if (string_equal(line, "hangup"))
                return false;

        return send(fd, line + bare, len + !bare - bare, MSG_NOSIGNAL) > 0;
}

static bool answer(int fd, struct json_object *call)
{
        _cleanup_free_ char *method = NULL, *line = NULL;
        size_t size = 0;
        bool stays = true;
        FILE *file;

        if (json_dup_string(call, "method", &method) < 0)
                return false;
        file = open_answer(method);
        if (!file)
                return false;
        while (stays && getline(&line, &size, file) >= 0)
                stays = say_line(fd, line);
        fclose(file);

        return stays;
}

static void note(const char *text)
{
        _cleanup_free_ char *path = string_format("%s/calls", directory);
        FILE *file = path ? fopen(path, "ae") : NULL;

        if (!file)
                return;
        fprintf(file, "%s\n", text);
        fclose(file);
}

static void serve(int fd)
{
        static char call[CALL_MAX];
        size_t len = 0;

        while (len < sizeof(call) && read(fd, call + len, 1) == 1) {
                _cleanup_json_ struct json_object *object = NULL;
                const char *cause;

                if (call[len++] != '\0')
                        continue;
                note(call);
                if (json_parse(call, len - 1, sizeof(call), &object, &cause) < 0 || !answer(fd, object))
                        return;
                len = 0;
        }
}

int main(int argc, char *argv[])
{
        struct sockaddr_un address = { .sun_family = AF_UNIX };
        int listening = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

        if (argc != 3 || strlen(argv[1]) >= sizeof(address.sun_path)) {
                fprintf(stderr, "use: canned-server SOCKET DIRECTORY\n");
                return 2;
        }
        directory = argv[2];
        memcpy(address.sun_path, argv[1], strlen(argv[1]) + 1);
        (void) unlink(argv[1]);
        if (listening < 0 || bind(listening, (struct sockaddr *) &address, sizeof(address)) < 0 ||
            listen(listening, 8) < 0) {
                fprintf(stderr, "canned-server: '%s': %s\n", argv[1], strerror(errno));
                return 1;
        }

        for (;;) {
                int fd = accept4(listening, NULL, NULL, SOCK_CLOEXEC);

                if (fd < 0)
                        return 1;
                serve(fd);
                (void) close(fd);
        }
}
