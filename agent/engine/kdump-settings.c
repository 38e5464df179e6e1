/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/kdump-settings.h"
#include "engine/host.h"
#include "engine/root.h"
#include "formats/kdump-conf.h"

int kdump_settings_set(struct kdump_settings *settings, enum kdump_destination destination,
                       struct text directory, struct text location)
{
        _cleanup_free_ char *new_directory = NULL, *new_location = NULL;

        new_directory = text_dup(directory);
        if (!new_directory)
                return -ENOMEM;
        if (destination != KDUMP_TO_DIRECTORY) {
                new_location = text_dup(location);
                if (!new_location)
                        return -ENOMEM;
        }

        free(settings->directory);
        free(settings->location);
        settings->destination = destination;
        settings->directory = take_ptr(new_directory);
        settings->location = take_ptr(new_location);
        return 0;
}

static const enum kdump_destination destinations[] = {
        [KDUMP_TARGET_LOCAL] = KDUMP_TO_DIRECTORY, [KDUMP_TARGET_FILESYSTEM] = KDUMP_TO_DEVICE,
        [KDUMP_TARGET_RAW] = KDUMP_TO_RAW,         [KDUMP_TARGET_NFS] = KDUMP_TO_NFS,
        [KDUMP_TARGET_SSH] = KDUMP_TO_SSH,         [KDUMP_TARGET_VIRTIOFS] = KDUMP_TO_OTHER,
        [KDUMP_TARGET_MOUNT] = KDUMP_TO_OTHER,
};
_Static_assert(ARRAY_SIZE(destinations) == KDUMP_TARGET_KIND_COUNT, "a destination for each kind");

static unsigned line_number(const struct kdump_conf *conf, const struct kdump_conf_line *line)
{
        return line ? (unsigned) kdump_conf_line_number(conf, line) : 0;
}

static int read_target(const struct kdump_conf *conf, bool is_release6, struct kdump_settings *settings)
{
        const struct kdump_target target = kdump_conf_target(conf);
        const struct kdump_conf_line *net = kdump_conf_find(conf, "net");

        /* Release 6 writes "net HOST:/EXPORT" and "net USER@HOST". */
        if (is_release6 && net && target.kind == KDUMP_TARGET_LOCAL) {
                settings->line = line_number(conf, net);
                return kdump_settings_set(settings,
                                          text_contains(net->value, "@") ? KDUMP_TO_SSH : KDUMP_TO_NFS,
                                          target.path, net->value);
        }

        settings->line = line_number(conf, target.line ? target.line : kdump_conf_find(conf, "path"));
        return kdump_settings_set(settings, destinations[target.kind],
                                  target.kind == KDUMP_TARGET_RAW ? TEXT("") : target.path, target.location);
}

/* What later releases call obsolete or do not know is in order on release 6, whose list is not kept here. */
static void read_fault(const struct kdump_conf *conf, bool is_release6, struct kdump_settings *settings)
{
        for (size_t i = 0; i < conf->n_lines; i++) {
                const struct kdump_conf_line *line = &conf->lines[i];

                if (!line->fault ||
                    (is_release6 && (line->kind == KDUMP_CONF_OBSOLETE || line->kind == KDUMP_CONF_UNKNOWN)))
                        continue;
                settings->fault = line->fault;
                settings->fault_line = line_number(conf, line);
                return;
        }
}

static int read_red_hat(struct text content, bool is_release6, struct kdump_settings *settings)
{
        _cleanup_kdump_conf_ struct kdump_conf *conf = NULL;
        const struct kdump_conf_line *line;
        int r;

        r = kdump_conf_parse(content.data, content.len, &conf);
        if (r < 0)
                return r;

        line = kdump_conf_find(conf, "force_no_rebuild");
        settings->never_rebuilt = line && text_equal(line->value, "1");
        read_fault(conf, is_release6, settings);
        return read_target(conf, is_release6, settings);
}

static int read_content(const struct host *host, struct text content, struct kdump_settings *settings)
{
        if (host_is_debian_like(host))
                return kdump_settings_read_debian(content, settings);
        if (host->family == HOST_SUSE)
                return kdump_settings_read_suse(content, settings);

        return read_red_hat(content, host->el_level == 6, settings);
}

static void free_settings(void *model)
{
        struct kdump_settings *settings = model;

        if (!settings)
                return;
        free(settings->directory);
        free(settings->location);
        free(settings);
}

static void free_settings_pointer(struct kdump_settings **settings)
{
        free_settings(*settings);
}

static int make_settings(struct context *context, void **ret)
{
        _cleanup_(free_settings_pointer) struct kdump_settings *settings = NULL;
        const struct host *host = context_host(context);
        const char *path = kdump_family(host)->configuration;
        const struct root_file *file;
        int r;

        settings = calloc(1, sizeof(*settings));
        if (!settings)
                return -ENOMEM;
        r = kdump_settings_set(settings, KDUMP_TO_DIRECTORY, TEXT(KDUMP_CONF_DEFAULT_PATH), TEXT(""));
        if (r < 0)
                return r;

        r = root_read(context_root(context), path, &file);
        if (r < 0 && r != -ENOENT)
                return r;
        if (r >= 0) {
                settings->path = path;
                r = read_content(host, file->content, settings);
                if (r < 0)
                        return r;
        } else
                /* Without the file the switch is off. */
                settings->disabled = host_is_debian_like(host);

        *ret = take_ptr(settings);
        return 0;
}

static const struct view settings_view = { .make = make_settings, .free = free_settings };

int kdump_settings_get(struct context *context, const struct kdump_settings **ret)
{
        void *model;
        int r;

        r = context_view(context, &settings_view, &model);
        if (r < 0)
                return r;

        *ret = model;
        return 0;
}
