/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/resume-internal.h"

#include "engine/context.h"
#include "engine/root.h"
#include "formats/shell-vars.h"

#include <string.h>

/* The configuration of one initramfs tool: files that it sources one after the other. */
struct sources {
        struct shell_scope *scope;
        struct shell_vars **vars;
        char **paths;
        size_t n;
};

static void sources_done(struct sources *sources)
{
        sources->scope = shell_scope_free(sources->scope);
        for (size_t i = 0; i < sources->n; i++) {
                (void) shell_vars_free(sources->vars[i]);
                free(sources->paths[i]);
        }
        free(sources->vars);
        free(sources->paths);
}

static bool is_missing(int error)
{
        return error == -ENOENT || error == -ENOTDIR;
}

static int parse(struct sources *sources, const char *path, struct text content)
{
        char *copy;
        int r;

        r = array_grow(&sources->vars, sources->n, sizeof(*sources->vars));
        if (r >= 0)
                r = array_grow(&sources->paths, sources->n, sizeof(*sources->paths));
        if (r < 0)
                return r;
        copy = strdup(path);
        if (!copy)
                return -ENOMEM;

        r = shell_vars_parse_in(sources->scope, (unsigned) sources->n, content.data, content.len,
                                &sources->vars[sources->n]);
        if (r < 0) {
                free(copy);
                return r;
        }
        sources->paths[sources->n++] = copy;
        return 0;
}

/* mkinitramfs(8) passes over what package managers and editors leave. */
static bool is_initramfs_tools_name(struct text name)
{
        for (size_t i = 0; i < name.len; i++) {
                char c = name.data[i];
                bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');

                if (!letter && (i == 0 || !strchr("._-", c)))
                        return false;
        }

        return !text_contains(name, ".dpkg-");
}

static bool is_dracut_name(struct text name)
{
        return text_ends(name, ".conf");
}

const struct resume_tool resume_tools[RESUME_TOOL_COUNT] = {
        [RESUME_INITRAMFS_TOOLS] = { "/etc/initramfs-tools/initramfs.conf", "/etc/initramfs-tools/conf.d",
                                     is_initramfs_tools_name, (const char *const[]){ "RESUME", NULL },
                                     false },
        [RESUME_DRACUT] = { "/etc/dracut.conf", "/etc/dracut.conf.d", is_dracut_name,
                            (const char *const[]){ "add_device", "kernel_cmdline", NULL }, true },
};

static int visit(struct root *root, const char *path, resume_file_function function, void *userdata)
{
        const struct root_file *file;
        int r;

        r = root_read(root, path, &file);
        if (r < 0)
                return is_missing(r) ? 0 : r;

        return function(path, file->content, userdata);
}

int resume_each_file(struct root *root, const struct resume_tool *tool, resume_file_function function,
                     void *userdata)
{
        const char *const *names;
        size_t n_names;
        int r;

        r = visit(root, tool->file, function, userdata);
        if (r < 0)
                return r;
        r = root_list(root, tool->directory, &names, &n_names);
        if (r < 0)
                return is_missing(r) ? 0 : r;

        for (size_t i = 0; i < n_names; i++) {
                _cleanup_free_ char *path = NULL;

                if (!tool->is_used(text_from_string(names[i])))
                        continue;
                path = string_format("%s/%s", tool->directory, names[i]);
                r = path ? visit(root, path, function, userdata) : -ENOMEM;
                if (r < 0)
                        return r;
        }

        return 0;
}

static int add_file(const char *path, struct text content, void *userdata)
{
        return parse(userdata, path, content);
}

static int load(struct root *root, struct sources *sources, const struct resume_tool *tool)
{
        _cleanup_buffer_ struct buffer preset = { 0 };
        int r;

        sources->scope = shell_scope_new();
        if (!sources->scope)
                return -ENOMEM;
        if (tool->bash)
                shell_scope_assume_bash(sources->scope);
        for (const char *const *name = tool->variables; *name; name++)
                buffer_addf(&preset, "%s=\n", *name);
        if (preset.failed)
                return -ENOMEM;

        r = parse(sources, tool->file, (struct text){ preset.data, preset.len });
        return r < 0 ? r : resume_each_file(root, tool, add_file, sources);
}

/* 1 with a value; 0 where the variable is not set, or uncertain, which is then noted. */
static int get(struct resume *resume, const struct sources *sources, const char *name,
               struct shell_value *ret)
{
        switch (shell_scope_get(sources->scope, text_from_string(name), ret)) {
        case SHELL_CERTAIN:
                return 1;
        case SHELL_UNCERTAIN:
                return resume_add_doubt(resume, sources->paths[ret->file], ret->line, ret->cause);
        default:
                return 0;
        }
}

static int read_initramfs_tools(struct root *root, struct resume *resume)
{
        _cleanup_(sources_done) struct sources sources = { 0 };
        struct resume_reference reference = { .initramfs = true };
        struct shell_value value;
        int r;

        r = load(root, &sources, &resume_tools[RESUME_INITRAMFS_TOOLS]);
        if (r < 0)
                return r;
        r = get(resume, &sources, "RESUME", &value);
        if (r <= 0)
                return r;
        if (!resume_names_device(value.text))
                return 0;

        reference.option = string_format("RESUME=%.*s", TEXT_ARGS(value.text));
        reference.source = text_dup(value.text);
        reference.path = strdup(sources.paths[value.file]);
        reference.line = value.line;
        return resume_add(resume, &reference);
}

struct origin {
        const char *path;
        unsigned line;
};

static struct resume_reference place_in_file(const void *data, const struct kernel_cmdline_token *token)
{
        const struct origin *origin = data;

        return (struct resume_reference){ .path = (char *) origin->path,
                                          .line = origin->line,
                                          .initramfs = true };
}

static int read_dracut_cmdline(struct resume *resume, const struct sources *sources)
{
        _cleanup_kernel_cmdline_ struct kernel_cmdline *cmdline = NULL;
        struct shell_value value;
        struct origin origin;
        int r;

        r = get(resume, sources, "kernel_cmdline", &value);
        if (r <= 0)
                return r;
        r = kernel_cmdline_parse(value.text.data, value.text.len, &cmdline);
        if (r < 0)
                return r;

        origin = (struct origin){ sources->paths[value.file], value.line };
        return resume_add_cmdline(resume, cmdline, place_in_file, &origin);
}

/* Only a device that is called swap: others are waited for as well, but what they are for is not written. */
static int read_dracut_devices(struct resume *resume, const struct sources *sources)
{
        struct shell_value value;
        struct text rest, word;
        int r;

        r = get(resume, sources, "add_device", &value);
        if (r <= 0)
                return r;

        rest = value.text;
        while (text_next_word(&rest, " \t\n", &word)) {
                struct resume_reference reference = { .line = value.line, .initramfs = true };

                if (!text_contains(word, "swap"))
                        continue;
                reference.option = string_format("add_device+=\" %.*s \"", TEXT_ARGS(word));
                reference.source = text_dup(word);
                reference.path = strdup(sources->paths[value.file]);
                r = resume_add(resume, &reference);
                if (r < 0)
                        return r;
        }

        return 0;
}

int resume_read_initramfs(struct context *context, struct resume *resume)
{
        _cleanup_(sources_done) struct sources dracut = { 0 };
        struct root *root = context_root(context);
        int r;

        r = read_initramfs_tools(root, resume);
        if (r < 0)
                return r;
        r = load(root, &dracut, &resume_tools[RESUME_DRACUT]);
        if (r < 0)
                return r;
        r = read_dracut_cmdline(resume, &dracut);
        return r < 0 ? r : read_dracut_devices(resume, &dracut);
}
