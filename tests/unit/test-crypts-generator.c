/* SPDX-License-Identifier: Apache-2.0 */

/* What the boot waits for, against systemd's own generator: a link of the target for encrypted volumes. */

#include "engine/context.h"
#include "engine/crypts.h"
#include "engine/root.h"
#include "test.h"
#include "tree.h"

#include <spawn.h>
#include <sys/wait.h>

static const char *const generators[] = {
        "/usr/lib/systemd/system-generators/systemd-cryptsetup-generator",
        "/lib/systemd/system-generators/systemd-cryptsetup-generator",
};

static const char content[] = "plain UUID=11111111-2222-3333-4444-555555555555 none luks\n"
                              "few /dev/vdb1\n"
                              "nofail UUID=21111111-2222-3333-4444-555555555555 none luks,nofail\n"
                              "noauto UUID=31111111-2222-3333-4444-555555555555 none noauto,luks\n"
                              "both PARTUUID=41111111-02 none noauto,nofail\n"
                              "swap /dev/vdb2 /dev/urandom swap,cipher=aes-xts-plain64\n"
                              "tmp /dev/vdb3 /dev/urandom tmp\n"
                              "netdev LABEL=far none _netdev\n"
                              "#off /dev/vdb4\n"
                              "five /dev/vdb5 none luks more\n"
                              "timeout /dev/vdb6 none luks,x-systemd.device-timeout=5s\n"
                              "\tblanks \t /dev/vdb7  none\t nofailure\n"
                              "image /var/lib/image none luks\n";

/* The generator that is there, or NULL: Debian from release 13 on has it in a package of its own. */
static const char *find_generator(void)
{
        for (size_t i = 0; i < ARRAY_SIZE(generators); i++)
                if (access(generators[i], X_OK) == 0)
                        return generators[i];

        return NULL;
}

static void run_generator(const char *generator, const struct tree *tree)
{
        _cleanup_free_ char *table = string_format("SYSTEMD_CRYPTTAB=%s/etc/crypttab", tree->name);
        _cleanup_free_ char *out = string_format("%s/out", tree->name);
        char *const argv[] = { (char *) generator, out, out, out, NULL };
        char *const environment[] = { table, (char *) "SYSTEMD_PROC_CMDLINE=ro", NULL };
        posix_spawn_file_actions_t actions;
        int status = -1;
        pid_t pid;

        CHECK_INT(posix_spawn_file_actions_init(&actions), 0);
        CHECK_INT(posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0), 0);
        tree_need(posix_spawn(&pid, generator, &actions, NULL, argv, environment) == 0, generator);
        CHECK(waitpid(pid, &status, 0) == pid);
        CHECK_INT(status, 0);
        (void) posix_spawn_file_actions_destroy(&actions);
}

static bool exists(const struct tree *tree, const char *directory, const char *name)
{
        _cleanup_free_ char *path = string_format("out/%s/systemd-cryptsetup@%s.service", directory, name);
        struct stat st;

        return fstatat(tree->fd, path, &st, AT_SYMLINK_NOFOLLOW) == 0;
}

static void compare(const struct tree *tree, const struct crypt_entry *entry)
{
        if (!exists(tree, ".", entry->name))
                test_failed(__FILE__, __LINE__, "'%s' is no volume", entry->name);
        if (exists(tree, "cryptsetup.target.requires", entry->name) != entry->waits)
                test_failed(__FILE__, __LINE__, "'%s': it is not %d that the boot waits", entry->name,
                            entry->waits);
}

TEST(waits)
{
        static const struct scan_options options = { .profile = PROFILE_BOOT };
        _cleanup_context_ struct context *context = NULL;
        _cleanup_root_ struct root *root = NULL;
        const char *generator = find_generator();
        const struct crypts *crypts = NULL;
        _cleanup_tree_ struct tree tree;

        tree_new(&tree);
        tree_fill(&tree,
                  (const char *const[]){ "etc/crypttab", content, "usr/lib/systemd/systemd", "", NULL });
        tree_directory(&tree, "out");
        CHECK_INT(root_open(tree.name, 0, &root), 0);
        CHECK_INT(context_new(root, &options, &context), 0);
        CHECK_INT(crypts_get(context, &crypts), 0);
        CHECK_INT(crypts->n, 10);
        CHECK(crypts->items[5].erases && crypts->items[6].erases && !crypts->items[0].erases);
        CHECK(crypts->items[5].has_key && !crypts->items[0].has_key && !crypts->items[1].has_key);
        if (!generator) {
                test_skip("no systemd-cryptsetup-generator here");
                return;
        }

        run_generator(generator, &tree);
        for (size_t i = 0; i < crypts->n; i++)
                compare(&tree, &crypts->items[i]);
}
