/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/resolver-edit.h"
#include "engine/resolver-internal.h"

#include <string.h>

/* A file on its way to what it should be: several settings may be in one. */
struct edit {
        const char *path;
        char *content;
        size_t len;
};

struct edits {
        struct edit *items;
        size_t n;
};

static void edits_done(struct edits *edits)
{
        for (size_t i = 0; i < edits->n; i++)
                free(edits->items[i].content);
        free(edits->items);
}

/* The file's edit, which begins with what the file holds; nothing for one that is not there. */
static int find_edit(struct context *context, struct edits *edits, const char *path, struct edit **ret)
{
        const struct root_file *file;
        struct edit *edit;
        int r;

        for (size_t i = 0; i < edits->n; i++)
                if (string_equal(edits->items[i].path, path)) {
                        *ret = &edits->items[i];
                        return 0;
                }

        r = array_grow(&edits->items, edits->n, sizeof(*edits->items));
        if (r < 0)
                return r;
        edit = &edits->items[edits->n];
        *edit = (struct edit){ .path = path };
        r = resolver_read(context, path, &file);
        if (r < 0)
                return r;
        edit->len = r > 0 ? file->content.len : 0;
        edit->content = malloc(edit->len + 1);
        if (!edit->content)
                return -ENOMEM;
        if (edit->len > 0)
                memcpy(edit->content, file->content.data, edit->len);

        edits->n++;
        *ret = edit;
        return 0;
}

static int edit_setting(struct context *context, const struct resolver_setting *setting, const char *list,
                        struct edits *edits, char **ret_reason)
{
        _cleanup_buffer_ struct buffer out = { 0 };
        struct edit *edit;
        char *content;
        int r;

        if (setting->obstacle)
                return resolver_set_string(ret_reason, "%s", setting->obstacle);
        r = find_edit(context, edits, setting->path, &edit);
        if (r >= 0)
                r = resolver_edit_content(setting, (struct text){ edit->content, edit->len }, list, &out,
                                          ret_reason);
        if (r < 0 || *ret_reason)
                return r;

        r = buffer_finish(&out, &content, &edit->len);
        if (r < 0)
                return r;
        free(edit->content);
        edit->content = content;
        return 0;
}

/* A profile or ifcfg file of cloud-init's is made anew for each new instance. */
static int hint_at_maker(struct plan *plan, const struct edit *edit)
{
        if (!text_contains((struct text){ edit->content, edit->len }, "cloud-init") ||
            text_starts(text_from_string(edit->path), "/etc/cloud/"))
                return 0;

        return plan_hint(
                plan,
                "'%s' names cloud-init as its maker, which makes it anew for a new instance: set the "
                "option in what cloud-init makes it from, too.",
                edit->path);
}

static int plan_edit(struct plan *plan, const struct edit *edit)
{
        const char *slash = strrchr(edit->path, '/');
        _cleanup_free_ char *directory =
                string_format("%.*s", slash > edit->path ? (int) (slash - edit->path) : 1, edit->path);
        int r;

        if (!directory)
                return -ENOMEM;
        r = plan_directory(plan, directory, 0755);
        if (r >= 0)
                r = plan_write(plan, edit->path, (struct text){ edit->content, edit->len }, 0644);

        return r < 0 ? r : hint_at_maker(plan, edit);
}

/* Owners that have read their settings already, and would write the file without the option. */
static int hint_at_owner(struct plan *plan, const struct resolver *resolver)
{
        if (!root_is_live(context_root(plan_context(plan))))
                return 0;
        if (resolver->owner == RESOLVER_NETCONFIG)
                return plan_hint(plan,
                                 "netconfig writes the file with the option after 'netconfig update -f'.");
        if (resolver->owner != RESOLVER_NETWORK_MANAGER)
                return 0;
        if (string_equal(resolver->settings.items[0].name, "options"))
                return plan_hint(plan,
                                 "NetworkManager reads '%s' again after 'nmcli general reload', or when "
                                 "it starts.",
                                 resolver->settings.items[0].path);

        return plan_hint(plan,
                         "NetworkManager takes the option from now on after 'nmcli connection reload' and "
                         "'nmcli device reapply DEVICE', or after a reboot; a new lease before that may "
                         "take it away.");
}

int resolver_edit_settings(struct plan *plan, const struct resolver *resolver, const char *list,
                           char **ret_reason)
{
        _cleanup_(edits_done) struct edits edits = { 0 };
        _cleanup_free_ char *reason = NULL;
        int r = 0;

        if (resolver->settings.n == 0 && resolver->cause)
                r = resolver_set_string(&reason, "the option cannot be made to stay: %s", resolver->cause);
        else if (resolver->settings.n == 0)
                r = resolver_set_string(&reason, "%s writes '%s' and has no setting for resolver options",
                                        resolver_owner_name(resolver->owner), resolver->path);
        for (size_t i = 0; i < resolver->settings.n && r >= 0 && !reason; i++)
                r = edit_setting(plan_context(plan), &resolver->settings.items[i], list, &edits, &reason);
        for (size_t i = 0; i < edits.n && r >= 0 && !reason; i++)
                r = plan_edit(plan, &edits.items[i]);
        if (r >= 0 && !reason)
                r = hint_at_owner(plan, resolver);
        if (r < 0)
                return r;

        *ret_reason = take_ptr(reason);
        return 0;
}

int resolver_edit_refuse(struct plan *plan, const char *reason)
{
        const struct finding *finding = plan_next_finding(plan, NULL);
        int r;

        do {
                r = plan_refuse(plan, finding, "%s", reason);
                finding = finding ? plan_next_finding(plan, finding) : NULL;
        } while (finding && r >= 0);

        return r;
}
