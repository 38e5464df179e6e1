/* SPDX-License-Identifier: Apache-2.0 */
#include "base/text.h"
#include "engine/host.h"
#include "engine/root.h"
#include "engine/service-links.h"

#include <string.h>

/* "chkconfig NAME on" of release 6, see chkconfig(8): S links at runlevels 2 to 5 in the place of K links,
 * numbered as the script's line "# chkconfig: LEVELS START STOP" says, whatever levels that names. The other
 * levels get the K links of "chkconfig --add" where they have none. */

struct order {
        unsigned start, stop;
};

static bool parse_number(struct text *rest, unsigned *ret)
{
        struct text word;
        uint64_t number;

        if (!text_next_word(rest, " \t", &word) || text_parse_u64(word, &number) < 0 || number > 99)
                return false;

        *ret = (unsigned) number;
        return true;
}

static bool parse_order(struct text content, struct order *ret)
{
        struct text line, rest, word;

        while (text_next_line(&content, &line)) {
                rest = text_trim(text_chomp(line));
                if (!text_starts(rest, "#"))
                        continue;
                rest = text_trim((struct text){ rest.data + 1, rest.len - 1 });
                if (!text_next_word(&rest, " \t", &word) || !text_equal(word, "chkconfig:"))
                        continue;
                return text_next_word(&rest, " \t", &word) && parse_number(&rest, &ret->start) &&
                       parse_number(&rest, &ret->stop);
        }

        return false;
}

/* "S20kdump", "K80kdump" for "kdump". */
static bool is_link_of(const char *link, const char *script)
{
        return (link[0] == 'S' || link[0] == 'K') && link[1] >= '0' && link[1] <= '9' && link[2] >= '0' &&
               link[2] <= '9' && string_equal(link + 3, script);
}

static int add_link(struct service_links *links, const char *directory, bool start, const struct order *order,
                    const char *script)
{
        char *path = string_format("%s/%c%02u%s", directory, start ? 'S' : 'K',
                                   start ? order->start : order->stop, script);

        return service_links_add(links, path, string_format("../init.d/%s", script), false);
}

static int add_level(struct root *root, const char *directory, bool start, const struct order *order,
                     const char *script, struct service_links *links)
{
        const char *const *names;
        bool found = false;
        size_t n;
        int r;

        r = root_list(root, directory, &names, &n);
        if (r == -ENOENT || r == -ENOTDIR)
                n = 0;
        else if (r < 0)
                return r;

        for (size_t i = 0; i < n; i++) {
                if (!is_link_of(names[i], script))
                        continue;
                if (!start || names[i][0] == 'S') {
                        found = true;
                        continue;
                }
                r = service_links_add(links, string_format("%s/%s", directory, names[i]), NULL, true);
                if (r < 0)
                        return r;
        }

        return found ? 0 : add_link(links, directory, start, order, script);
}

int service_links_add_script(struct context *context, const struct service *service,
                             struct service_links *links)
{
        const char *script = strrchr(service->unit, '/') + 1;
        const struct root_file *file;
        struct order order;
        int r;

        if (context_host(context)->systemd || context_host(context)->family != HOST_RHEL)
                return service_links_refuse(links, "it is a script, whose links only the distribution's own "
                                                   "tool can place");
        r = root_read(context_root(context), service->unit, &file);
        if (r < 0)
                return r;
        if (!parse_order(file->content, &order))
                return service_links_refuse(links,
                                            "'%s' has no line \"chkconfig:\" that says where its links "
                                            "belong",
                                            service->unit);

        for (unsigned level = 0; level <= 6 && r >= 0; level++) {
                _cleanup_free_ char *directory = string_format("/etc/rc.d/rc%u.d", level);

                r = directory ? add_level(context_root(context), directory, level >= 2 && level <= 5, &order,
                                          script, links)
                              : -ENOMEM;
        }
        return r;
}
