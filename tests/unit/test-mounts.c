/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/context.h"
#include "engine/mounts.h"
#include "engine/root.h"
#include "test.h"
#include "tree.h"

static void check_normalize(const char *path, const char *expected)
{
        _cleanup_free_ char *normal = mount_normalize(text_from_string(path));

        CHECK_STRING(normal, expected);
}

TEST(normalize)
{
        check_normalize("/", "/");
        check_normalize("/data", "/data");
        check_normalize("//data//a/", "/data/a");
        check_normalize("/a/./b/../c", "/a/c");
        check_normalize("/../../a", "/a");
        check_normalize("/a/..", "/");
        check_normalize("", "/");
}

struct fixture {
        struct tree tree;
        struct root *root;
        struct context *context;
};

static void fixture_open(struct fixture *fixture, const char *const *files)
{
        static const struct scan_options options = { .profile = PROFILE_BOOT };

        tree_new(&fixture->tree);
        tree_fill(&fixture->tree, files);
        CHECK_INT(root_open(fixture->tree.name, 0, &fixture->root), 0);
        CHECK_INT(context_new(fixture->root, &options, &fixture->context), 0);
}

static void fixture_close(struct fixture *fixture)
{
        fixture->context = context_free(fixture->context);
        fixture->root = root_free(fixture->root);
        tree_done(&fixture->tree);
}

TEST(entries)
{
        static const char *const files[] = {
                "etc/fstab",
                "UUID=1 / ext4 defaults 1 1\n# comment\nUUID=2 /data/ xfs ro 0 0\n"
                "UUID=3 /data/deep ext4 nofail 0 0\nUUID=4 /off ext4 noauto 0 0\n"
                "tmpfs /tmp tmpfs defaults 0 0\n/dev/vda2 none swap sw 0 0\nproc /proc proc defaults 0 0\n",
                "etc/systemd/system/srv.mount",
                "# What=/dev/no\n[Mount]\nWhat = /dev/vdc1\nWhere=/srv\nType=ext4\n[Install]\nWhat=/x\n",
                "etc/systemd/system/local-fs.target.requires/srv.mount",
                "@../srv.mount",
                "etc/systemd/system/opt.mount",
                "[Mount]\nWhat=UUID=77\nWhere=/opt\nOptions=rw,nofail",
                "etc/systemd/system/opt.automount",
                "[Automount]\nWhere=/opt\n",
                "etc/systemd/system/var.mount",
                "[Mount]\nWhat=UUID=78\nWhere=/var\n",
                "etc/systemd/system/multi-user.target.wants/var.mount",
                "@/etc/systemd/system/var.mount",
                "etc/systemd/system/var.mount.d/10-what.conf",
                "[Mount]\nWhat=UUID=79\n",
                "etc/systemd/system/var.mount.d/README",
                "[Mount]\nWhat=UUID=80\n",
                "etc/systemd/system/masked.mount",
                "@/dev/null",
                "etc/systemd/system/empty.mount",
                "",
                "etc/systemd/system/dev-vdd.swap",
                "[Swap]\nWhat=/dev/vdd\n",
                NULL,
        };
        struct fixture fixture = { 0 };
        const struct mounts *mounts = NULL;
        const struct mount_entry *entry;

        fixture_open(&fixture, files);
        CHECK_INT(mounts_get(fixture.context, &mounts), 0);
        CHECK_INT(mounts->n_entries, 11);

        entry = mounts_find(mounts, "/data/x");
        CHECK_STRING(entry->where, "/data");
        CHECK_STRING(mount_key(entry), "/data");
        CHECK_INT(entry->number, 3);
        CHECK(mount_is_read_only(entry) && !mount_is_optional(entry) && mount_stops_boot(entry));
        CHECK(mount_is_local_device(entry) && !mount_is_system(entry));
        entry = mounts_find(mounts, "/data/deep");
        CHECK(mount_is_optional(entry) && !mount_stops_boot(entry));
        CHECK_STRING(mounts_find(mounts, "/database")->where, "/");
        CHECK_STRING(mounts_find(mounts, "/off/x")->where, "/");
        CHECK(!mount_is_local_device(mounts_find(mounts, "/tmp/x")));

        entry = mounts_find(mounts, "/srv");
        CHECK_STRING(entry->path, "/etc/systemd/system/srv.mount");
        CHECK_TEXT(entry->line->spec, "/dev/vdc1");
        CHECK(mount_stops_boot(entry));
        entry = mounts_find(mounts, "/opt");
        CHECK(entry->boot.automount && mount_is_optional(entry) && !mount_stops_boot(entry));
        CHECK_INT(mounts_find(mounts, "/var")->boot.need, MOUNT_BY_OTHERS);
        CHECK_TEXT(mounts_find(mounts, "/var")->line->spec, "UUID=79");

        entry = &mounts->entries[5];
        CHECK(mount_is_swap(entry) && !mount_is_local_device(entry));
        CHECK_STRING(mount_key(entry), "/dev/vda2");
        fixture_close(&fixture);
}

TEST(missing)
{
        static const char *const files[] = { "etc/fstab", "@/run/fstab", NULL };
        struct fixture fixture = { 0 };
        const struct mounts *mounts = NULL;

        fixture_open(&fixture, files);
        CHECK_INT(mounts_get(fixture.context, &mounts), 0);
        CHECK(mounts->fstab == NULL && mounts->n_entries == 0);
        CHECK_STRING(mounts->fstab_place, "/run/fstab");
        CHECK(mounts_find(mounts, "/") == NULL);
        fixture_close(&fixture);
}

TEST(unreadable)
{
        static const char *const files[] = { "etc/fstab/x", "", NULL };
        struct fixture fixture = { 0 };
        const struct mounts *mounts = NULL;

        fixture_open(&fixture, files);
        CHECK_INT(mounts_get(fixture.context, &mounts), -EISDIR);
        CHECK_STRING(context_diag(fixture.context)->path, "/etc/fstab");
        fixture_close(&fixture);
}
