/* SPDX-License-Identifier: Apache-2.0 */
#include "test.h"

#include "engine/root.h"
#include "engine/service-links.h"
#include "tree.h"

#define UNITS "usr/lib/systemd/system/"
#define CONFIGURATION "etc/systemd/system/"
#define SYSTEMD "usr/lib/systemd/systemd", "x"
#define RELEASE6 "etc/redhat-release", "CentOS release 6.10 (Final)\n"
#define SERVICE "[Service]\nExecStart=/bin/true\n"

/* files as tree_fill() takes them; expected is "PATH -> TARGET\n" for each link, "- PATH\n" for each that
 * goes, or a part of the refusal. */
static const struct row {
        const char *title, *name;
        const char *files[14];
        bool refused;
        const char *expected;
} rows[] = {
        { "wanted by a target",
          "a.service",
          { SYSTEMD, UNITS "a.service", SERVICE "[Install]\nWantedBy=multi-user.target\n" },
          false,
          "/etc/systemd/system/multi-user.target.wants/a.service -> /usr/lib/systemd/system/a.service\n" },
        { "every kind, and what goes with it",
          "a.service",
          { SYSTEMD, UNITS "a.service",
            SERVICE "[Install]\nWantedBy=x.target y.target\nRequiredBy=z.target\nAlias=b.service a.service\n"
                    "Also=c.service\n",
            UNITS "c.service", SERVICE "[Install]\nWantedBy=x.target\nAlso=a.service\n" },
          false,
          "/etc/systemd/system/x.target.wants/a.service -> /usr/lib/systemd/system/a.service\n"
          "/etc/systemd/system/y.target.wants/a.service -> /usr/lib/systemd/system/a.service\n"
          "/etc/systemd/system/z.target.requires/a.service -> /usr/lib/systemd/system/a.service\n"
          "/etc/systemd/system/b.service -> /usr/lib/systemd/system/a.service\n"
          "/etc/systemd/system/x.target.wants/c.service -> /usr/lib/systemd/system/c.service\n" },
        { "a link that is there already",
          "a.service",
          { SYSTEMD, UNITS "a.service", SERVICE "[Install]\nWantedBy=x.target\nRequiredBy=y.target\n",
            CONFIGURATION "x.target.wants/a.service", "@/nowhere" },
          false,
          "/etc/systemd/system/y.target.requires/a.service -> /usr/lib/systemd/system/a.service\n" },
        { "a unit of the administrator",
          "a.service",
          { SYSTEMD, CONFIGURATION "a.service", SERVICE "[Install]\nWantedBy=x.target\n" },
          false,
          "/etc/systemd/system/x.target.wants/a.service -> /etc/systemd/system/a.service\n" },
        { "nothing to install", "a.service", { SYSTEMD, UNITS "a.service", SERVICE }, false, "" },
        { "the alias is another unit",
          "a.service",
          { SYSTEMD, UNITS "a.service", SERVICE "[Install]\nAlias=b.service\n", CONFIGURATION "b.service",
            SERVICE },
          true,
          "is something else already" },
        { "the alias is there already",
          "a.service",
          { SYSTEMD, UNITS "a.service", SERVICE "[Install]\nAlias=b.service\n", CONFIGURATION "b.service",
            "@/usr/lib/systemd/system/a.service" },
          false,
          "" },
        { "a specifier",
          "a.service",
          { SYSTEMD, UNITS "a.service", SERVICE "[Install]\nWantedBy=%i.target\n" },
          true,
          "only systemd can work out" },
        { "a path for a name",
          "a.service",
          { SYSTEMD, UNITS "a.service", SERVICE "[Install]\nWantedBy=../../../tmp/x.target\n" },
          true,
          "only systemd can work out" },
        { "Also= names nothing that is there",
          "a.service",
          { SYSTEMD, UNITS "a.service", SERVICE "[Install]\nWantedBy=x.target\nAlso=gone.service\n" },
          false,
          "/etc/systemd/system/x.target.wants/a.service -> /usr/lib/systemd/system/a.service\n" },
        { "a drop-in changes the section",
          "a.service",
          { SYSTEMD, UNITS "a.service", SERVICE "[Install]\nWantedBy=x.target\n",
            CONFIGURATION "a.service.d/x.conf", "[Install]\nWantedBy=y.target\n" },
          true,
          "'/etc/systemd/system/a.service.d/x.conf' changes its [Install] section" },
        { "a linked unit",
          "a.service",
          { SYSTEMD, "opt/a.service", SERVICE "[Install]\nWantedBy=x.target\n", CONFIGURATION "a.service",
            "@/opt/a.service" },
          true,
          "is a link" },
        { "masked",
          "a.service",
          { SYSTEMD, UNITS "a.service", SERVICE "[Install]\nWantedBy=x.target\n", CONFIGURATION "a.service",
            "@/dev/null" },
          true,
          "masked" },
        { "missing", "a.service", { SYSTEMD }, true, "neither a unit nor a script" },
        { "a script of release 6",
          "kdump.service",
          { RELEASE6, "etc/rc.d/init.d/kdump", "#!/bin/sh\n# chkconfig: - 20 80\n", "etc/rc.d/rc3.d/K80kdump",
            "@../init.d/kdump", "etc/rc.d/rc4.d/S21kdump", "@../init.d/kdump", "etc/rc.d/rc6.d/K01kdump",
            "@../init.d/kdump" },
          false,
          "/etc/rc.d/rc0.d/K80kdump -> ../init.d/kdump\n"
          "/etc/rc.d/rc1.d/K80kdump -> ../init.d/kdump\n"
          "/etc/rc.d/rc2.d/S20kdump -> ../init.d/kdump\n"
          "- /etc/rc.d/rc3.d/K80kdump\n"
          "/etc/rc.d/rc3.d/S20kdump -> ../init.d/kdump\n"
          "/etc/rc.d/rc5.d/S20kdump -> ../init.d/kdump\n" },
        { "a script that does not say where it belongs",
          "kdump.service",
          { RELEASE6, "etc/rc.d/init.d/kdump", "#!/bin/sh\n# chkconfig: 2345 100 1\n" },
          true,
          "has no line \"chkconfig:\"" },
        { "a script elsewhere",
          "kdump.service",
          { SYSTEMD, "etc/init.d/kdump", "#!/bin/sh\n# chkconfig: - 20 80\n" },
          true,
          "only the distribution's own tool" },
};

static void print(const struct service_links *links, struct buffer *out)
{
        for (size_t i = 0; i < links->n; i++)
                if (links->items[i].target)
                        buffer_addf(out, "%s -> %s\n", links->items[i].path, links->items[i].target);
                else
                        buffer_addf(out, "- %s\n", links->items[i].path);
}

static void check_row(const struct row *row)
{
        _cleanup_service_links_ struct service_links links = { 0 };
        _cleanup_service_ struct service service = { 0 };
        _cleanup_context_ struct context *context = NULL;
        const struct scan_options options = { 0 };
        _cleanup_root_ struct root *root = NULL;
        _cleanup_buffer_ struct buffer out = { 0 };
        _cleanup_tree_ struct tree tree;

        tree_new(&tree);
        tree_fill(&tree, row->files);
        root = tree_open(&tree, &tree_ways[0]);
        CHECK_INT(context_new(root, &options, &context), 0);
        CHECK_INT(service_read(context, row->name, &service), 0);
        CHECK_INT(service_links_enable(context, row->name, &service, &links), 0);

        print(&links, &out);
        if (row->refused) {
                CHECK_INT(links.n, 0);
                CHECK(links.refusal && strstr(links.refusal, row->expected));
        } else {
                CHECK_STRING(links.refusal, NULL);
                CHECK_STRING(out.data ? out.data : "", row->expected);
        }
}

TEST(enable)
{
        for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
                printf("# %s\n", rows[i].title);
                check_row(&rows[i]);
        }
}

TEST(disable)
{
        static const char *const files[] = { CONFIGURATION "a.swap",
                                             "[Swap]\nWhat=/dev/vda2\n",
                                             CONFIGURATION "swap.target.wants/a.swap",
                                             "@../a.swap",
                                             CONFIGURATION "swap.target.wants/b.swap",
                                             "@../b.swap",
                                             CONFIGURATION "x.target.requires/a.swap",
                                             "@/nowhere",
                                             CONFIGURATION "x.target.d/a.swap",
                                             "no link",
                                             NULL };
        _cleanup_service_links_ struct service_links links = { 0 };
        _cleanup_context_ struct context *context = NULL;
        const struct scan_options options = { 0 };
        _cleanup_root_ struct root *root = NULL;
        _cleanup_buffer_ struct buffer out = { 0 };
        _cleanup_tree_ struct tree tree;

        tree_new(&tree);
        tree_fill(&tree, files);
        root = tree_open(&tree, &tree_ways[0]);
        CHECK_INT(context_new(root, &options, &context), 0);
        CHECK_INT(service_links_disable(context, "a.swap", &links), 0);
        print(&links, &out);
        CHECK_STRING(out.data, "- /etc/systemd/system/swap.target.wants/a.swap\n"
                               "- /etc/systemd/system/x.target.requires/a.swap\n");
}
