/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/capture.h"
#include "engine/devices-internal.h"
#include "engine/diag.h"
#include "engine/root-write.h"
#include "engine/transaction.h"
#include "formats/mountinfo.h"

#include <fcntl.h>
#include <string.h>

static int check_one(const struct transaction *transaction, struct diag *diag)
{
        switch (transaction->state) {
        case PLAN_PENDING_REBOOT:
                return diag_set(diag, -EAGAIN, NULL, 0,
                                "'%s' waits for a reboot: reboot first, or take it back with 'agentctl undo "
                                "%s'",
                                transaction->id, transaction->id);
        case PLAN_APPLYING:
        case PLAN_UNDOING:
        case PLAN_APPLIED:
                return diag_set(diag, -EAGAIN, NULL, 0,
                                "'%s' was interrupted and is not finished: 'agentctl history' tells more",
                                transaction->id);
        default:
                return 0;
        }
}

int capture_check_transactions(const struct store *store, struct diag *diag)
{
        char **names;
        size_t n;
        int r;

        r = store_list(store, &names, &n);
        if (r < 0)
                return diag_add(diag, r, NULL, 0, "the records cannot be listed: %s", strerror(-r));
        for (size_t i = 0; i < n && r >= 0; i++) {
                _cleanup_transaction_ struct transaction *transaction = NULL;

                /* One that cannot be read is for the history to show. */
                if (record_read(store, names[i], &transaction, diag) >= 0)
                        r = check_one(transaction, diag);
        }
        store_names_free(names, n);

        return r;
}

static int sync_at(int fd, const char *path, struct diag *diag)
{
        if (syncfs(fd) < 0)
                return diag_set(diag, -errno, NULL, 0, "'%s' cannot be written to its disk: %s", path,
                                strerror(errno));

        return 0;
}

/* What is no directory, or has been hidden by another mount, is not to be had by its name. */
static int sync_mount(const struct mountinfo *mount, struct diag *diag)
{
        _cleanup_free_ char *path = device_unescape(mount->point);
        _cleanup_close_ int fd = -EBADF;

        if (!path)
                return -ENOMEM;
        fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);

        return fd < 0 ? 0 : sync_at(fd, path, diag);
}

/* Not those of other machines: they are no part of an image, and may not answer. Whether a mount is read-only
 * says nothing: where the daemon is confined nearly all are, and the file system below is the same. */
static int sync_disks(struct root *root, struct diag *diag)
{
        const struct root_file *file;
        struct mountinfo mount;
        struct text rest;
        int r;

        r = root_read(root, "/proc/self/mountinfo", &file);
        if (r < 0)
                return diag_set(diag, r, NULL, 0, "/proc/self/mountinfo cannot be read: %s", strerror(-r));
        rest = file->content;
        while (r >= 0 && mountinfo_next(&rest, &mount))
                if (text_starts(mount.source, "/dev/"))
                        r = sync_mount(&mount, diag);

        return r;
}

int capture_sync(struct root *root, bool running, struct diag *diag)
{
        _cleanup_close_ int fd = root_open_directory(root, "/");
        int r;

        if (fd < 0)
                return diag_set(diag, fd, NULL, 0, "'%s' cannot be opened: %s", root_name(root),
                                strerror(-fd));
        r = sync_at(fd, root_name(root), diag);

        return r >= 0 && running ? sync_disks(root, diag) : r;
}
