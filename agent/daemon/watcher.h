/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Notices that something is another one than the last scan saw: inotify(7) on directories, and what the
 * kernel says of mounts and swap by POLLPRI, see proc(5). Nothing is asked for again and again. */

#include "base/text.h"

struct json_object;
struct loop;
struct watcher;

struct watcher_options {
        const char *root; /* paths are below it; NULL or "/" for the running system */
        bool kernel;      /* also mounts and swap areas */
        void (*changed)(void *userdata);
        void *userdata;
};

/* Without inotify it is said in the journal, and nothing is noticed. */
_must_check_ int watcher_new(struct loop *loop, const struct watcher_options *options, struct watcher **ret);
struct watcher *watcher_free(struct watcher *watcher);
/* The directories of a watch list, in place of those before. True in *ret_new when one is among them that was
 * not watched: what happened there since it was read has not been noticed. -ENOMEM. */
_must_check_ int watcher_set(struct watcher *watcher, struct json_object *list, bool *ret_new);
/* In a forked process. */
void watcher_abandon(struct watcher *watcher);
size_t watcher_count(const struct watcher *watcher);
