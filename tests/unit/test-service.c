/* SPDX-License-Identifier: Apache-2.0 */
#include "test.h"

#include "engine/root.h"
#include "engine/service.h"
#include "tree.h"

#define UNIT_TEXT "[Service]\nExecStart=/bin/true\n"

/* A file, or where target is set a link; path has no leading slash. */
struct item {
        const char *path, *target, *content;
};

#define FILE_ITEM(path)                                                                                      \
        {                                                                                                    \
                path, NULL, UNIT_TEXT                                                                        \
        }
#define VENDOR_UNIT(name) FILE_ITEM("usr/lib/systemd/system/" name)
#define SYSTEMD FILE_ITEM("usr/lib/systemd/systemd")
#define LINK(path, target)                                                                                   \
        {                                                                                                    \
                path, target                                                                                 \
        }
#define CONFIGURATION "etc/systemd/system/"

static const struct row {
        const char *title, *name;
        bool live;
        struct item items[6];
        enum service_state state;
        const char *unit, *place;
} rows[] = {
        { "nothing there", "kdump.service", false, { SYSTEMD }, SERVICE_MISSING, NULL, NULL },
        { "a link alone is no service",
          "kdump.service",
          false,
          { SYSTEMD, LINK(CONFIGURATION "multi-user.target.wants/kdump.service", "/x") },
          SERVICE_MISSING,
          NULL,
          NULL },
        { "unit without links",
          "kdump.service",
          false,
          { SYSTEMD, VENDOR_UNIT("kdump.service") },
          SERVICE_DISABLED,
          "/usr/lib/systemd/system/kdump.service",
          NULL },
        { "enabled",
          "kdump.service",
          false,
          { SYSTEMD, VENDOR_UNIT("kdump.service"),
            LINK(CONFIGURATION "multi-user.target.wants/kdump.service",
                 "/usr/lib/systemd/system/kdump.service") },
          SERVICE_ENABLED,
          "/usr/lib/systemd/system/kdump.service",
          "/etc/systemd/system/multi-user.target.wants/kdump.service" },
        { "the name of the link counts, not where it leads",
          "kdump.service",
          false,
          { SYSTEMD, VENDOR_UNIT("kdump.service"),
            LINK(CONFIGURATION "basic.target.requires/kdump.service", "../gone") },
          SERVICE_ENABLED,
          "/usr/lib/systemd/system/kdump.service",
          "/etc/systemd/system/basic.target.requires/kdump.service" },
        { "a prefix of the name is another unit",
          "kdump.service",
          false,
          { SYSTEMD, VENDOR_UNIT("kdump.service"), VENDOR_UNIT("kdump-early.service"),
            LINK(CONFIGURATION "basic.target.wants/kdump-early.service", "/x") },
          SERVICE_DISABLED,
          "/usr/lib/systemd/system/kdump.service",
          NULL },
        { "a directory of settings enables nothing",
          "kdump.service",
          false,
          { SYSTEMD, VENDOR_UNIT("kdump.service"),
            LINK(CONFIGURATION "kdump.service.d/kdump.service", "/x") },
          SERVICE_DISABLED,
          "/usr/lib/systemd/system/kdump.service",
          NULL },
        { "unit below /lib of a system with /usr apart",
          "kdump-tools.service",
          false,
          { SYSTEMD, FILE_ITEM("lib/systemd/system/kdump-tools.service"),
            LINK(CONFIGURATION "multi-user.target.wants/kdump-tools.service", "/lib/systemd/system/x") },
          SERVICE_ENABLED,
          "/lib/systemd/system/kdump-tools.service",
          "/etc/systemd/system/multi-user.target.wants/kdump-tools.service" },
        { "masked by a link",
          "kdump.service",
          false,
          { SYSTEMD, VENDOR_UNIT("kdump.service"), LINK(CONFIGURATION "kdump.service", "/dev/null"),
            LINK(CONFIGURATION "multi-user.target.wants/kdump.service", "/x") },
          SERVICE_MASKED,
          "/etc/systemd/system/kdump.service",
          "/etc/systemd/system/kdump.service" },
        { "masked by a relative link",
          "kdump.service",
          false,
          { SYSTEMD, VENDOR_UNIT("kdump.service"), LINK(CONFIGURATION "kdump.service", "../../../dev/null") },
          SERVICE_MASKED,
          "/etc/systemd/system/kdump.service",
          "/etc/systemd/system/kdump.service" },
        { "masked by an empty file",
          "kdump.service",
          false,
          { SYSTEMD, VENDOR_UNIT("kdump.service"), { CONFIGURATION "kdump.service", NULL, "" } },
          SERVICE_MASKED,
          "/etc/systemd/system/kdump.service",
          "/etc/systemd/system/kdump.service" },
        { "a copy in /etc wins over the package's",
          "kdump.service",
          false,
          { SYSTEMD, VENDOR_UNIT("kdump.service"), FILE_ITEM(CONFIGURATION "kdump.service"),
            LINK(CONFIGURATION "multi-user.target.wants/kdump.service", "../kdump.service") },
          SERVICE_ENABLED,
          "/etc/systemd/system/kdump.service",
          "/etc/systemd/system/multi-user.target.wants/kdump.service" },
        { "enabled by an alias that something wants",
          "ssh.service",
          false,
          { SYSTEMD, VENDOR_UNIT("ssh.service"),
            LINK(CONFIGURATION "sshd.service", "/usr/lib/systemd/system/ssh.service"),
            LINK(CONFIGURATION "multi-user.target.wants/sshd.service", "/x") },
          SERVICE_ENABLED,
          "/usr/lib/systemd/system/ssh.service",
          "/etc/systemd/system/multi-user.target.wants/sshd.service" },
        { "an alias alone enables nothing",
          "ssh.service",
          false,
          { SYSTEMD, VENDOR_UNIT("ssh.service"),
            LINK(CONFIGURATION "sshd.service", "/usr/lib/systemd/system/ssh.service") },
          SERVICE_DISABLED,
          "/usr/lib/systemd/system/ssh.service",
          NULL },
        { "asked for by its alias",
          "sshd.service",
          false,
          { SYSTEMD, VENDOR_UNIT("ssh.service"),
            LINK(CONFIGURATION "sshd.service", "/usr/lib/systemd/system/ssh.service") },
          SERVICE_DISABLED,
          "/etc/systemd/system/sshd.service",
          NULL },
        { "an alias that leads nowhere is no unit",
          "sshd.service",
          false,
          { SYSTEMD, LINK(CONFIGURATION "sshd.service", "/usr/lib/systemd/system/gone.service") },
          SERVICE_MISSING,
          NULL,
          NULL },
        { "instance of a template",
          "serial-getty@ttyS0.service",
          false,
          { SYSTEMD, VENDOR_UNIT("serial-getty@.service"),
            LINK(CONFIGURATION "getty.target.wants/serial-getty@ttyS0.service", "/x") },
          SERVICE_ENABLED,
          "/usr/lib/systemd/system/serial-getty@.service",
          "/etc/systemd/system/getty.target.wants/serial-getty@ttyS0.service" },
        { "another instance",
          "serial-getty@ttyS1.service",
          false,
          { SYSTEMD, VENDOR_UNIT("serial-getty@.service"),
            LINK(CONFIGURATION "getty.target.wants/serial-getty@ttyS0.service", "/x") },
          SERVICE_DISABLED,
          "/usr/lib/systemd/system/serial-getty@.service",
          NULL },
        { "started by its package",
          "cloud-init.service",
          false,
          { SYSTEMD, VENDOR_UNIT("cloud-init.service"),
            LINK("usr/lib/systemd/system/multi-user.target.wants/cloud-init.service",
                 "../cloud-init.service") },
          SERVICE_STATIC,
          "/usr/lib/systemd/system/cloud-init.service",
          "/usr/lib/systemd/system/multi-user.target.wants/cloud-init.service" },
        { "enabled until the next boot",
          "kdump.service",
          true,
          { SYSTEMD, VENDOR_UNIT("kdump.service"),
            LINK("run/systemd/system/multi-user.target.wants/kdump.service", "/x") },
          SERVICE_RUNTIME,
          "/usr/lib/systemd/system/kdump.service",
          "/run/systemd/system/multi-user.target.wants/kdump.service" },
        { "an image's /run is nothing",
          "kdump.service",
          false,
          { SYSTEMD, VENDOR_UNIT("kdump.service"),
            LINK("run/systemd/system/multi-user.target.wants/kdump.service", "/x"),
            LINK("run/systemd/system/kdump.service", "/dev/null") },
          SERVICE_DISABLED,
          "/usr/lib/systemd/system/kdump.service",
          NULL },
        { "script under systemd",
          "kdump.service",
          false,
          { SYSTEMD, FILE_ITEM("etc/init.d/kdump"), LINK("etc/rc2.d/S85kdump", "../init.d/kdump") },
          SERVICE_ENABLED,
          "/etc/init.d/kdump",
          "/etc/rc2.d/S85kdump" },
        { "script under systemd, masked",
          "kdump.service",
          false,
          { SYSTEMD, FILE_ITEM("etc/init.d/kdump"), LINK("etc/rc2.d/S85kdump", "../init.d/kdump"),
            LINK(CONFIGURATION "kdump.service", "/dev/null") },
          SERVICE_MASKED,
          "/etc/systemd/system/kdump.service",
          "/etc/systemd/system/kdump.service" },
        { "a script with a unit is the unit",
          "kdump-tools.service",
          false,
          { SYSTEMD, FILE_ITEM("etc/init.d/kdump-tools"), VENDOR_UNIT("kdump-tools.service"),
            LINK("etc/rc2.d/S85kdump-tools", "../init.d/kdump-tools") },
          SERVICE_DISABLED,
          "/usr/lib/systemd/system/kdump-tools.service",
          NULL },
        { "SysV, the runlevel of inittab",
          "kdump.service",
          false,
          { FILE_ITEM("etc/rc.d/init.d/kdump"),
            LINK("etc/rc.d/rc5.d/S20kdump", "../init.d/kdump"),
            { "etc/inittab", NULL, "# id:3:initdefault:\n\nid:5:initdefault:\n" } },
          SERVICE_ENABLED,
          "/etc/rc.d/init.d/kdump",
          "/etc/rc.d/rc5.d/S20kdump" },
        { "SysV, another runlevel",
          "kdump.service",
          false,
          { FILE_ITEM("etc/rc.d/init.d/kdump"),
            LINK("etc/rc.d/rc5.d/S20kdump", "../init.d/kdump"),
            { "etc/inittab", NULL, "id:3:initdefault:\n" } },
          SERVICE_DISABLED,
          "/etc/rc.d/init.d/kdump",
          NULL },
        { "SysV without inittab",
          "kdump.service",
          false,
          { FILE_ITEM("etc/rc.d/init.d/kdump"), LINK("etc/rc.d/rc3.d/S20kdump", "../init.d/kdump") },
          SERVICE_ENABLED,
          "/etc/rc.d/init.d/kdump",
          "/etc/rc.d/rc3.d/S20kdump" },
        { "SysV, a link that stops",
          "kdump.service",
          false,
          { FILE_ITEM("etc/rc.d/init.d/kdump"), LINK("etc/rc.d/rc3.d/K80kdump", "../init.d/kdump") },
          SERVICE_DISABLED,
          "/etc/rc.d/init.d/kdump",
          NULL },
        { "SysV, a link that leads nowhere",
          "kdump.service",
          false,
          { FILE_ITEM("etc/rc.d/init.d/kdump"), LINK("etc/rc.d/rc3.d/S20kdump", "../init.d/gone") },
          SERVICE_DISABLED,
          "/etc/rc.d/init.d/kdump",
          NULL },
        { "SysV, before any runlevel",
          "boot.kdump.service",
          false,
          { FILE_ITEM("etc/init.d/boot.kdump"), LINK("etc/init.d/boot.d/S05boot.kdump", "../boot.kdump") },
          SERVICE_ENABLED,
          "/etc/init.d/boot.kdump",
          "/etc/init.d/boot.d/S05boot.kdump" },
        { "hostile: inittab without a runlevel",
          "kdump.service",
          false,
          { FILE_ITEM("etc/rc.d/init.d/kdump"),
            LINK("etc/rc.d/rc3.d/S20kdump", "../init.d/kdump"),
            { "etc/inittab", NULL, "id::initdefault:\nid:x:initdefault\n:::\n\n" } },
          SERVICE_ENABLED,
          "/etc/rc.d/init.d/kdump",
          "/etc/rc.d/rc3.d/S20kdump" },
};

static void make_parents(const struct tree *tree, const char *path)
{
        for (const char *slash = strchr(path, '/'); slash; slash = strchr(slash + 1, '/')) {
                _cleanup_free_ char *directory = string_format("%.*s", (int) (slash - path), path);

                tree_need(directory != NULL, path);
                tree_directory(tree, directory);
        }
}

static void make_tree(const struct tree *tree, const struct item *items, size_t n)
{
        for (size_t i = 0; i < n && items[i].path; i++) {
                make_parents(tree, items[i].path);
                if (items[i].target)
                        tree_link(tree, items[i].path, items[i].target);
                else
                        tree_file(tree, items[i].path, text_from_string(items[i].content));
        }
}

static void check_row(const struct row *row, enum root_method method)
{
        struct scan_options options = { 0 };
        _cleanup_service_ struct service service = { 0 };
        _cleanup_tree_ struct tree tree;
        _cleanup_root_ struct root *root = NULL;
        _cleanup_context_ struct context *context = NULL;

        tree_new(&tree);
        make_tree(&tree, row->items, ARRAY_SIZE(row->items));
        tree_need(root_open_with(tree.name, row->live ? ROOT_LIVE : 0, method, &root) == 0, "root_open");
        tree_need(context_new(root, &options, &context) == 0, "context_new");

        CHECK_INT(service_read(context, row->name, &service), 0);
        CHECK_STRING(service_state_name(service.state), service_state_name(row->state));
        CHECK_STRING(service.unit, row->unit);
        CHECK_STRING(service.place, row->place);
        CHECK_INT(service_starts(&service), row->state == SERVICE_ENABLED || row->state == SERVICE_STATIC);
        if (service.state != row->state ||
            !string_equal(service.place ? service.place : "", row->place ? row->place : ""))
                printf("# in: %s\n", row->title);
}

TEST(states)
{
        for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
                check_row(&rows[i], ROOT_METHOD_AUTO);
                check_row(&rows[i], ROOT_METHOD_WALK);
        }
}

/* What cannot be read is an error with its path, never "disabled". */
TEST(unreadable)
{
        static const struct item items[] = {
                SYSTEMD,
                VENDOR_UNIT("kdump.service"),
                LINK(CONFIGURATION "multi-user.target.wants", "multi-user.target.wants"),
        };
        struct scan_options options = { 0 };
        struct service service;
        _cleanup_tree_ struct tree tree;
        _cleanup_root_ struct root *root = NULL;
        _cleanup_context_ struct context *context = NULL;

        tree_new(&tree);
        make_tree(&tree, items, ARRAY_SIZE(items));
        tree_need(root_open(tree.name, 0, &root) == 0, "root_open");
        tree_need(context_new(root, &options, &context) == 0, "context_new");

        CHECK_INT(service_read(context, "kdump.service", &service), -ELOOP);
        CHECK_STRING(context_diag(context)->path, "/etc/systemd/system/multi-user.target.wants");
}
