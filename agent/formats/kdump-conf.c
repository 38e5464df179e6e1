/* SPDX-License-Identifier: Apache-2.0 */
#include "formats/kdump-conf.h"

#include <assert.h>
#include <string.h>

static const struct {
        const char *name;
        enum kdump_conf_kind kind;
        enum kdump_target_kind target;
} directives[] = {
        { "path", KDUMP_CONF_OPTION },
        { "core_collector", KDUMP_CONF_OPTION },
        { "dracut_args", KDUMP_CONF_OPTION },
        { "extra_bins", KDUMP_CONF_OPTION },
        { "extra_modules", KDUMP_CONF_OPTION },
        { "kdump_pre", KDUMP_CONF_OPTION },
        { "kdump_post", KDUMP_CONF_OPTION },
        { "failure_action", KDUMP_CONF_OPTION },
        { "default", KDUMP_CONF_OPTION },
        { "final_action", KDUMP_CONF_OPTION },
        { "force_rebuild", KDUMP_CONF_OPTION },
        { "force_no_rebuild", KDUMP_CONF_OPTION },
        { "fence_kdump_args", KDUMP_CONF_OPTION },
        { "fence_kdump_nodes", KDUMP_CONF_OPTION },
        { "auto_reset_crashkernel", KDUMP_CONF_OPTION },
        { "sshkey", KDUMP_CONF_OPTION },
        { "raw", KDUMP_CONF_TARGET, KDUMP_TARGET_RAW },
        { "ext2", KDUMP_CONF_TARGET, KDUMP_TARGET_FILESYSTEM },
        { "ext3", KDUMP_CONF_TARGET, KDUMP_TARGET_FILESYSTEM },
        { "ext4", KDUMP_CONF_TARGET, KDUMP_TARGET_FILESYSTEM },
        { "minix", KDUMP_CONF_TARGET, KDUMP_TARGET_FILESYSTEM },
        { "btrfs", KDUMP_CONF_TARGET, KDUMP_TARGET_FILESYSTEM },
        { "xfs", KDUMP_CONF_TARGET, KDUMP_TARGET_FILESYSTEM },
        { "nfs", KDUMP_CONF_TARGET, KDUMP_TARGET_NFS },
        { "nfs4", KDUMP_CONF_TARGET, KDUMP_TARGET_NFS },
        { "ssh", KDUMP_CONF_TARGET, KDUMP_TARGET_SSH },
        { "virtiofs", KDUMP_CONF_TARGET, KDUMP_TARGET_VIRTIOFS },
        { "net", KDUMP_CONF_OBSOLETE },
        { "options", KDUMP_CONF_OBSOLETE },
        { "link_delay", KDUMP_CONF_OBSOLETE },
        { "disk_timeout", KDUMP_CONF_OBSOLETE },
        { "debug_mem_level", KDUMP_CONF_OBSOLETE },
        { "blacklist", KDUMP_CONF_OBSOLETE },
};

/* ARRAY_SIZE(directives) for a name that is none. */
static size_t find_directive(struct text name)
{
        size_t i = 0;

        while (i < ARRAY_SIZE(directives) && !text_equal(name, directives[i].name))
                i++;

        return i;
}

static bool is_blank(char c)
{
        return c == ' ' || (c >= '\t' && c <= '\r');
}

/* Takes all bytes off the front that are blank, or all that are not. */
static struct text take_while(struct text *rest, bool blank)
{
        struct text taken = { rest->data, 0 };

        while (rest->len > 0 && is_blank(rest->data[0]) == blank) {
                taken.len++;
                rest->data++;
                rest->len--;
        }

        return taken;
}

static struct text trim_end(struct text text)
{
        while (text.len > 0 && is_blank(text.data[text.len - 1]))
                text.len--;

        return text;
}

static struct kdump_conf_line parse_line(struct text raw)
{
        struct text body = text_chomp(raw), content = body, after;
        struct kdump_conf_line line = {
                .ending = { body.data + body.len, raw.len - body.len },
        };

        (void) text_split(body, '#', &content, &after);
        line.indent = take_while(&content, true);
        line.name = take_while(&content, false);
        line.gap = take_while(&content, true);
        line.value = trim_end(content);
        /* Blanks behind a name without a value are no gap: the rest begins right where the text ends. */
        if (line.value.len == 0)
                line.gap.len = 0;
        if (line.name.len == 0)
                line.indent.len = 0;

        line.rest.data = body.data + line.indent.len + line.name.len + line.gap.len + line.value.len;
        line.rest.len = (size_t) (body.data + body.len - line.rest.data);
        return line;
}

/* What was seen on the lines before. */
struct seen {
        bool directive[ARRAY_SIZE(directives)];
        bool target;
};

static bool is_mount(const struct kdump_conf_line *line)
{
        return text_equal(line->name, "dracut_args") && text_contains(line->value, "--mount");
}

static void judge_line(struct kdump_conf_line *line, struct seen *seen)
{
        size_t i = find_directive(line->name);
        bool target;

        if (line->name.len == 0)
                return;
        if (i == ARRAY_SIZE(directives)) {
                line->kind = KDUMP_CONF_UNKNOWN;
                line->fault = "unknown directive";
                return;
        }

        line->kind = directives[i].kind;
        target = line->kind == KDUMP_CONF_TARGET || is_mount(line);
        if (line->kind == KDUMP_CONF_OBSOLETE)
                line->fault = "obsolete directive";
        else if (line->value.len == 0)
                line->fault = "the value is missing";
        else if (target && seen->target)
                line->fault = "a second dump target";
        else if (seen->directive[i])
                line->fault = "the directive is given twice";

        seen->directive[i] = true;
        seen->target = seen->target || target;
}

static int add_line(struct kdump_conf *conf, struct kdump_conf_line line)
{
        int r;

        r = array_grow(&conf->lines, conf->n_lines, sizeof(*conf->lines));
        if (r < 0)
                return r;

        conf->lines[conf->n_lines++] = line;
        return 0;
}

static void judge(struct kdump_conf *conf)
{
        struct seen seen = { 0 };

        for (size_t i = 0; i < conf->n_lines; i++) {
                conf->lines[i].fault = NULL;
                judge_line(&conf->lines[i], &seen);
        }
}

int kdump_conf_parse(const char *data, size_t len, struct kdump_conf **ret)
{
        _cleanup_kdump_conf_ struct kdump_conf *conf = NULL;
        struct text rest, raw;
        int r;

        assert(data || len == 0);
        assert(ret);

        conf = calloc(1, sizeof(*conf));
        if (!conf)
                return -ENOMEM;
        conf->copy = malloc(len + 1);
        if (!conf->copy)
                return -ENOMEM;
        if (len > 0)
                memcpy(conf->copy, data, len);

        rest = (struct text){ conf->copy, len };
        while (text_next_line(&rest, &raw)) {
                r = add_line(conf, parse_line(raw));
                if (r < 0)
                        return r;
        }

        judge(conf);
        *ret = take_ptr(conf);
        return 0;
}

void kdump_conf_print(const struct kdump_conf *conf, struct buffer *out)
{
        for (size_t i = 0; i < conf->n_lines; i++) {
                const struct kdump_conf_line *line = &conf->lines[i];

                buffer_add_text(out, line->indent);
                buffer_add_text(out, line->name);
                buffer_add_text(out, line->gap);
                buffer_add_text(out, line->value);
                buffer_add_text(out, line->rest);
                buffer_add_text(out, line->ending);
        }
}

void kdump_conf_free(struct kdump_conf *conf)
{
        if (!conf)
                return;

        for (size_t i = 0; i < conf->n_lines; i++)
                free(conf->lines[i].owned);
        free(conf->lines);
        free(conf->copy);
        free(conf);
}

static struct kdump_conf_line *find_last(const struct kdump_conf *conf, const char *name)
{
        for (size_t i = conf->n_lines; i > 0; i--)
                if (text_equal(conf->lines[i - 1].name, name))
                        return &conf->lines[i - 1];

        return NULL;
}

const struct kdump_conf_line *kdump_conf_find(const struct kdump_conf *conf, const char *name)
{
        return find_last(conf, name);
}

const struct kdump_conf_line *kdump_conf_first_fault(const struct kdump_conf *conf)
{
        for (size_t i = 0; i < conf->n_lines; i++)
                if (conf->lines[i].fault)
                        return &conf->lines[i];

        return NULL;
}

size_t kdump_conf_line_number(const struct kdump_conf *conf, const struct kdump_conf_line *line)
{
        return (size_t) (line - conf->lines) + 1;
}

/* Release 6 has one directive for both: "net host:/export" and "net user@host". */
static enum kdump_target_kind target_of_net(struct text value)
{
        return text_contains(value, ":/") ? KDUMP_TARGET_NFS : KDUMP_TARGET_SSH;
}

static enum kdump_target_kind target_of(const struct kdump_conf_line *line)
{
        if (line->kind == KDUMP_CONF_TARGET)
                return directives[find_directive(line->name)].target;
        if (text_equal(line->name, "net") && line->value.len > 0)
                return target_of_net(line->value);

        return is_mount(line) ? KDUMP_TARGET_MOUNT : KDUMP_TARGET_LOCAL;
}

struct kdump_target kdump_conf_target(const struct kdump_conf *conf)
{
        const struct kdump_conf_line *path = kdump_conf_find(conf, "path");
        struct kdump_target target = { .path = TEXT(KDUMP_CONF_DEFAULT_PATH) };

        if (path && path->value.len > 0)
                target.path = path->value;

        for (size_t i = conf->n_lines; i > 0 && !target.line; i--) {
                const struct kdump_conf_line *line = &conf->lines[i - 1];

                target.kind = target_of(line);
                if (target.kind == KDUMP_TARGET_LOCAL)
                        continue;
                target.line = line;
                target.type = line->name;
                target.location = line->value;
        }

        return target;
}

static bool is_value(struct text value)
{
        return value.len > 0 && !is_blank(value.data[0]) && !is_blank(value.data[value.len - 1]) &&
               !text_has_nul(value) && !text_contains(value, "#") && !text_contains(value, "\n");
}

static int replace_value(struct kdump_conf_line *line, struct text value)
{
        char *owned = text_dup(value);

        if (!owned)
                return -ENOMEM;

        free(line->owned);
        line->owned = owned;
        line->value = (struct text){ owned, value.len };
        if (line->gap.len == 0)
                line->gap = TEXT(" ");
        return 0;
}

static int append_line(struct kdump_conf *conf, const char *name, struct text value)
{
        struct kdump_conf_line line = { .gap = TEXT(" "), .ending = TEXT("\n") };
        size_t directive = find_directive(text_from_string(name));
        int r;

        line.name = text_from_string(directives[directive].name);
        line.owned = text_dup(value);
        if (!line.owned)
                return -ENOMEM;

        line.value = (struct text){ line.owned, value.len };
        r = add_line(conf, line);
        if (r < 0) {
                free(line.owned);
                return r;
        }

        if (conf->n_lines > 1 && conf->lines[conf->n_lines - 2].ending.len == 0)
                conf->lines[conf->n_lines - 2].ending = TEXT("\n");
        return 0;
}

int kdump_conf_set(struct kdump_conf *conf, const char *name, struct text value)
{
        struct kdump_conf_line *line;
        int r;

        assert(find_directive(text_from_string(name)) < ARRAY_SIZE(directives));

        if (!is_value(value))
                return -EINVAL;

        line = find_last(conf, name);
        r = line ? replace_value(line, value) : append_line(conf, name, value);
        if (r < 0)
                return r;

        judge(conf);
        return 0;
}
