/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/host.h"
#include "engine/root.h"
#include "formats/os-release.h"

#include <string.h>

static int set_identity(struct host *host, const struct release_identity *identity)
{
        host->os_id = text_dup(identity->id);
        host->os_version = text_dup(identity->version_id);
        host->os_name = text_dup(identity->name);
        return host->os_id && host->os_version && host->os_name ? 0 : -ENOMEM;
}

/* The first file that is there and cannot be read is remembered. */
static int note_unread(struct root *root, int error, struct host *host)
{
        const struct diag *diag = root_diag(root);

        if (error == -ENOMEM)
                return error;
        if (error != -ENOENT && error != -ENOTDIR && host->unread.error == 0)
                (void) diag_set(&host->unread, error, diag->path, 0, "%s",
                                diag->message ? diag->message : "");

        return 0;
}

/* 1 when the file says who the system is, 0 when it is missing, unreadable or says nothing: then an older
 * file may. Whether such a file is a fault of its own is for a probe to say. */
static int try_os_release(struct root *root, const char *path, struct host *host)
{
        _cleanup_os_release_ struct os_release *release = NULL;
        struct release_identity identity = { 0 };
        const struct root_file *file;
        int r;

        r = root_read(root, path, &file);
        if (r < 0)
                return note_unread(root, r, host);
        r = os_release_parse(file->content.data, file->content.len, &release);
        if (r < 0)
                return r == -ENOMEM ? r : 0;

        release_from_os_release(release, &identity);
        if (identity.id.len == 0 || text_equal(identity.id, "linux"))
                return 0;
        r = set_identity(host, &identity);
        return r < 0 ? r : 1;
}

static int try_release_file(struct root *root, const char *name, struct host *host)
{
        _cleanup_free_ char *path = string_format("/etc/%s", name);
        struct release_identity identity = { 0 };
        const struct root_file *file;
        int r;

        if (!path)
                return -ENOMEM;
        r = root_read(root, path, &file);
        if (r < 0)
                return note_unread(root, r, host);
        if (!release_from_file(name, file->content, &identity))
                return 0;

        r = set_identity(host, &identity);
        return r < 0 ? r : 1;
}

int host_read_release(struct root *root, struct host *host)
{
        static const struct release_identity nobody = { 0 };
        int r;

        /* The second place counts when the first one has nothing, see os-release(5). */
        r = try_os_release(root, "/etc/os-release", host);
        if (r == 0)
                r = try_os_release(root, "/usr/lib/os-release", host);
        for (size_t i = 0; r == 0 && release_files[i]; i++)
                r = try_release_file(root, release_files[i], host);
        if (r == 0)
                r = set_identity(host, &nobody);
        else
                diag_done(&host->unread);

        return r < 0 ? r : 0;
}

int host_check_read(const struct host *host, struct diag *diag)
{
        const struct diag *unread = &host->unread;

        if (unread->error == 0)
                return 0;

        return diag_set(diag, unread->error, unread->path, 0, "which system this is cannot be told: %s",
                        unread->message ? unread->message : "");
}
