/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/config.h"
#include "commands/command.h"
#include "engine/plan-make.h"
#include "engine/root.h"

#include <string.h>

/* --config FILE is a file of the machine that runs us, wherever the judged root is. */
static int read_named(const char *file, struct config *ret)
{
        struct config_source source = { .knows = plan_knows };
        _cleanup_root_ struct root *machine = NULL;
        _cleanup_free_ char *path = realpath(file, NULL);
        int r;

        if (!path)
                return fail(EXIT_REFUSED, "cannot read '%s': %s", file, strerror(errno));
        source.file = path;
        r = root_open("/", ROOT_LIVE, &machine);
        if (r >= 0)
                r = config_read(machine, &source, ret);

        return r < 0 ? fail(EXIT_REFUSED, "cannot read '%s': %s", file, strerror(-r)) : 0;
}

static int read_of_root(const struct arguments *arguments, struct config *ret)
{
        struct config_source source = { .knows = plan_knows };
        _cleanup_root_ struct root *root = NULL;
        int code;

        root = open_root(arguments, &code);
        if (!root)
                return code;

        return config_read(root, &source, ret) < 0 ? fail_memory() : 0;
}

int apply_config(struct arguments *arguments)
{
        _cleanup_config_ struct config config = { 0 };
        int code;

        code = arguments->config ? read_named(arguments->config, &config) : read_of_root(arguments, &config);
        if (code != 0)
                return code;

        print_warnings(&config.warnings);
        /* What was asked for by name is not passed over. */
        if (arguments->config && config.unreadable)
                return EXIT_REFUSED;
        arguments->scan.block_on = config.block_on;
        arguments->own_profile = config.profile;
        if (!arguments->has_profile)
                arguments->scan.profile = config.profile;

        return 0;
}
