/* SPDX-License-Identifier: Apache-2.0 */

/* What holds for every probe and fixer, without knowing any of them; and the catalogue, which is a contract.
 */

#include "engine/fixer.h"
#include "engine/probe.h"
#include "test.h"

static const struct {
        const char *id;
        enum severity severity;
        unsigned flags;
} catalogue[] = {
        { "dns-single-request-reopen", SEVERITY_WARNING, PROBE_OFFLINE | PROBE_LIVE },
        { "dns-persistence", SEVERITY_WARNING, PROBE_OFFLINE | PROBE_LIVE },
        { "dns-resolv-conf", SEVERITY_CRITICAL, PROBE_OFFLINE | PROBE_LIVE },
        { "dns-stale-processes", SEVERITY_NOTE, PROBE_LIVE },
        { "dns-wire", SEVERITY_WARNING, PROBE_LIVE | PROBE_ACTIVE },
        { "kdump-tools", SEVERITY_WARNING, PROBE_OFFLINE | PROBE_LIVE },
        { "kdump-reservation", SEVERITY_WARNING, PROBE_OFFLINE | PROBE_LIVE },
        { "kdump-service", SEVERITY_WARNING, PROBE_OFFLINE | PROBE_LIVE },
        { "kdump-loaded", SEVERITY_WARNING, PROBE_LIVE },
        { "kdump-target", SEVERITY_WARNING, PROBE_OFFLINE | PROBE_LIVE },
        { "kdump-clone", SEVERITY_NOTE, PROBE_OFFLINE | PROBE_LIVE },
        { "swap-configured", SEVERITY_WARNING, PROBE_OFFLINE | PROBE_LIVE },
        { "swap-active", SEVERITY_NOTE, PROBE_LIVE },
        { "swap-resume", SEVERITY_CRITICAL, PROBE_OFFLINE | PROBE_LIVE },
        { "fstab-syntax", SEVERITY_CRITICAL, PROBE_OFFLINE | PROBE_LIVE },
        { "fstab-device-missing", SEVERITY_CRITICAL, PROBE_LIVE },
        { "fstab-data-disk", SEVERITY_CRITICAL, PROBE_OFFLINE | PROBE_LIVE },
        { "fstab-device-name", SEVERITY_WARNING, PROBE_OFFLINE | PROBE_LIVE },
        { "fstab-root", SEVERITY_CRITICAL, PROBE_OFFLINE | PROBE_LIVE },
        { "fstab-order", SEVERITY_WARNING, PROBE_OFFLINE | PROBE_LIVE },
        { "fstab-network", SEVERITY_WARNING, PROBE_OFFLINE | PROBE_LIVE },
        { "fstab-secrets", SEVERITY_CRITICAL, PROBE_OFFLINE | PROBE_LIVE },
        { "console-duplicate", SEVERITY_WARNING, PROBE_OFFLINE | PROBE_LIVE },
        { "console-serial", SEVERITY_WARNING, PROBE_OFFLINE | PROBE_LIVE },
        { "console-drift", SEVERITY_NOTE, PROBE_OFFLINE | PROBE_LIVE },
        { "console-malformed", SEVERITY_WARNING, PROBE_OFFLINE | PROBE_LIVE },
};

static const struct probe *find(const char *id)
{
        for (size_t i = 0; probe_table[i]; i++)
                if (string_equal(id, probe_table[i]->id))
                        return probe_table[i];

        return NULL;
}

static bool is_kebab(const char *id)
{
        return strspn(id, "abcdefghijklmnopqrstuvwxyz0123456789-") == strlen(id) && id[0] != '-' &&
               id[0] != '\0' && !strstr(id, "--");
}

/* One sentence or several: starts like one and ends like one. */
static bool is_prose(const char *text)
{
        return text && strlen(text) >= 20 && text[strlen(text) - 1] == '.' && text[0] != ' ' &&
               !strchr(text, '\n');
}

TEST(the_catalogue_is_complete)
{
        for (size_t i = 0; i < ARRAY_SIZE(catalogue); i++) {
                const struct probe *probe = find(catalogue[i].id);

                if (!probe || probe->severity != catalogue[i].severity || probe->flags != catalogue[i].flags)
                        test_failed(__FILE__, __LINE__, "%s is missing, or its severity or flags differ",
                                    catalogue[i].id);
        }
}

TEST(every_probe_explains_itself)
{
        for (size_t i = 0; probe_table[i]; i++) {
                const struct probe *probe = probe_table[i];
                size_t area = strlen(probe->area);

                if (!is_kebab(probe->id) || strncmp(probe->id, probe->area, area) != 0 ||
                    probe->id[area] != '-' || !probe->title || !is_prose(probe->reason) ||
                    !is_prose(probe->remedy) || !probe->references || !probe->references[0] || !probe->run ||
                    !(probe->flags & (PROBE_LIVE | PROBE_OFFLINE)))
                        test_failed(__FILE__, __LINE__, "%s lacks something", probe->id);
                if (find(probe->id) != probe)
                        test_failed(__FILE__, __LINE__, "%s is there twice", probe->id);
        }
}

static bool comes_back(const struct probe *probe, const char *id, unsigned depth)
{
        for (const char *const *after = probe->after; after && *after; after++) {
                const struct probe *next = find(*after);

                if (!next || depth > 32 || string_equal(id, *after) || comes_back(next, id, depth + 1))
                        return true;
        }

        return false;
}

TEST(the_order_of_probes_has_no_cycle)
{
        for (size_t i = 0; probe_table[i]; i++)
                if (comes_back(probe_table[i], probe_table[i]->id, 0))
                        test_failed(__FILE__, __LINE__, "%s: a cycle, or an unknown id, in 'after'",
                                    probe_table[i]->id);
}

TEST(every_fixer_answers_a_probe)
{
        for (size_t i = 0; fixer_table[i]; i++) {
                const struct fixer *fixer = fixer_table[i];

                CHECK(is_kebab(fixer->id) && fixer->title && fixer->fixes && fixer->fixes[0]);
                for (const char *const *id = fixer->fixes; id && *id; id++)
                        if (!find(*id))
                                test_failed(__FILE__, __LINE__, "%s fixes %s, which is no probe", fixer->id,
                                            *id);
        }
}
