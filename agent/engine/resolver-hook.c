/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/resolver-internal.h"

#include <string.h>

/* Scripts that run before or after somebody writes resolv.conf. They are judged by their text: one that names
 * the option and the file outside of comments is taken to put the option there. */

/* run-parts(8) passes over any other name, one with a dot for instance. */
static bool is_run_part(const char *name)
{
        return name[strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-")] == '\0';
}

static bool is_dispatcher(const char *name)
{
        struct text text = text_from_string(name);

        return name[0] != '.' && !text_ends(text, "~") && !text_ends(text, ".rpmsave") &&
               !text_ends(text, ".rpmnew");
}

/* The directories of NetworkManager's dispatcher have others in them: no-wait.d, pre-up.d. */
static int read_script(struct context *context, const char *path, const struct root_file **ret)
{
        int r = resolver_read(context, path, ret);

        return r == -EISDIR ? 0 : r;
}

static int judge_hook(struct context *context, struct resolver *resolver, const char *path)
{
        const struct root_file *file;
        unsigned line;
        int r;

        r = read_script(context, path, &file);
        if (r <= 0)
                return r;
        line = resolver_find_line(file->content, REOPEN);
        if (line == 0 || resolver_find_line(file->content, "resolv.conf") == 0)
                return 0;

        r = resolver_set_place(&resolver->knob, path, line, NULL);
        if (r >= 0)
                r = resolver_set_string(&resolver->writes, "%s", REOPEN);
        if (r >= 0)
                r = resolver_set_string(&resolver->cause, "the script '%s' puts the option there", path);
        resolver->forecast = RESOLVER_WRITES;
        return r < 0 ? r : 1;
}

static int judge_hooks(struct context *context, struct resolver *resolver, const char *directory,
                       bool (*counts)(const char *name))
{
        const char *const *names;
        size_t n;
        int r;

        r = resolver_list(context, directory, &names, &n);
        if (r < 0)
                return r;

        r = 0;
        for (size_t i = 0; r == 0 && i < n; i++) {
                _cleanup_free_ char *path = string_format("%s/%s", directory, names[i]);

                if (!path)
                        return -ENOMEM;
                if (counts(names[i]))
                        r = judge_hook(context, resolver, path);
        }

        return r;
}

int resolver_find_hook(struct context *context, struct resolver *resolver)
{
        static const char *const files[] = { "/etc/dhcp/dhclient-exit-hooks", "/etc/dhclient-exit-hooks" };
        int r;

        r = judge_hooks(context, resolver, "/etc/dhcp/dhclient-exit-hooks.d", is_run_part);
        for (size_t i = 0; r == 0 && i < ARRAY_SIZE(files); i++)
                r = judge_hook(context, resolver, files[i]);

        return r;
}

int resolver_find_dispatcher(struct context *context, struct resolver *resolver)
{
        return judge_hooks(context, resolver, "/etc/NetworkManager/dispatcher.d", is_dispatcher);
}

/* Whether make_resolv_conf() is made to do nothing: "make_resolv_conf() { :; }" in any spacing. */
static int is_empty_function(struct text content)
{
        _cleanup_buffer_ struct buffer dense = { 0 };
        struct text line, all;

        while (text_next_line(&content, &line)) {
                line = text_trim(text_chomp(line));
                for (size_t i = 0; i < line.len && line.data[0] != '#'; i++)
                        if (!strchr(" \t;", line.data[i]))
                                buffer_add_char(&dense, line.data[i]);
        }
        if (dense.failed)
                return -ENOMEM;

        all = (struct text){ dense.data, dense.len };
        return text_contains(all, "make_resolv_conf(){:}") || text_contains(all, "make_resolv_conf(){true}");
}

/* The hooks that come with packages do nothing unless their service is there. */
static int judge_enter_hook(struct context *context, struct resolver *resolver, const char *path,
                            const char *name)
{
        const struct root_file *file;
        unsigned line;
        int r;

        r = read_script(context, path, &file);
        if (r <= 0)
                return r;
        line = resolver_find_line(file->content, "make_resolv_conf");
        if (line == 0)
                return RESOLVER_HOOK_NONE;

        r = 1;
        if (string_equal(name, "resolvconf"))
                r = root_exists(context_root(context), "/sbin/resolvconf");
        else if (text_starts(text_from_string(name), "resolved"))
                r = resolver_service_starts(context, "systemd-resolved.service");
        if (r <= 0)
                return r;

        if (string_equal(name, "resolvconf") || text_starts(text_from_string(name), "resolved"))
                return RESOLVER_HOOK_NOTHING;
        r = is_empty_function(file->content);
        if (r != 0)
                return r < 0 ? r : RESOLVER_HOOK_NOTHING;
        r = resolver_set_place(&resolver->evidence, path, line, NULL);
        return r < 0 ? r : RESOLVER_HOOK_OTHER;
}

int resolver_find_enter_hook(struct context *context, struct resolver *resolver)
{
        static const char directory[] = "/etc/dhcp/dhclient-enter-hooks.d";
        const char *const *names;
        size_t n;
        int r;

        r = resolver_list(context, directory, &names, &n);
        if (r < 0)
                return r;

        r = RESOLVER_HOOK_NONE;
        for (size_t i = 0; r == RESOLVER_HOOK_NONE && i < n; i++) {
                _cleanup_free_ char *path = string_format("%s/%s", directory, names[i]);

                if (!path)
                        return -ENOMEM;
                if (is_run_part(names[i]))
                        r = judge_enter_hook(context, resolver, path, names[i]);
        }

        return r;
}
