/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/kdump.h"
#include "engine/root.h"

#include <inttypes.h>
#include <stdio.h>

#define KIB ((uint64_t) 1024)
#define MIB (KIB * 1024)

/* Hexadecimal, digits only; false when there is none or one too many. */
static bool parse_hex(struct text text, uint64_t *ret)
{
        uint64_t value = 0;

        if (text.len == 0 || text.len > 16)
                return false;
        for (size_t i = 0; i < text.len; i++) {
                char c = text.data[i];
                unsigned digit;

                if (c >= '0' && c <= '9')
                        digit = (unsigned) (c - '0');
                else if (c >= 'a' && c <= 'f')
                        digit = (unsigned) (c - 'a') + 10;
                else
                        return false;
                value = value << 4 | digit;
        }

        *ret = value;
        return true;
}

/* "00100000-7ffdcfff : System RAM", not indented: 0 for any other line. To all but root both ends are 0. */
static uint64_t ram_of(struct text line)
{
        struct text range, name, start_text, end_text;
        uint64_t start, end;

        if (line.len == 0 || line.data[0] == ' ' || !text_split(line, ':', &range, &name) ||
            !text_equal(text_trim(name), "System RAM") ||
            !text_split(text_trim(range), '-', &start_text, &end_text) || !parse_hex(start_text, &start) ||
            !parse_hex(end_text, &end) || end <= start)
                return 0;

        return end - start + 1;
}

static uint64_t ram_of_iomem(struct text content)
{
        struct text line;
        uint64_t sum = 0;

        while (text_next_line(&content, &line)) {
                uint64_t ram = ram_of(text_chomp(line));

                if (ram > UINT64_MAX - sum)
                        return 0;
                sum += ram;
        }

        return sum;
}

/* "MemTotal:        1881832 kB" */
static uint64_t ram_of_meminfo(struct text content)
{
        struct text line, name, value, number;
        uint64_t kib;

        while (text_next_line(&content, &line)) {
                if (!text_split(text_chomp(line), ':', &name, &value) || !text_equal(name, "MemTotal"))
                        continue;
                if (!text_next_word(&value, " \t", &number) || text_parse_u64(number, &kib) < 0 ||
                    kib > UINT64_MAX / KIB)
                        return 0;
                return kib * KIB;
        }

        return 0;
}

static int make_memory(struct context *context, void **ret)
{
        static const struct {
                const char *path;
                uint64_t (*parse)(struct text content);
        } sources[] = {
                { "/proc/iomem", ram_of_iomem },
                { "/proc/meminfo", ram_of_meminfo },
        };
        _cleanup_free_ struct kdump_memory *memory = NULL;
        struct root *root = context_root(context);
        char note[32];
        int r;

        memory = calloc(1, sizeof(*memory));
        if (!memory)
                return -ENOMEM;

        for (size_t i = 0; i < ARRAY_SIZE(sources) && memory->bytes == 0 && root_is_live(root); i++) {
                const struct root_file *file;

                r = root_read_flags(root, sources[i].path, 0, ROOT_VOLATILE, &file);
                if (r == -ENOMEM)
                        return r;
                if (r < 0)
                        continue;
                memory->bytes = sources[i].parse(file->content);
                memory->reduced = i > 0;
                root_release(root, file);
        }

        (void) snprintf(note, sizeof(note), "%" PRIu64 " MiB", memory->bytes / MIB);
        r = root_note(root, "memory", note);
        if (r < 0)
                return r;
        *ret = take_ptr(memory);
        return 0;
}

int kdump_memory(struct context *context, struct kdump_memory *ret)
{
        static const struct view view = { .make = make_memory, .free = free };
        void *model;
        int r;

        r = context_view(context, &view, &model);
        if (r < 0)
                return r;

        *ret = *(const struct kdump_memory *) model;
        return 0;
}
