/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/crypts.h"

#include "engine/boot.h"
#include "engine/context.h"
#include "engine/devices.h"
#include "engine/host.h"
#include "engine/mounts.h"
#include "engine/root.h"
#include "formats/crypttab.h"

#include <string.h>

static void crypts_free(void *model)
{
        struct crypts *crypts = model;

        if (!crypts)
                return;

        for (size_t i = 0; i < crypts->n; i++) {
                free(crypts->items[i].name);
                free(crypts->items[i].device);
                free(crypts->items[i].key);
        }
        for (size_t i = 0; i < crypts->n_options; i++) {
                free(crypts->options[i].option);
                free(crypts->options[i].device);
                free(crypts->options[i].name);
        }
        free(crypts->items);
        free(crypts->options);
        free(crypts);
}

static void crypts_free_pointer(struct crypts **crypts)
{
        crypts_free(*crypts);
}

/* An image file is waited for with the file system that holds it. */
static bool is_block_device(struct text device)
{
        return text_starts(device, "/dev/") || (!text_starts(device, "/") && text_contains(device, "="));
}

static bool is_key(struct text key)
{
        return key.len > 0 && !text_equal(key, "none") && !text_equal(key, "-");
}

static int add(struct crypts *crypts, const struct crypttab_line *line)
{
        struct crypt_entry *entry;

        if (array_grow(&crypts->items, crypts->n, sizeof(*crypts->items)) < 0)
                return -ENOMEM;

        entry = &crypts->items[crypts->n++];
        *entry = (struct crypt_entry){
                .number = line->number,
                .name = text_dup(line->name),
                .device = text_dup(line->device),
                .key = string_format("crypttab:%.*s", TEXT_ARGS(line->name)),
                .waits = !crypttab_has_option(line, "noauto") && !crypttab_has_option(line, "nofail") &&
                         !crypttab_has_option(line, "_netdev"),
                .erases = crypttab_has_option(line, "swap") || crypttab_has_option(line, "tmp"),
                .has_key = is_key(line->key),
        };
        return entry->name && entry->device && entry->key ? 0 : -ENOMEM;
}

static int read_crypttab(struct context *context, struct crypts *crypts)
{
        const struct root_file *file;
        struct crypttab_line line;
        unsigned number = 0;
        struct text rest;
        int r;

        if (!context_host(context)->systemd)
                return 0;
        r = root_read(context_root(context), CRYPTTAB, &file);
        if (r < 0)
                return r == -ENOENT || r == -ENOTDIR ? 0 : r;

        rest = file->content;
        while (crypttab_next(&rest, &number, &line)) {
                if (is_block_device(line.device) && add(crypts, &line) < 0)
                        return -ENOMEM;
        }

        return 0;
}

static bool is_known(const struct crypts *crypts, struct text option, const char *path, unsigned line)
{
        for (size_t i = 0; i < crypts->n_options; i++)
                if (text_equal(option, crypts->options[i].option) && crypts->options[i].line == line &&
                    string_equal(crypts->options[i].path, path))
                        return true;

        return false;
}

/* rd.luks.uuid=UUID, also with "luks-" before it, sets up luks-UUID; rd.luks.name=UUID=NAME says how it is
 * called. */
static int add_option(struct crypts *crypts, const struct boot_line *line,
                      const struct kernel_cmdline_token *token)
{
        const struct boot_part *part = boot_line_part(line, token);
        struct text uuid = token->value, name = { 0 };
        struct crypt_option option = {
                .path = part ? part->path : line->path,
                .line = part ? part->line : line->line,
        };

        if (uuid.len == 0 || is_known(crypts, token->raw, option.path, option.line))
                return 0;
        (void) text_split(uuid, '=', &uuid, &name);
        if (text_starts(uuid, "luks-"))
                uuid = (struct text){ uuid.data + strlen("luks-"), uuid.len - strlen("luks-") };
        if (array_grow(&crypts->options, crypts->n_options, sizeof(*crypts->options)) < 0)
                return -ENOMEM;

        option.option = text_dup(token->raw);
        option.device = string_format("UUID=%.*s", TEXT_ARGS(uuid));
        option.name = name.len > 0 ? text_dup(name) : string_format("luks-%.*s", TEXT_ARGS(uuid));
        crypts->options[crypts->n_options++] = option;
        return option.option && option.device && option.name ? 0 : -ENOMEM;
}

/* What a line leaves uncertain is for the probes that judge the lines themselves. */
static int read_command_lines(struct context *context, struct crypts *crypts)
{
        static const char *const keys[] = { "rd.luks.uuid", "rd.luks.name" };
        const struct boot *boot;
        int r;

        r = boot_get(context, &boot);
        for (size_t i = 0; r >= 0 && i < boot->n_lines; i++) {
                const struct boot_line *line = &boot->lines[i];

                if (line->role == BOOT_RUNNING || !boot_line_counts(line))
                        continue;
                for (size_t k = 0; k < ARRAY_SIZE(keys); k++) {
                        const struct kernel_cmdline_token *token;
                        size_t index = 0;

                        while (r >= 0 && (token = kernel_cmdline_next(line->cmdline, keys[k], &index)))
                                r = add_option(crypts, line, token);
                }
        }

        return r < 0 ? r : 0;
}

static int crypts_make(struct context *context, void **ret)
{
        _cleanup_(crypts_free_pointer) struct crypts *crypts = calloc(1, sizeof(*crypts));
        int r;

        if (!crypts)
                return -ENOMEM;

        r = read_crypttab(context, crypts);
        if (r >= 0)
                r = read_command_lines(context, crypts);
        if (r < 0)
                return r;

        *ret = take_ptr(crypts);
        return 0;
}

int crypts_get(struct context *context, const struct crypts **ret)
{
        static const struct view view = { crypts_make, crypts_free };
        void *model;
        int r;

        r = context_view(context, &view, &model);
        if (r < 0)
                return r;

        *ret = model;
        return 0;
}

bool crypt_is_system(const char *name, const struct mounts *mounts)
{
        for (size_t i = 0; i < mounts->n_entries; i++) {
                _cleanup_free_ char *mapper = NULL;

                if (mount_is_system(&mounts->entries[i]) &&
                    device_parse_mapper(mounts->entries[i].line->spec, &mapper) >= 0 &&
                    string_equal(mapper, name))
                        return true;
        }

        return false;
}

bool crypt_may_hold_root(const struct crypts *crypts, const struct crypt_entry *entry,
                         const struct mounts *mounts)
{
        _cleanup_free_ char *name = NULL;
        struct text spec = mounts->root ? mounts->root->line->spec : (struct text){ 0 };

        if (!mounts->root || entry->has_key || device_name_is_unstable(spec) ||
            text_starts(spec, "PARTUUID=") || text_starts(spec, "PARTLABEL="))
                return false;
        if (device_parse_mapper(spec, &name) < 0)
                return true;
        for (size_t i = 0; i < crypts->n; i++)
                if (string_equal(crypts->items[i].name, name))
                        return false;

        return true;
}
