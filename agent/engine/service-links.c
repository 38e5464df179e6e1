/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/service-links.h"
#include "base/text.h"
#include "engine/host.h"
#include "engine/root.h"
#include "formats/unit.h"

#include <string.h>

#define CONFIGURATION "/etc/systemd/system"
#define INSTALL "Install"

/* Units that one [Install] section reaches through Also=. */
#define UNIT_LIMIT ((size_t) 16)

/* Settings of [Install], and the directory that each word of them means. */
static const struct {
        const char *key, *suffix;
} dependencies[] = {
        { "WantedBy", ".wants" },
        { "RequiredBy", ".requires" },
};

void service_links_done(struct service_links *links)
{
        for (size_t i = 0; i < links->n; i++) {
                free(links->items[i].path);
                free(links->items[i].target);
        }
        free(links->items);
        free(links->refusal);
        *links = (struct service_links){ 0 };
}

static bool has_item(const struct service_links *links, const char *path)
{
        for (size_t i = 0; i < links->n; i++)
                if (string_equal(links->items[i].path, path))
                        return true;

        return false;
}

int service_links_add(struct service_links *links, char *path, char *target, bool removal)
{
        bool known = path && has_item(links, path);
        int r = path && (target || removal) ? 0 : -ENOMEM;

        if (r >= 0 && !known)
                r = array_grow(&links->items, links->n, sizeof(*links->items));
        if (r < 0 || known) {
                free(path);
                free(target);
                return r;
        }

        links->items[links->n++] = (struct service_link){ path, target };
        return 0;
}

int service_links_refuse(struct service_links *links, const char *format, ...)
{
        va_list arguments;

        service_links_done(links);
        va_start(arguments, format);
        links->refusal = string_formatv(format, arguments);
        va_end(arguments);
        return links->refusal ? 0 : -ENOMEM;
}

/* The units whose sections are followed: the one that was asked for, then those of Also=. */
struct queue {
        char *names[UNIT_LIMIT];
        size_t n;
};

static void queue_done(struct queue *queue)
{
        for (size_t i = 0; i < queue->n; i++)
                free(queue->names[i]);
}

static int queue_add(struct queue *queue, struct text name, struct service_links *links)
{
        for (size_t i = 0; i < queue->n; i++)
                if (text_equal(name, queue->names[i]))
                        return 0;
        if (queue->n == UNIT_LIMIT)
                return service_links_refuse(links, "too many units name one another by Also=");

        queue->names[queue->n] = text_dup(name);
        return queue->names[queue->n++] ? 0 : -ENOMEM;
}

/* A unit's name as systemd takes it, without specifiers: what they stand for only systemd knows. */
static bool is_unit_name(struct text word)
{
        static const char others[] = ":-_.\\@";

        for (size_t i = 0; i < word.len; i++) {
                char c = word.data[i];

                if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                      (c && strchr(others, c))))
                        return false;
        }

        return word.len > 2 && word.len < 256 && word.data[0] != '.' && text_contains(word, ".");
}

static int exists(struct root *root, const char *path)
{
        struct root_stat stat;
        int r;

        r = root_lstat(root, path, &stat);
        if (r == -ENOENT || r == -ENOTDIR)
                return 0;
        return r < 0 ? r : 1;
}

/* Only the name of such a link counts, so that one which leads elsewhere will do. */
static int add_dependency(struct root *root, const char *unit, const char *name, struct text by,
                          const char *suffix, struct service_links *links)
{
        _cleanup_free_ char *path = string_format("%s/%.*s%s/%s", CONFIGURATION, TEXT_ARGS(by), suffix, name);
        int r;

        if (!path)
                return -ENOMEM;
        r = exists(root, path);
        return r != 0 ? r : service_links_add(links, take_ptr(path), strdup(unit), false);
}

static int add_alias(struct root *root, const char *unit, const char *name, struct text alias,
                     struct service_links *links)
{
        _cleanup_free_ char *path = string_format("%s/%.*s", CONFIGURATION, TEXT_ARGS(alias));
        const char *leads_to, *leads_from;
        int r;

        if (!path)
                return -ENOMEM;
        if (text_equal(alias, name))
                return 0;
        r = exists(root, path);
        if (r == 0)
                return service_links_add(links, take_ptr(path), strdup(unit), false);
        if (r > 0)
                r = root_resolve(root, path, &leads_from, NULL);
        if (r >= 0)
                r = root_resolve(root, unit, &leads_to, NULL);
        if (r < 0 || string_equal(leads_from, leads_to))
                return r;

        return service_links_refuse(links, "its alias '%s' is something else already", path);
}

static int add_words(struct root *root, const struct ini *file, const char *unit, const char *name,
                     struct service_links *links)
{
        struct text word;
        int r = 0;

        for (size_t i = 0; i <= ARRAY_SIZE(dependencies) && r >= 0; i++) {
                bool alias = i == ARRAY_SIZE(dependencies);
                struct unit_words words = unit_words(file, INSTALL, alias ? "Alias" : dependencies[i].key);

                while (r >= 0 && !links->refusal && unit_words_next(&words, &word)) {
                        if (!is_unit_name(word))
                                return service_links_refuse(
                                        links,
                                        "its [Install] section holds a name that only systemd can work "
                                        "out");
                        r = alias ? add_alias(root, unit, name, word, links)
                                  : add_dependency(root, unit, name, word, dependencies[i].suffix, links);
                }
        }

        return r;
}

static int add_also(const struct ini *file, struct queue *queue, struct service_links *links)
{
        struct unit_words words = unit_words(file, INSTALL, "Also");
        struct text word;
        int r = 0;

        while (r >= 0 && !links->refusal && unit_words_next(&words, &word))
                r = is_unit_name(word)
                            ? queue_add(queue, word, links)
                            : service_links_refuse(links, "its Also= holds a name that only systemd can work "
                                                          "out");

        return r;
}

/* Drop-ins may change [Install], in ways that depend on the version of systemd. */
static int find_drop_ins(struct root *root, const char *name, struct service_links *links)
{
        static const char *const directories[] = { CONFIGURATION, "/usr/lib/systemd/system" };

        for (size_t i = 0; i < ARRAY_SIZE(directories); i++) {
                _cleanup_free_ char *directory = string_format("%s/%s.d", directories[i], name);
                const char *const *names;
                size_t n;
                int r;

                r = directory ? root_list(root, directory, &names, &n) : -ENOMEM;
                if (r == -ENOENT || r == -ENOTDIR)
                        continue;
                for (size_t k = 0; r >= 0 && k < n; k++) {
                        _cleanup_free_ char *path = string_format("%s/%s", directory, names[k]);
                        const struct root_file *file;

                        r = path ? root_read(root, path, &file) : -ENOMEM;
                        if (r >= 0 && text_contains(file->content, "[" INSTALL "]"))
                                return service_links_refuse(links, "'%s' changes its [Install] section",
                                                            path);
                }
                if (r < 0)
                        return r;
        }

        return 0;
}

static int add_unit(struct root *root, const char *unit, const char *name, struct queue *queue,
                    struct service_links *links)
{
        _cleanup_ini_ struct ini *file = NULL;
        const struct root_file *content;
        const char *target;
        int r;

        r = root_readlink(root, unit, &target);
        if (r >= 0)
                return service_links_refuse(links, "'%s' is a link, which systemctl does not enable", unit);
        if (r != -EINVAL)
                return r;
        r = find_drop_ins(root, name, links);
        if (r < 0 || links->refusal)
                return r;

        r = root_read(root, unit, &content);
        if (r >= 0)
                r = unit_parse(content->content.data, content->content.len, &file);
        if (r >= 0)
                r = add_words(root, file, unit, name, links);
        if (r >= 0)
                r = add_also(file, queue, links);
        return r;
}

/* What Also= names and is not there, or masked, systemctl passes over with a warning. */
static int add_named(struct context *context, const char *name, struct queue *queue,
                     struct service_links *links)
{
        _cleanup_service_ struct service service = { 0 };
        int r;

        r = service_read(context, name, &service);
        if (r < 0 || !service.unit || service.script || service.state == SERVICE_MASKED)
                return r;

        return add_unit(context_root(context), service.unit, name, queue, links);
}

static int add_units(struct context *context, const char *name, const struct service *service,
                     struct service_links *links)
{
        _cleanup_(queue_done) struct queue queue = { 0 };
        int r;

        r = queue_add(&queue, text_from_string(name), links);
        if (r >= 0)
                r = add_unit(context_root(context), service->unit, name, &queue, links);
        for (size_t i = 1; r >= 0 && !links->refusal && i < queue.n; i++)
                r = add_named(context, queue.names[i], &queue, links);

        return r;
}

int service_links_enable(struct context *context, const char *name, const struct service *service,
                         struct service_links *ret)
{
        _cleanup_service_links_ struct service_links links = { 0 };
        int r;

        if (service->state == SERVICE_MISSING)
                r = service_links_refuse(&links, "there is neither a unit nor a script of that name");
        else if (service->state == SERVICE_MASKED)
                r = service_links_refuse(&links, "it is masked by '%s', which somebody did on purpose",
                                         service->place);
        else if (service->script)
                r = service_links_add_script(context, service, &links);
        else
                r = add_units(context, name, service, &links);
        if (r < 0)
                return r;

        *ret = links;
        links = (struct service_links){ 0 };
        return 0;
}

static int add_removals(struct root *root, const char *directory, const char *unit,
                        struct service_links *links)
{
        struct text name = text_from_string(directory);
        _cleanup_free_ char *path = NULL;
        int r;

        if (!text_ends(name, ".wants") && !text_ends(name, ".requires") && !text_ends(name, ".upholds"))
                return 0;
        path = string_format("%s/%s/%s", CONFIGURATION, directory, unit);
        if (!path)
                return -ENOMEM;
        r = exists(root, path);
        return r <= 0 ? r : service_links_add(links, take_ptr(path), NULL, true);
}

int service_links_disable(struct context *context, const char *unit, struct service_links *ret)
{
        _cleanup_service_links_ struct service_links links = { 0 };
        struct root *root = context_root(context);
        const char *const *names;
        size_t n;
        int r;

        r = root_list(root, CONFIGURATION, &names, &n);
        if (r == -ENOENT || r == -ENOTDIR)
                n = 0;
        else if (r < 0)
                return r;
        for (size_t i = 0; i < n; i++) {
                r = add_removals(root, names[i], unit, &links);
                if (r < 0)
                        return r;
        }

        *ret = links;
        links = (struct service_links){ 0 };
        return 0;
}
