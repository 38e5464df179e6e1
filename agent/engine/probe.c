/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/probe.h"

#include <string.h>

#define DEFINE_REPORTER(name, outcome)                                                                       \
        struct finding *name(struct context *context, const char *key_suffix, const char *format, ...)       \
        {                                                                                                    \
                struct finding *finding;                                                                     \
                va_list arguments;                                                                           \
                                                                                                             \
                va_start(arguments, format);                                                                 \
                finding = findings_add(context_findings(context), context_probe(context), outcome,           \
                                       key_suffix, format, arguments);                                       \
                va_end(arguments);                                                                           \
                return finding;                                                                              \
        }

DEFINE_REPORTER(probe_fail, OUTCOME_FAIL)
DEFINE_REPORTER(probe_unknown, OUTCOME_UNKNOWN)
DEFINE_REPORTER(probe_pass, OUTCOME_PASS)

int probe_skip(struct context *context, const char *format, ...)
{
        va_list arguments;

        va_start(arguments, format);
        (void) findings_add(context_findings(context), context_probe(context), OUTCOME_SKIP, NULL, format,
                            arguments);
        va_end(arguments);
        return 0;
}

/* Replaces *target, an owned string; a NULL value means that memory ran out. */
static void replace(struct context *context, char **target, char *value)
{
        if (!value)
                context_findings(context)->failed = true;
        free(*target);
        *target = value;
}

void finding_set_place(struct context *context, struct finding *finding, const char *path, unsigned line)
{
        if (!finding || !path)
                return;

        replace(context, &finding->path, strdup(path));
        finding->line = line;
}

void finding_set_severity(struct finding *finding, enum severity severity)
{
        if (finding)
                finding->severity = severity;
}

void finding_set_actual(struct context *context, struct finding *finding, const char *format, ...)
{
        va_list arguments;

        if (!finding)
                return;

        va_start(arguments, format);
        replace(context, &finding->actual, string_formatv(format, arguments));
        va_end(arguments);
}

void finding_set_required(struct context *context, struct finding *finding, const char *format, ...)
{
        va_list arguments;

        if (!finding)
                return;

        va_start(arguments, format);
        replace(context, &finding->required, string_formatv(format, arguments));
        va_end(arguments);
}

void finding_add_fact(struct context *context, struct finding *finding, const char *name, const char *format,
                      ...)
{
        struct fact *fact;
        va_list arguments;

        if (!finding)
                return;
        if (array_grow(&finding->facts, finding->n_facts, sizeof(*finding->facts)) < 0) {
                context_findings(context)->failed = true;
                return;
        }

        fact = &finding->facts[finding->n_facts++];
        *fact = (struct fact){ .name = strdup(name) };
        va_start(arguments, format);
        replace(context, &fact->value, string_formatv(format, arguments));
        va_end(arguments);
        if (!fact->name)
                context_findings(context)->failed = true;
}
