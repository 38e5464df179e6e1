/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/resolver-edit.h"
#include "engine/resolver-internal.h"
#include "formats/cloud-config.h"
#include "formats/ini.h"
#include "formats/key-file.h"
#include "formats/shell-vars.h"

/* How each kind of setting is edited: bytes to bytes. */

int resolver_edit_lines(struct text content, unsigned glibc_minor, const char *list, struct buffer *out)
{
        _cleanup_resolv_conf_ struct resolv_conf *conf = NULL, *again = NULL;
        _cleanup_buffer_ struct buffer text = { 0 };
        struct text rest = text_from_string(list), option;
        struct resolv_options options;
        bool any = false;
        int r;

        r = resolv_conf_parse(content.data, content.len, glibc_minor, &conf);
        if (r < 0)
                return r;
        resolv_conf_options(conf, TEXT(""), &options);
        if (resolv_options_have(&options, RESOLV_SINGLE_REQUEST_REOPEN))
                return 0;

        for (size_t i = 0; i < conf->n_lines; i++)
                any |= conf->lines[i].kind == RESOLV_OPTIONS;
        if (any)
                rest = TEXT(REOPEN);
        while (r >= 0 && text_next_word(&rest, " ", &option))
                r = resolv_conf_add_option(conf, option);
        if (r < 0)
                return r;

        resolv_conf_print(conf, &text);
        if (text.failed)
                return -ENOMEM;
        r = resolv_conf_parse(text.data, text.len, glibc_minor, &again);
        if (r < 0)
                return r;
        resolv_conf_options(again, TEXT(""), &options);
        if (!resolv_options_have(&options, RESOLV_SINGLE_REQUEST_REOPEN))
                return -EPERM;

        buffer_add(out, text.data, text.len);
        return 1;
}

/* The option behind what a list holds, or all of the new list. A separator at the end stays at the end. */
static void add_to_list(struct text old, const char *list, char separator, struct buffer *out)
{
        const char ending[] = { separator, '\0' };
        bool closed = text_ends(old, ending);
        struct text rest = text_from_string(list), option;
        bool first = true;

        if (text_trim(old).len > 0 && !text_equal(old, ending)) {
                buffer_add_text(out, old);
                buffer_addf(out, "%s" REOPEN "%s", closed ? "" : ending,
                            closed && separator != ' ' ? ending : "");
                return;
        }
        for (; text_next_word(&rest, " ", &option); first = false) {
                if (!first)
                        buffer_add_char(out, separator);
                buffer_add_text(out, option);
        }
        /* As NetworkManager writes its own lists in profiles. */
        if (separator == ';')
                buffer_add_char(out, separator);
}

/* Adds to out what content should be, and returns 0; or sets a reason. */
typedef int (*editor)(const struct resolver_setting *setting, struct text content, const char *list,
                      struct buffer *out, char **ret_reason);

static int edit_variable(const struct resolver_setting *setting, struct text content, const char *list,
                         struct buffer *out, char **ret_reason)
{
        _cleanup_shell_vars_ struct shell_vars *vars = NULL;
        _cleanup_buffer_ struct buffer value = { 0 };
        const struct shell_assignment *last;
        int r;

        r = shell_vars_parse(content.data, content.len, &vars);
        if (r < 0)
                return r;
        last = shell_vars_last(vars, setting->name);
        add_to_list(last ? last->value : TEXT(""), list, ' ', &value);
        if (value.failed)
                return -ENOMEM;

        if (!last) {
                r = shell_vars_append(content, setting->name, (struct text){ value.data, value.len }, out);
                return r == -EPERM ? resolver_set_string(ret_reason,
                                                         "'%s' cannot be continued safely by a line %s=",
                                                         setting->path, setting->name)
                                   : r;
        }
        if (last->not_plain)
                return resolver_set_string(ret_reason, "%s in '%s', line %u, cannot be edited safely: %s",
                                           setting->name, setting->path, last->line, last->not_plain);
        r = shell_vars_set_value(vars, last, (struct text){ value.data, value.len });
        if (r >= 0)
                shell_vars_print(vars, out);
        return r;
}

static int edit_key(const struct resolver_setting *setting, struct text content, const char *list,
                    struct buffer *out, char **ret_reason)
{
        _cleanup_ini_ struct ini *ini = NULL;
        _cleanup_key_file_ struct key_file *file = NULL;
        _cleanup_buffer_ struct buffer value = { 0 };
        struct text old = TEXT("");
        unsigned line;
        int r;

        r = ini_parse(content.data, content.len, INI_KEYFILE, &ini);
        if (r < 0)
                return r;
        (void) ini_get(ini, setting->group, setting->name, &old);
        add_to_list(old, list, setting->separator, &value);
        if (value.failed)
                return -ENOMEM;
        r = ini_set(ini, setting->group, setting->name, (struct text){ value.data, value.len });
        if (r == -ENOMEM)
                return r;
        if (r >= 0)
                ini_print(ini, out);
        if (out->failed)
                return -ENOMEM;

        /* By NetworkManager's own reading. */
        if (r >= 0)
                r = key_file_parse(out->data, out->len, &file, &line);
        if (r >= 0 && resolver_list_has(key_file_get(file, setting->group, setting->name), REOPEN))
                return 0;

        return r == -ENOMEM
                       ? r
                       : resolver_set_string(ret_reason, "%s in section [%s] of '%s' cannot be edited safely",
                                             setting->name, setting->group, setting->path);
}

static int edit_lines(const struct resolver_setting *setting, struct text content, const char *list,
                      struct buffer *out, char **ret_reason)
{
        int r = resolver_edit_lines(content, GLIBC_MINOR_NEWEST, list, out);

        if (r == -EPERM)
                return resolver_set_string(ret_reason, "an options line of '%s' turns " REOPEN " off",
                                           setting->path);
        if (r == 0)
                buffer_add_text(out, content);
        return r < 0 ? r : 0;
}

static int edit_cloud(const struct resolver_setting *setting, struct text content, const char *list,
                      struct buffer *out, char **ret_reason)
{
        const char *cause;
        int r = cloud_config_add_option(content, REOPEN, out, &cause);

        return r == -EPERM
                       ? resolver_set_string(ret_reason, "resolv_conf in '%s' cannot be edited safely: %s",
                                             setting->path, cause)
                       : r;
}

/* Debian's dhclient-script sources its hooks after it wrote the file: all happens in a subshell, and a file
 * that somebody else makes in /run is left alone. The pattern is glibc's rule for options lines. */
static const char hook_begin[] =
        "# Made by ecs-guest-agent ('agentctl fix dns'). dhclient-script(8) knows no options: it drops those "
        "of\n"
        "# /etc/resolv.conf whenever it writes the file. It reads this script afterwards, which puts them "
        "back.\n"
        "(\n"
        "        case ${reason:-} in\n"
        "        BOUND* | RENEW* | REBIND* | REBOOT* | TIMEOUT*) ;;\n"
        "        *) exit 0 ;;\n"
        "        esac\n"
        "        LC_ALL=C\n"
        "        export LC_ALL\n"
        "        file=$(readlink -f /etc/resolv.conf) && [ -f \"$file\" ] && [ -w \"$file\" ] || exit 0\n"
        "        # What lies there is made by another program.\n"
        "        case $file in /run/* | /proc/* | /sys/* | /dev/* | /usr/*) exit 0 ;; esac\n"
        "        grep -Eq '^options[[:blank:]](.*[[:blank:]])?single-request-reopen' \"$file\" && exit 0\n"
        "        new=$(mktemp \"$file.XXXXXXXX\") || exit 0\n"
        "        trap 'rm -f \"$new\"' EXIT\n"
        "        cp -a \"$file\" \"$new\" || exit 0\n"
        "        # A last line without its end.\n"
        "        [ -z \"$(tail -c 1 \"$new\")\" ] || echo >>\"$new\" || exit 0\n"
        "        echo 'options ";
static const char hook_end[] = "' >>\"$new\" && mv -f \"$new\" \"$file\"\n"
                               ") 2>/dev/null || :\n";

static int make_hook(const struct resolver_setting *setting, struct text content, const char *list,
                     struct buffer *out, char **ret_reason)
{
        buffer_add_string(out, hook_begin);
        buffer_add_string(out, list);
        buffer_add_string(out, hook_end);
        return 0;
}

static const editor editors[] = {
        [RESOLVER_SETTING_VARIABLE] = edit_variable, [RESOLVER_SETTING_KEY] = edit_key,
        [RESOLVER_SETTING_LINES] = edit_lines,       [RESOLVER_SETTING_HOOK] = make_hook,
        [RESOLVER_SETTING_CLOUD] = edit_cloud,
};
_Static_assert(ARRAY_SIZE(editors) == RESOLVER_SETTING_COUNT, "an editor for each kind of setting");

int resolver_edit_content(const struct resolver_setting *setting, struct text content, const char *list,
                          struct buffer *out, char **ret_reason)
{
        return editors[setting->kind](setting, content, list, out, ret_reason);
}
