/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/kdump-settings.h"
#include "formats/shell-vars.h"

#include <string.h>

/* The value of a variable, empty when it is unset. Without a certain value *ret_uncertain says why. */
static struct text value_of(const struct shell_vars *vars, const char *name, unsigned *ret_line,
                            const char **ret_uncertain)
{
        struct shell_value value = { 0 };
        enum shell_state state = shell_vars_get(vars, name, &value);

        if (state == SHELL_UNSET)
                return TEXT("");

        *ret_line = value.line;
        if (state == SHELL_CERTAIN)
                return value.text;
        *ret_uncertain = value.cause;
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

        used = value_of(vars, "USE_KDUMP", &settings->disabled_line, &settings->disabled_uncertain);
        settings->disabled = !settings->disabled_uncertain && (used.len == 0 || text_equal(used, "0"));
        directory = value_of(vars, "KDUMP_COREDIR", &settings->line, &settings->uncertain);
        if (directory.len == 0)
                directory = text_from_string(settings->directory);
        for (; i < ARRAY_SIZE(servers) && server.len == 0; i++)
                server = value_of(vars, servers[i].variable, &settings->line, &settings->uncertain);

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

        value = text_trim(value_of(vars, "KDUMP_SAVEDIR", &settings->line, &settings->uncertain));
        if (value.len == 0)
                return 0;
        for (size_t i = 0; i < ARRAY_SIZE(schemes); i++)
                if (text_starts(value, schemes[i].scheme))
                        return kdump_settings_set(settings, schemes[i].destination, value, value);
        if (text_starts(value, "file://"))
                value = (struct text){ value.data + strlen("file://"), value.len - strlen("file://") };

        return kdump_settings_set(settings, KDUMP_TO_DIRECTORY, value, TEXT(""));
}
