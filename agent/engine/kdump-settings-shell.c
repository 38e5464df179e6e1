/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/kdump-settings.h"
#include "formats/shell-vars.h"

#include <string.h>

/* Where a variable has no certain value, that is remembered and the default kept. Empty is as good as unset.
 */
static struct text value_of(const struct shell_vars *vars, const char *name, struct kdump_settings *settings,
                            unsigned *ret_line)
{
        struct shell_value value = { 0 };

        switch (shell_vars_get(vars, name, &value)) {
        case SHELL_CERTAIN:
                *ret_line = value.line;
                return value.text;
        case SHELL_UNCERTAIN:
                settings->uncertain = value.cause;
                settings->uncertain_line = value.line;
                break;
        case SHELL_UNSET:
                break;
        }

        return TEXT("");
}

/* A server, when one is set, comes before the directory: see kdump-tools(5). */
int kdump_settings_read_debian(struct text content, struct kdump_settings *settings)
{
        static const struct {
                const char *variable;
                enum kdump_destination destination;
        } servers[] = {
                { "NFS", KDUMP_TO_NFS },
                { "SSH", KDUMP_TO_SSH },
                { "FTP", KDUMP_TO_NETWORK },
        };
        _cleanup_shell_vars_ struct shell_vars *vars = NULL;
        struct text used, directory, server = { 0 };
        size_t i = 0;
        int r;

        r = shell_vars_parse(content.data, content.len, &vars);
        if (r < 0)
                return r;

        used = value_of(vars, "USE_KDUMP", settings, &settings->disabled_line);
        settings->disabled = !settings->uncertain && (used.len == 0 || text_equal(used, "0"));
        directory = value_of(vars, "KDUMP_COREDIR", settings, &settings->line);
        if (directory.len == 0)
                directory = text_from_string(settings->directory);
        for (; i < ARRAY_SIZE(servers) && server.len == 0; i++)
                server = value_of(vars, servers[i].variable, settings, &settings->line);

        return kdump_settings_set(settings, server.len > 0 ? servers[i - 1].destination : KDUMP_TO_DIRECTORY,
                                  directory, server);
}

/* KDUMP_SAVEDIR is a directory or a URL, see kdump(5); "file:" is the only one that is local. */
int kdump_settings_read_suse(struct text content, struct kdump_settings *settings)
{
        static const struct {
                const char *scheme;
                enum kdump_destination destination;
        } schemes[] = {
                { "nfs://", KDUMP_TO_NFS },     { "ssh://", KDUMP_TO_SSH },      { "sftp://", KDUMP_TO_SSH },
                { "ftp://", KDUMP_TO_NETWORK }, { "cifs://", KDUMP_TO_NETWORK },
        };
        _cleanup_shell_vars_ struct shell_vars *vars = NULL;
        struct text value;
        int r;

        r = shell_vars_parse(content.data, content.len, &vars);
        if (r < 0)
                return r;

        value = text_trim(value_of(vars, "KDUMP_SAVEDIR", settings, &settings->line));
        if (value.len == 0)
                return 0;
        for (size_t i = 0; i < ARRAY_SIZE(schemes); i++)
                if (text_starts(value, schemes[i].scheme))
                        return kdump_settings_set(settings, schemes[i].destination, value, value);
        if (text_starts(value, "file://"))
                value = (struct text){ value.data + strlen("file://"), value.len - strlen("file://") };

        return kdump_settings_set(settings, KDUMP_TO_DIRECTORY, value, TEXT(""));
}
