/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/watcher.h"
#include "base/json.h"
#include "base/loop.h"
#include "control/events.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/inotify.h>

/* A file that is being written is looked at when the writer closes it; most are replaced anyway. */
#define MASK                                                                                                 \
        (IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO | IN_CLOSE_WRITE | IN_ATTRIB | IN_DELETE_SELF | \
         IN_MOVE_SELF | IN_ONLYDIR | IN_DONT_FOLLOW | IN_EXCL_UNLINK)

enum { DIRECTORIES_MAX = 4096, EVENTS_SIZE = 16 << 10 };

struct directory {
        int watch;    /* of inotify; negative when it could not be had */
        char *path;   /* as it is in the root */
        char *names;  /* each ended by NUL, and an empty one at the end; NULL for any */
        bool is_kept; /* in the new list */
};

static const char *const kernel_files[] = { "/proc/self/mountinfo", "/proc/swaps" };

struct watcher {
        struct watcher_options options;
        struct loop *loop;
        int inotify;
        struct loop_watch *watch;
        struct directory *directories;
        size_t n;
        bool is_full; /* said so: the kernel takes no more watches */
        int kernel[ARRAY_SIZE(kernel_files)];
        struct loop_watch *kernel_watches[ARRAY_SIZE(kernel_files)];
};

static void directory_done(struct directory *directory)
{
        free(directory->path);
        free(directory->names);
}

static bool has_name(const struct directory *directory, const char *name)
{
        if (!directory->names)
                return true;
        for (const char *at = directory->names; *at; at += strlen(at) + 1)
                if (string_equal(at, name))
                        return true;

        return false;
}

/* Two paths may be one directory, by a bind mount, and have one watch. */
static bool concerns(struct watcher *watcher, const struct inotify_event *event)
{
        if (event->mask & IN_Q_OVERFLOW)
                return true;
        for (size_t i = 0; i < watcher->n; i++) {
                struct directory *directory = &watcher->directories[i];

                if (directory->watch != event->wd)
                        continue;
                if (event->mask & (IN_IGNORED | IN_DELETE_SELF | IN_MOVE_SELF | IN_UNMOUNT)) {
                        if (event->mask & (IN_IGNORED | IN_UNMOUNT))
                                directory->watch = -1;
                        return true;
                }
                /* The directory itself, without a name: its owner or mode. */
                if (event->len == 0 || has_name(directory, event->name))
                        return true;
        }

        return false;
}

static void inotify_ready(uint32_t events, void *userdata)
{
        struct watcher *watcher = userdata;
        union {
                struct inotify_event event;
                char bytes[EVENTS_SIZE];
        } buffer;
        bool changed = false;
        ssize_t n;

        (void) events;
        n = read(watcher->inotify, &buffer, sizeof(buffer));
        for (ssize_t at = 0; at < n;) {
                const struct inotify_event *event = (const struct inotify_event *) (buffer.bytes + at);

                changed = concerns(watcher, event) || changed;
                at += (ssize_t) (sizeof(*event) + event->len);
        }
        if (changed)
                watcher->options.changed(watcher->options.userdata);
}

/* The kernel says so once for each reader, and epoll asks for it. */
static void kernel_ready(uint32_t events, void *userdata)
{
        struct watcher *watcher = userdata;

        if (events & (EPOLLPRI | EPOLLERR))
                watcher->options.changed(watcher->options.userdata);
}

static int watch_kernel(struct watcher *watcher)
{
        for (size_t i = 0; i < ARRAY_SIZE(kernel_files); i++) {
                int r;

                watcher->kernel[i] = open(kernel_files[i], O_RDONLY | O_CLOEXEC | O_NONBLOCK);
                if (watcher->kernel[i] < 0) {
                        event_say(EVENT_TROUBLE, NULL, "cannot open %s, and will not notice changes: %s",
                                  kernel_files[i], strerror(errno));
                        continue;
                }
                /* EPOLLERR comes with it each time. The edge only: the level stays until it is asked for. */
                r = loop_watch_fd(watcher->loop, watcher->kernel[i], EPOLLPRI | (uint32_t) EPOLLET,
                                  kernel_ready, watcher, &watcher->kernel_watches[i]);
                if (r < 0)
                        return r;
        }

        return 0;
}

int watcher_new(struct loop *loop, const struct watcher_options *options, struct watcher **ret)
{
        struct watcher *watcher = calloc(1, sizeof(*watcher));
        int r = 0;

        if (!watcher)
                return -ENOMEM;
        *watcher = (struct watcher){ .options = *options, .loop = loop };
        for (size_t i = 0; i < ARRAY_SIZE(kernel_files); i++)
                watcher->kernel[i] = -EBADF;

        watcher->inotify = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
        if (watcher->inotify < 0)
                event_say(EVENT_TROUBLE, NULL, "changes of files will not be noticed: %s", strerror(errno));
        else
                r = loop_watch_fd(loop, watcher->inotify, EPOLLIN, inotify_ready, watcher, &watcher->watch);
        if (r >= 0 && options->kernel)
                r = watch_kernel(watcher);
        if (r < 0) {
                (void) watcher_free(watcher);
                return r;
        }

        *ret = watcher;
        return 0;
}

struct watcher *watcher_free(struct watcher *watcher)
{
        if (!watcher)
                return NULL;

        for (size_t i = 0; i < ARRAY_SIZE(kernel_files); i++)
                (void) loop_watch_free(watcher->kernel_watches[i]);
        (void) loop_watch_free(watcher->watch);
        watcher_abandon(watcher);
        for (size_t i = 0; i < watcher->n; i++)
                directory_done(&watcher->directories[i]);
        free(watcher->directories);
        free(watcher);
        return NULL;
}

void watcher_abandon(struct watcher *watcher)
{
        close_pointer(&watcher->inotify);
        watcher->inotify = -EBADF;
        for (size_t i = 0; i < ARRAY_SIZE(kernel_files); i++) {
                close_pointer(&watcher->kernel[i]);
                watcher->kernel[i] = -EBADF;
        }
}

size_t watcher_count(const struct watcher *watcher)
{
        return watcher->n;
}

static char *join_names(struct json_object *names)
{
        _cleanup_buffer_ struct buffer joined = { 0 };
        char *result;

        for (size_t i = 0; i < json_array_size(names); i++) {
                buffer_add_text(&joined, json_item_text(names, i));
                buffer_add_char(&joined, '\0');
        }
        buffer_add_char(&joined, '\0');

        return buffer_finish(&joined, &result, NULL) < 0 ? NULL : result;
}

static struct directory *find(struct watcher *watcher, struct text path)
{
        for (size_t i = 0; i < watcher->n; i++)
                if (text_equal(path, watcher->directories[i].path))
                        return &watcher->directories[i];

        return NULL;
}

static void start(struct watcher *watcher, struct directory *directory)
{
        const char *root = watcher->options.root ? watcher->options.root : "";
        char path[PATH_MAX];
        int n = snprintf(path, sizeof(path), "%s%s", string_equal(root, "/") ? "" : root, directory->path);

        if (watcher->inotify < 0 || n < 0 || (size_t) n >= sizeof(path))
                return;
        directory->watch = inotify_add_watch(watcher->inotify, path, MASK);
        if (directory->watch < 0 && errno == ENOSPC && !watcher->is_full) {
                watcher->is_full = true;
                event_say(EVENT_TROUBLE, NULL,
                          "changes in %s and others will not be noticed: fs.inotify.max_user_watches is "
                          "reached",
                          directory->path);
        }
}

static int add(struct watcher *watcher, struct text path, struct json_object *names, bool *ret_new)
{
        struct directory *directory = find(watcher, path);
        char *joined = names ? join_names(names) : NULL;
        struct directory new = { .watch = -1 };

        if (names && !joined)
                return -ENOMEM;
        if (!directory) {
                new.path = text_dup(path);
                if (!new.path || array_grow(&watcher->directories, watcher->n, sizeof(new)) < 0) {
                        free(new.path);
                        free(joined);
                        return -ENOMEM;
                }
                directory = &watcher->directories[watcher->n++];
                *directory = new;
        }

        free(directory->names);
        directory->names = joined;
        directory->is_kept = true;
        if (directory->watch < 0) {
                start(watcher, directory);
                *ret_new = *ret_new || directory->watch >= 0;
        }
        return 0;
}

static bool is_shared(const struct watcher *watcher, const struct directory *directory)
{
        for (size_t i = 0; i < watcher->n; i++)
                if (&watcher->directories[i] != directory &&
                    watcher->directories[i].watch == directory->watch)
                        return true;

        return false;
}

static void drop_others(struct watcher *watcher)
{
        size_t n = 0;

        for (size_t i = 0; i < watcher->n; i++) {
                struct directory *directory = &watcher->directories[i];

                if (directory->is_kept)
                        continue;
                if (directory->watch >= 0 && !is_shared(watcher, directory))
                        (void) inotify_rm_watch(watcher->inotify, directory->watch);
                directory->watch = -1;
        }
        for (size_t i = 0; i < watcher->n; i++) {
                if (watcher->directories[i].is_kept)
                        watcher->directories[n++] = watcher->directories[i];
                else
                        directory_done(&watcher->directories[i]);
        }
        watcher->n = n;
}

int watcher_set(struct watcher *watcher, struct json_object *list, bool *ret_new)
{
        struct json_object *watches = json_get_array(list, "watches");

        *ret_new = false;
        for (size_t i = 0; i < watcher->n; i++)
                watcher->directories[i].is_kept = false;

        for (size_t i = 0; i < json_array_size(watches) && i < DIRECTORIES_MAX; i++) {
                struct json_object *watch = json_array_item(watches, i);
                struct text path;
                int r;

                if (json_get_text(watch, "directory", &path) < 0)
                        continue;
                r = add(watcher, path, json_get_array(watch, "names"), ret_new);
                if (r < 0)
                        return r;
        }
        drop_others(watcher);

        return 0;
}
