/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/context.h"
#include "base/text.h"
#include "engine/diag.h"
#include "engine/finding.h"
#include "engine/host.h"
#include "engine/root.h"
#include "engine/waiver.h"

struct made_view {
        const struct view *view;
        void *model;
        int error;
        struct diag diag; /* of the error */
};

struct context {
        struct root *root;
        const struct scan_options *options;
        const struct probe *probe;
        struct host host;
        struct findings findings;
        struct waivers waivers; /* the findings borrow from them */
        struct made_view *views;
        size_t n_views;
};

static const char *const profile_names[] = {
        [PROFILE_BOOT] = "boot",
        [PROFILE_CAPTURE] = "capture",
};
_Static_assert(ARRAY_SIZE(profile_names) == PROFILE_COUNT, "a name for each profile");

const char *profile_name(enum profile profile)
{
        return profile_names[profile];
}

int context_new(struct root *root, const struct scan_options *options, struct context **ret)
{
        _cleanup_context_ struct context *context = NULL;
        int r;

        context = calloc(1, sizeof(*context));
        if (!context)
                return -ENOMEM;

        context->root = root;
        context->options = options;
        r = host_read(root, &context->host);
        if (r < 0)
                return r;

        *ret = take_ptr(context);
        return 0;
}

struct context *context_free(struct context *context)
{
        if (!context)
                return NULL;

        /* Later views may borrow from earlier ones. */
        while (context->n_views > 0) {
                struct made_view *made = &context->views[--context->n_views];

                if (made->error == 0)
                        made->view->free(made->model);
                diag_done(&made->diag);
        }
        free(context->views);
        findings_done(&context->findings);
        waivers_done(&context->waivers);
        host_done(&context->host);
        free(context);
        return NULL;
}

struct root *context_root(struct context *context)
{
        return context->root;
}

struct diag *context_diag(struct context *context)
{
        return root_diag(context->root);
}

const struct host *context_host(const struct context *context)
{
        return &context->host;
}

const struct scan_options *context_options(const struct context *context)
{
        return context->options;
}

struct findings *context_findings(struct context *context)
{
        return &context->findings;
}

int context_apply_waivers(struct context *context)
{
        time_t now = context->options->time > 0 ? context->options->time : time(NULL);
        struct waivers waivers;
        int r;

        r = waivers_read(context->root, now, &waivers);
        if (r < 0)
                return r;

        waivers_apply(&waivers, &context->findings);
        waivers_done(&context->waivers);
        context->waivers = waivers;
        return 0;
}

const struct waivers *context_waivers(const struct context *context)
{
        return &context->waivers;
}

const struct probe *context_probe(const struct context *context)
{
        return context->probe;
}

void context_set_probe(struct context *context, const struct probe *probe)
{
        context->probe = probe;
}

static int answer(struct context *context, const struct made_view *made, void **ret)
{
        if (made->error < 0)
                return diag_set(context_diag(context), made->error, made->diag.path, made->diag.line, "%s",
                                made->diag.message ? made->diag.message : "");

        *ret = made->model;
        return 0;
}

/* A view may ask for another one while it is made, so the entry is added after it, and the order of the array
 * is the order in which they were finished. */
int context_view(struct context *context, const struct view *view, void **ret)
{
        struct made_view made = { .view = view };

        for (size_t i = 0; i < context->n_views; i++)
                if (context->views[i].view == view)
                        return answer(context, &context->views[i], ret);

        made.error = view->make(context, &made.model);
        if (made.error == -ENOMEM)
                return made.error;
        if (made.error < 0) {
                const struct diag *diag = context_diag(context);

                (void) diag_set(&made.diag, made.error, diag->path, diag->line, "%s",
                                diag->message ? diag->message : "");
        }

        if (array_grow(&context->views, context->n_views, sizeof(made)) < 0) {
                if (made.error == 0)
                        view->free(made.model);
                diag_done(&made.diag);
                return -ENOMEM;
        }
        context->views[context->n_views++] = made;
        return answer(context, &context->views[context->n_views - 1], ret);
}
