/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/resolver-process.h"
#include "engine/root.h"

#include <string.h>

/* proc(5). Everything here changes all the time, so that nothing of it is kept or goes into the digest. */

enum {
        MAPS_CAP = 16 * 1024 * 1024,
        START_FIELD = 22, /* of /proc/PID/stat, in clock ticks since the start of the system */
        NAME_FIELD = 2,
};

void resolver_processes_done(struct resolver_processes *processes)
{
        for (size_t i = 0; i < processes->n; i++)
                free(processes->items[i].name);
        free(processes->items);
        *processes = (struct resolver_processes){ 0 };
}

static int read_start_of_system(struct context *context, uint64_t *ret)
{
        struct root *root = context_root(context);
        const struct root_file *file;
        struct text rest, line, word;
        int r;

        r = root_read_flags(root, "/proc/stat", 0, ROOT_VOLATILE, &file);
        if (r < 0)
                return r;

        r = -EBADMSG;
        rest = file->content;
        while (r < 0 && text_next_line(&rest, &line)) {
                line = text_chomp(line);
                if (text_next_word(&line, " ", &word) && text_equal(word, "btime") &&
                    text_next_word(&line, " ", &word))
                        r = text_parse_u64(word, ret);
        }
        root_release(root, file);

        return r < 0 ? diag_set(context_diag(context), -EBADMSG, "/proc/stat", 0,
                                "'/proc/stat' does not say when the system started")
                     : 0;
}

/* The name stands in parentheses and may hold anything, parentheses too: the last one closes it. */
static int parse_stat(struct text content, uint64_t *ret_ticks, char **ret_name)
{
        const char *open = content.len > 0 ? memchr(content.data, '(', content.len) : NULL;
        const char *close = content.len > 0 ? memrchr(content.data, ')', content.len) : NULL;
        struct text rest, word = { 0 };
        char *name;

        if (!open || !close || close < open)
                return -EBADMSG;

        rest = (struct text){ close + 1, content.len - (size_t) (close + 1 - content.data) };
        for (unsigned field = NAME_FIELD; field < START_FIELD; field++)
                if (!text_next_word(&rest, " \n", &word))
                        return -EBADMSG;
        if (text_parse_u64(word, ret_ticks) < 0)
                return -EBADMSG;

        name = text_dup((struct text){ open + 1, (size_t) (close - open - 1) });
        if (!name)
                return -ENOMEM;

        *ret_name = name;
        return 0;
}

static int read_process(struct context *context, const char *pid, uint64_t *ret_ticks, char **ret_name)
{
        _cleanup_free_ char *path = string_format("/proc/%s/stat", pid);
        struct root *root = context_root(context);
        const struct root_file *file;
        int r;

        r = path ? root_read_flags(root, path, 0, ROOT_VOLATILE, &file) : -ENOMEM;
        if (r < 0)
                return r;

        r = parse_stat(file->content, ret_ticks, ret_name);
        root_release(root, file);
        return r;
}

/* libnss_dns is loaded by the first lookup, libresolv by whoever calls the resolver itself. */
static int has_resolver(struct context *context, const char *pid)
{
        _cleanup_free_ char *path = string_format("/proc/%s/maps", pid);
        struct root *root = context_root(context);
        const struct root_file *file;
        int r;

        r = path ? root_read_flags(root, path, MAPS_CAP, ROOT_VOLATILE, &file) : -ENOMEM;
        if (r < 0)
                return r;

        r = text_contains(file->content, "/libnss_dns") || text_contains(file->content, "/libresolv");
        root_release(root, file);
        return r;
}

static int judge_process(struct context *context, const char *pid, uint64_t changed_ticks,
                         struct resolver_processes *processes)
{
        _cleanup_free_ char *name = NULL;
        uint64_t number, ticks;
        int r;

        if (text_parse_u64(text_from_string(pid), &number) < 0 || number > UINT32_MAX)
                return 0;

        r = read_process(context, pid, &ticks, &name);
        if (r < 0 || ticks >= changed_ticks)
                /* One that has ended meanwhile has nothing to restart. */
                return r == -ENOMEM ? r : 0;
        r = has_resolver(context, pid);
        if (r == -ENOMEM)
                return r;
        /* A process that ends while it is looked at gives ESRCH or nothing. */
        if (r < 0) {
                processes->n_hidden += r != -ENOENT && r != -ESRCH;
                return 0;
        }

        processes->n_looked++;
        if (r == 0)
                return 0;
        if (array_grow(&processes->items, processes->n, sizeof(*processes->items)) < 0)
                return -ENOMEM;

        processes->items[processes->n++] = (struct resolver_process){ (unsigned) number, take_ptr(name) };
        return 0;
}

static int by_pid(const void *a, const void *b)
{
        unsigned x = ((const struct resolver_process *) a)->pid;
        unsigned y = ((const struct resolver_process *) b)->pid;

        return (x > y) - (x < y);
}

int resolver_processes_before(struct context *context, time_t changed, struct resolver_processes *ret)
{
        _cleanup_resolver_processes_ struct resolver_processes processes = { 0 };
        long per_second = sysconf(_SC_CLK_TCK);
        const char *const *names;
        uint64_t start;
        size_t n;
        int r;

        r = read_start_of_system(context, &start);
        if (r < 0)
                return r;

        /* Everything that runs began after the system did. */
        if (changed > 0 && (uint64_t) changed > start) {
                uint64_t ticks =
                        ((uint64_t) changed - start) * (uint64_t) (per_second > 0 ? per_second : 100);

                r = root_list_flags(context_root(context), "/proc", ROOT_VOLATILE, &names, &n);
                for (size_t i = 0; r >= 0 && i < n; i++)
                        r = judge_process(context, names[i], ticks, &processes);
        }
        if (r < 0)
                return r;

        if (processes.n > 0)
                qsort(processes.items, processes.n, sizeof(*processes.items), by_pid);
        diag_clear(context_diag(context));
        *ret = processes;
        processes = (struct resolver_processes){ 0 };
        return 0;
}
