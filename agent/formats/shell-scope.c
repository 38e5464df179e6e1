/* SPDX-License-Identifier: Apache-2.0 */
#include "formats/shell-scope.h"

#include <search.h>
#include <string.h>

#define EXPANSION_BUDGET (1024 * 1024)

struct variable {
        struct text name;
        bool certain;
        struct shell_value value;
        unsigned nth; /* assignments in the file counted_in */
        unsigned counted_in;
};

struct shell_scope {
        void *variables; /* tsearch(3): no input makes it slow */
        size_t budget;
        bool bash;
        const char *empty_prefix; /* variables that the environment does not set; or NULL */
        bool lost;
        struct shell_value loss;
};

static int compare_names(const void *a, const void *b)
{
        struct text one = ((const struct variable *) a)->name, two = ((const struct variable *) b)->name;
        size_t len = one.len < two.len ? one.len : two.len;
        int r = len > 0 ? memcmp(one.data, two.data, len) : 0;

        return r != 0 ? r : (one.len > two.len) - (one.len < two.len);
}

struct shell_scope *shell_scope_new(void)
{
        struct shell_scope *scope = calloc(1, sizeof(*scope));

        if (scope)
                scope->budget = EXPANSION_BUDGET;
        return scope;
}

void shell_scope_assume_bash(struct shell_scope *scope)
{
        scope->bash = true;
}

void shell_scope_assume_empty(struct shell_scope *scope, const char *prefix)
{
        scope->empty_prefix = prefix;
}

bool shell_scope_is_empty(const struct shell_scope *scope, struct text name)
{
        return scope->empty_prefix && text_starts(name, scope->empty_prefix);
}

bool shell_scope_is_bash(const struct shell_scope *scope)
{
        return scope->bash;
}

struct shell_scope *shell_scope_free(struct shell_scope *scope)
{
        if (!scope)
                return NULL;

        tdestroy(scope->variables, free);
        free(scope);
        return NULL;
}

static struct variable *find_or_add(struct shell_scope *scope, struct text name)
{
        struct variable key = { .name = name }, *added;
        struct variable **found = tfind(&key, &scope->variables, compare_names);

        if (found)
                return *found;

        added = calloc(1, sizeof(*added));
        if (!added)
                return NULL;

        added->name = name;
        if (!tsearch(added, &scope->variables, compare_names)) {
                free(added);
                return NULL;
        }

        return added;
}

int shell_scope_set(struct shell_scope *scope, struct text name, const struct shell_value *value,
                    unsigned *ret_nth)
{
        struct variable *variable = find_or_add(scope, name);

        if (!variable)
                return -ENOMEM;

        variable->certain = !value->cause;
        variable->value = *value;
        if (ret_nth) {
                if (variable->counted_in != value->file)
                        variable->nth = 0;
                variable->counted_in = value->file;
                *ret_nth = ++variable->nth;
        }
        return 0;
}

unsigned shell_scope_count(const struct shell_scope *scope, struct text name)
{
        struct variable key = { .name = name }, **found = tfind(&key, &scope->variables, compare_names);

        return found ? (*found)->nth : 0;
}

void shell_scope_lose(struct shell_scope *scope, unsigned file, unsigned line, const char *cause)
{
        if (scope->lost)
                return;

        scope->lost = true;
        scope->loss = (struct shell_value){ .cause = cause, .file = file, .line = line };
}

bool shell_scope_spend(struct shell_scope *scope, size_t len)
{
        if (len > scope->budget)
                return false;

        scope->budget -= len;
        return true;
}

enum shell_state shell_scope_get(const struct shell_scope *scope, struct text name,
                                 struct shell_value *ret_value)
{
        struct variable key = { .name = name }, **found;

        if (scope->lost) {
                *ret_value = scope->loss;
                return SHELL_UNCERTAIN;
        }

        found = tfind(&key, &scope->variables, compare_names);
        if (!found)
                return SHELL_UNSET;

        *ret_value = (*found)->value;
        return (*found)->certain ? SHELL_CERTAIN : SHELL_UNCERTAIN;
}
