/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/store.h"
#include "engine/change-file.h"
#include "engine/diag.h"
#include "engine/root-internal.h"
#include "engine/root-write.h"
#include "engine/store-internal.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>

enum { STORE_TRANSACTIONS = 4096 };

static int fail(struct diag *diag, int error, const char *path, const char *message)
{
        if (message)
                return diag_set(diag, error, path, 0, "'%s' %s; nothing was changed", path, message);

        return diag_set(diag, error, path, 0, "the %s needs '%s': %s; nothing was changed",
                        text_starts(text_from_string(path), "/etc") ? "waiver" : "undo record", path,
                        strerror(-error));
}

/* Nobody but us may be able to put something there. */
static int check_directory(int fd, const char *path, struct diag *diag)
{
        struct stat st;

        if (fstat(fd, &st) < 0)
                return -errno;
        if (!S_ISDIR(st.st_mode))
                return fail(diag, -ENOTDIR, path, "is not a directory");
        if (st.st_uid != geteuid() && st.st_uid != 0)
                return fail(diag, -EPERM, path, "belongs to somebody else");
        if (st.st_mode & 022)
                return fail(diag, -EPERM, path, "can be written to by others");

        return 0;
}

/* Opens a directory of ours below an open one; makes it when asked to. */
int store_enter(int parent, const char *name, mode_t mode, bool make, const char *path, struct diag *diag)
{
        _cleanup_close_ int fd = -EBADF;
        int r;

        if (make && mkdirat(parent, name, mode) == 0) {
                r = sync_directory(parent);
                if (r < 0)
                        return fail(diag, r, path, NULL);
        } else if (make && errno != EEXIST) {
                return fail(diag, -errno, path, NULL);
        }

        fd = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        if (fd < 0)
                return errno == ENOENT
                               ? -ENOENT
                               : fail(diag, -errno, path,
                                      errno == ENOTDIR || errno == ELOOP ? "is not a directory" : NULL);
        r = check_directory(fd, path, diag);
        return r < 0 ? r : take_fd(&fd);
}

/* /var and /var/lib are the system's: links in them are followed, inside the root. */
int store_open_system(struct root *root, const char *path, bool make, struct diag *diag)
{
        _cleanup_place_ struct place place = PLACE_INIT;
        int r;

        r = root_find(root, path, PLACE_RESOLVED, &place);
        if (r == -ENOENT && make && place.resolved) {
                _cleanup_free_ char *directory = NULL, *name = NULL;
                _cleanup_close_ int parent = -EBADF;

                r = path_split(place.resolved, &directory, &name);
                if (r < 0)
                        return r;
                parent = string_equal(directory, "/") ? root_open_directory(root, "/")
                                                      : store_open_system(root, directory, make, diag);
                if (parent < 0)
                        return parent;
                if (mkdirat(parent, name, 0755) < 0 && errno != EEXIST)
                        return fail(diag, -errno, path, NULL);
                r = sync_directory(parent);
                if (r < 0)
                        return fail(diag, r, path, NULL);
                return store_open_system(root, path, false, diag);
        }
        if (r < 0)
                return r == -ENOENT ? r : fail(diag, r, path, NULL);

        r = root_open_directory(root, place.resolved);
        return r < 0 ? fail(diag, r, path, NULL) : r;
}

int store_open_home(struct root *root, bool make, struct diag *diag)
{
        _cleanup_close_ int system = store_open_system(root, "/var/lib", make, diag);

        return system < 0
                       ? system
                       : store_enter(system, "ecs-guest-agent", 0755, make, "/var/lib/ecs-guest-agent", diag);
}

static int open_store(struct root *root, bool make, int *ret_home, int *ret_undo, struct diag *diag)
{
        _cleanup_close_ int home = store_open_home(root, make, diag);
        int undo;

        if (home < 0)
                return home;
        undo = store_enter(home, "undo", 0700, make, STORE_PLACE, diag);
        if (undo < 0)
                return undo;

        *ret_home = take_fd(&home);
        *ret_undo = undo;
        return 0;
}

int store_open(struct root *root, struct store *ret, struct diag *diag)
{
        _cleanup_close_ int home = -EBADF;
        int undo = -EBADF, r;

        r = open_store(root, false, &home, &undo, diag);
        if (r < 0 && r != -ENOENT)
                return r;

        *ret = (struct store){ .fd = undo, .lock = -EBADF };
        return 0;
}

int store_open_locked(struct root *root, struct store *ret, struct diag *diag)
{
        static const char lock_path[] = "/var/lib/ecs-guest-agent/lock";
        _cleanup_store_ struct store store = STORE_INIT;
        _cleanup_close_ int home = -EBADF;
        struct stat st;
        int r;

        r = open_store(root, true, &home, &store.fd, diag);
        if (r < 0)
                return r;

        store.lock = openat(home, "lock", O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0600);
        if (store.lock < 0 || fstat(store.lock, &st) < 0)
                return fail(diag, -errno, lock_path, NULL);
        if (!S_ISREG(st.st_mode))
                return fail(diag, -EBADFD, lock_path, "is not a regular file");
        if (flock(store.lock, LOCK_EX | LOCK_NB) < 0)
                return errno == EWOULDBLOCK
                               ? diag_set(diag, -EBUSY, lock_path, 0, "another fix or undo is at work here")
                               : fail(diag, -errno, lock_path, NULL);

        *ret = store;
        store = (struct store) STORE_INIT;
        return 0;
}

int store_open_reporter(struct root *root)
{
        _cleanup_close_ int home = store_open_home(root, false, NULL);
        int fd;

        if (home < 0)
                return home;
        fd = openat(home, "reporter", O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

        return fd < 0 ? -errno : fd;
}

void store_close(struct store *store)
{
        close_pointer(&store->fd);
        close_pointer(&store->lock);
        *store = (struct store) STORE_INIT;
}

void store_names_free(char **names, size_t n)
{
        for (size_t i = 0; i < n; i++)
                free(names[i]);
        free(names);
}

static int by_name(const void *a, const void *b)
{
        return strcmp(*(char *const *) a, *(char *const *) b);
}

static int read_names(DIR *directory, char ***names, size_t *n)
{
        struct dirent *item;

        while (errno = 0, (item = readdir(directory))) {
                /* Records that are being made begin with a dot. */
                if (item->d_name[0] == '.')
                        continue;
                if (*n == STORE_TRANSACTIONS)
                        return -E2BIG;
                if (array_grow(names, *n, sizeof(**names)) < 0)
                        return -ENOMEM;
                (*names)[*n] = strdup(item->d_name);
                if (!(*names)[*n])
                        return -ENOMEM;
                (*n)++;
        }

        return -errno;
}

static DIR *open_directory(int at, const char *name)
{
        int fd = openat(at, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        DIR *directory = fd < 0 ? NULL : fdopendir(fd);

        if (!directory)
                close_pointer(&fd);
        return directory;
}

int store_list(const struct store *store, char ***ret, size_t *ret_n)
{
        char **names = NULL;
        size_t n = 0;
        DIR *directory;
        int r;

        *ret = NULL;
        *ret_n = 0;
        if (store->fd < 0)
                return 0;
        directory = open_directory(store->fd, ".");
        if (!directory)
                return -errno;

        r = read_names(directory, &names, &n);
        (void) closedir(directory);
        if (r < 0) {
                store_names_free(names, n);
                return r;
        }

        if (n > 0)
                qsort(names, n, sizeof(*names), by_name);
        *ret = names;
        *ret_n = n;
        return 0;
}

int store_read(int directory, const char *name, size_t cap, char **ret, size_t *ret_len)
{
        _cleanup_node_ struct node node = { 0 };
        int r;

        r = node_read(directory, name, &node);
        if (r < 0)
                return r;
        if (node.type == NODE_MISSING)
                return -ENOENT;
        if (node.type != NODE_FILE)
                return -EBADMSG;
        if (node.content.len > cap)
                return -EFBIG;

        *ret_len = node.content.len;
        *ret = (char *) node.content.data;
        node.content = (struct text){ 0 };
        return 0;
}

int store_write(int directory, const char *name, struct text content)
{
        struct node node = {
                .type = NODE_FILE, .mode = 0600, .uid = geteuid(), .gid = getegid(), .content = content
        };

        return node_make(directory, name, &node);
}

int store_replace(int directory, const char *name, struct text content)
{
        _cleanup_free_ char *new = string_format(".%s.new", name);
        int r;

        if (!new)
                return -ENOMEM;
        /* From a run that was interrupted. */
        if (unlinkat(directory, new, 0) < 0 && errno != ENOENT)
                return -errno;
        r = store_write(directory, new, content);
        if (r < 0)
                return r;
        if (renameat(directory, new, directory, name) < 0) {
                r = -errno;
                (void) unlinkat(directory, new, 0);
                return r;
        }

        return sync_directory(directory);
}

void store_remove(const struct store *store, const char *name)
{
        DIR *directory = open_directory(store->fd, name);
        struct dirent *item;

        while (directory && (item = readdir(directory)))
                if (strcmp(item->d_name, ".") != 0 && strcmp(item->d_name, "..") != 0)
                        (void) unlinkat(dirfd(directory), item->d_name, 0);
        if (directory)
                (void) closedir(directory);
        (void) unlinkat(store->fd, name, AT_REMOVEDIR);
}

/* A state on its way to its name. */
static bool has_new_state(const struct store *store, const char *id, bool take_away)
{
        static const char name[] = ".state.json.new";
        _cleanup_close_ int fd = openat(store->fd, id, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

        struct stat st;

        if (fd < 0)
                return false;

        return take_away ? unlinkat(fd, name, 0) == 0 : fstatat(fd, name, &st, AT_SYMLINK_NOFOLLOW) == 0;
}

bool store_has_leftovers(const struct store *store, bool take_away)
{
        DIR *directory = store->fd < 0 ? NULL : open_directory(store->fd, ".");
        struct dirent *item;
        bool any = false;

        while (directory && (item = readdir(directory))) {
                if (string_equal(item->d_name, ".") || string_equal(item->d_name, ".."))
                        continue;
                if (item->d_name[0] != '.') {
                        any = has_new_state(store, item->d_name, take_away) || any;
                        continue;
                }
                any = true;
                if (take_away)
                        store_remove(store, item->d_name);
        }
        if (directory)
                (void) closedir(directory);

        return any;
}
