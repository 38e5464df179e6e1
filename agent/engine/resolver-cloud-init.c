/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/resolver-internal.h"

/* cc_resolv_conf of cloud-init: writes the file once for each new instance, which every clone is, and without
 * any parameters not at all. Its settings are two keys in column 0 of cloud.cfg and its drop-ins, in block
 * style; that much of YAML is read here. */

#define CLOUD_FILE "/etc/cloud/cloud.cfg"
#define CLOUD_DIRECTORY "/etc/cloud/cloud.cfg.d"

struct cloud {
        struct resolver_place manage; /* manage_resolv_conf that is true, or no path */
        struct resolver_place block;  /* the last resolv_conf; without one the module writes nothing */
        struct resolver_place option; /* the option below resolv_conf */
        bool flow;   /* a block whose value is on the line of its key, in braces: not read here */
        bool module; /* the module is in a list of those to run */
};

static void cloud_done(struct cloud *cloud)
{
        resolver_place_done(&cloud->manage);
        resolver_place_done(&cloud->block);
        resolver_place_done(&cloud->option);
}

static bool is_true(struct text value)
{
        static const char *const words[] = { "true", "True", "TRUE", "yes", "Yes", "on" };
        struct text word;

        if (!text_next_word(&value, " \t\r", &word))
                return false;
        for (size_t i = 0; i < ARRAY_SIZE(words); i++)
                if (text_equal(word, words[i]))
                        return true;

        return false;
}

/* "resolv_conf:" in column 0. */
static int begin_block(struct cloud *cloud, const char *path, unsigned number, struct text value)
{
        value = text_trim(value);
        cloud->flow |= value.len > 0 && value.data[0] != '#';
        return resolver_set_place(&cloud->block, path, number, NULL);
}

static int set_if_true(struct resolver_place *place, const char *path, unsigned number, struct text value)
{
        resolver_place_done(place);
        return is_true(value) ? resolver_set_place(place, path, number, NULL) : 0;
}

static int read_line(struct cloud *cloud, const char *path, unsigned number, struct text line, bool *inside)
{
        bool indented = line.len > 0 && (line.data[0] == ' ' || line.data[0] == '\t');
        struct text key, value;

        line = text_trim(line);
        if (line.len == 0 || line.data[0] == '#')
                return 0;
        if (text_equal(line, "- resolv_conf") || text_equal(line, "- resolv-conf"))
                cloud->module = true;
        if (!indented)
                *inside = text_starts(line, "resolv_conf:");
        if (!text_split(line, ':', &key, &value))
                return 0;

        if (*inside && !indented)
                return begin_block(cloud, path, number, value);
        if (!indented && text_equal(key, "manage_resolv_conf"))
                return set_if_true(&cloud->manage, path, number, value);
        if (indented && *inside && text_equal(key, REOPEN))
                return set_if_true(&cloud->option, path, number, value);

        return 0;
}

static int read_config(struct context *context, const char *path, struct cloud *cloud)
{
        const struct root_file *file;
        struct text rest, line;
        bool inside = false;
        int r;

        r = resolver_read(context, path, &file);
        if (r <= 0)
                return r;

        rest = file->content;
        r = 0;
        for (unsigned number = 1; r >= 0 && text_next_line(&rest, &line); number++)
                r = read_line(cloud, path, number, text_chomp(line), &inside);

        return r;
}

static int read_cloud(struct context *context, struct cloud *cloud)
{
        const char *const *names;
        size_t n;
        int r;

        r = read_config(context, CLOUD_FILE, cloud);
        if (r >= 0)
                r = resolver_list(context, CLOUD_DIRECTORY, &names, &n);
        for (size_t i = 0; r >= 0 && i < n; i++) {
                _cleanup_free_ char *path = string_format("%s/%s", CLOUD_DIRECTORY, names[i]);

                if (!path)
                        return -ENOMEM;
                if (text_ends(text_from_string(names[i]), ".cfg"))
                        r = read_config(context, path, cloud);
        }

        return r < 0 ? r : 0;
}

int resolver_cloud_init_writes(struct context *context, struct resolver *resolver)
{
        _cleanup_(cloud_done) struct cloud cloud = { 0 };
        enum host_family family = context_host(context)->family;
        int r;

        /* The module serves these families alone. */
        if (family != HOST_RHEL && family != HOST_SUSE)
                return 0;
        r = root_exists(context_root(context), "/etc/cloud/cloud-init.disabled");
        if (r != 0)
                return r < 0 ? r : 0;
        r = read_cloud(context, &cloud);
        if (r < 0 || !cloud.manage.path || !cloud.block.path || !cloud.module)
                return r;

        r = resolver_set_place(&resolver->evidence, cloud.manage.path, cloud.manage.line, NULL);
        return r < 0 ? r : 1;
}

int resolver_cloud_init_predict(struct context *context, struct resolver *resolver)
{
        static const struct resolver_setting setting = { .kind = RESOLVER_SETTING_CLOUD };
        _cleanup_(cloud_done) struct cloud cloud = { 0 };
        const struct resolver_place *place;
        int r;

        r = read_cloud(context, &cloud);
        if (r < 0)
                return r;

        place = cloud.option.path ? &cloud.option : &cloud.block;
        r = resolver_set_place(&resolver->knob, place->path, place->line,
                               REOPEN ": true below options: of resolv_conf:");
        if (r >= 0 && !cloud.option.path)
                r = resolver_add_setting(&resolver->settings, setting, cloud.block.path, NULL);
        if (r < 0)
                return r;

        if (cloud.flow && !cloud.option.path) {
                resolver->forecast = RESOLVER_UNCERTAIN;
                return resolver_set_string(&resolver->cause,
                                           "resolv_conf in '%s', line %u, is not written as a block",
                                           cloud.block.path, cloud.block.line);
        }
        resolver->forecast = RESOLVER_WRITES;
        return resolver_set_string(&resolver->writes, "%s", cloud.option.path ? REOPEN : "");
}
