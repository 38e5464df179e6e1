/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/announce.h"
#include "control/events.h"
#include "engine/probe.h"
#include "engine/waiver.h"

#include <syslog.h>

static bool is_bad(const struct known *known)
{
        return known && !known->waived &&
               (known->outcome == OUTCOME_FAIL || known->outcome == OUTCOME_UNKNOWN);
}

static void say_found(const struct finding *finding)
{
        _cleanup_free_ char *line = finding->line > 0 ? string_format("%u", finding->line) : NULL;
        _cleanup_free_ char *place =
                finding->path ? string_format(" (%s%s%s)", finding->path, line ? ":" : "", line ? line : "")
                              : NULL;
        const struct event_field fields[] = {
                { "ECS_GUEST_AGENT_PROBE", finding->probe->id },
                { "ECS_GUEST_AGENT_KEY", finding->key },
                { "ECS_GUEST_AGENT_OUTCOME", outcome_name(finding->outcome) },
                { "ECS_GUEST_AGENT_SEVERITY", severity_name(finding->severity) },
                { "ECS_GUEST_AGENT_PATH", finding->path },
                { "ECS_GUEST_AGENT_LINE", line },
                { NULL },
        };

        event_say_at(EVENT_FOUND, finding->severity == SEVERITY_NOTE ? LOG_INFO : LOG_WARNING, fields,
                     "%s: %s%s%s", finding->key,
                     finding->outcome == OUTCOME_UNKNOWN ? "could not be judged: " : "", finding->summary,
                     place ? place : "");
}

static void say_cured(const struct known *before, const struct known *after)
{
        const struct event_field fields[] = {
                { "ECS_GUEST_AGENT_KEY", before->key },
                { "ECS_GUEST_AGENT_OUTCOME", after ? outcome_name(after->outcome) : NULL },
                { NULL },
        };

        if (after && after->waived)
                event_say(EVENT_CURED, fields, "%s: accepted until %s: %s", before->key,
                          after->finding->waiver->until, after->finding->waiver->reason);
        else
                event_say(EVENT_CURED, fields, "%s: %s", before->key,
                          after ? after->finding->summary : "is gone");
}

void announce_change(const struct known *before, const struct known *after)
{
        if (is_bad(after))
                say_found(after->finding);
        else if (is_bad(before))
                say_cured(before, after);
}
