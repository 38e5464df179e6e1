/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/resolver-internal.h"

#include <string.h>

/* The list of places that have to be edited for an owner to write the option. */

static bool is_same_name(const char *a, const char *b)
{
        return a == b || (a && b && string_equal(a, b));
}

static bool is_same_setting(const struct resolver_setting *a, const struct resolver_setting *b,
                            const char *path)
{
        return string_equal(a->path, path) && a->kind == b->kind && is_same_name(a->group, b->group) &&
               is_same_name(a->name, b->name);
}

int resolver_add_setting(struct resolver_settings *settings, struct resolver_setting setting,
                         const char *path, const char *obstacle)
{
        int r;

        for (size_t i = 0; i < settings->n; i++)
                if (is_same_setting(&settings->items[i], &setting, path))
                        return 0;

        r = array_grow(&settings->items, settings->n, sizeof(*settings->items));
        if (r < 0)
                return r;
        setting.path = strdup(path);
        setting.obstacle = obstacle ? strdup(obstacle) : NULL;
        settings->items[settings->n++] = setting;
        return !setting.path || (obstacle && !setting.obstacle) ? -ENOMEM : 0;
}

void resolver_settings_done(struct resolver_settings *settings)
{
        for (size_t i = 0; i < settings->n; i++) {
                free(settings->items[i].path);
                free(settings->items[i].obstacle);
        }
        free(settings->items);
        *settings = (struct resolver_settings){ 0 };
}
