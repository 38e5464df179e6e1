/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/waiver.h"
#include "engine/finding.h"
#include "engine/probe.h"
#include "engine/root.h"

#include <string.h>

struct reading {
        struct waivers *waivers;
        int64_t now;
};

/* Exactly n digits at the front of text. */
static bool take_number(struct text *text, size_t n, unsigned *ret)
{
        *ret = 0;
        if (text->len < n)
                return false;
        for (size_t i = 0; i < n; i++) {
                if (text->data[i] < '0' || text->data[i] > '9')
                        return false;
                *ret = 10 * *ret + (unsigned) (text->data[i] - '0');
        }

        *text = (struct text){ text->data + n, text->len - n };
        return true;
}

static bool take_dash(struct text *text)
{
        if (text->len == 0 || text->data[0] != '-')
                return false;

        *text = (struct text){ text->data + 1, text->len - 1 };
        return true;
}

int waiver_parse_date(struct text text, int64_t *ret_end)
{
        unsigned year, month, day;
        struct tm tm = { 0 };
        time_t start;

        if (!take_number(&text, 4, &year) || !take_dash(&text) || !take_number(&text, 2, &month) ||
            !take_dash(&text) || !take_number(&text, 2, &day) || text.len > 0)
                return -EINVAL;
        if (year < 1970 || month < 1 || month > 12 || day < 1)
                return -EINVAL;

        tm = (struct tm){ .tm_year = (int) year - 1900, .tm_mon = (int) month - 1, .tm_mday = (int) day };
        start = timegm(&tm);
        /* A day that the month does not have has become one of the next. */
        if (start < 0 || tm.tm_mday != (int) day || tm.tm_mon != (int) month - 1)
                return -EINVAL;

        *ret_end = (int64_t) start + 24 * 60 * 60;
        return 0;
}

static bool has_control(struct text text)
{
        for (size_t i = 0; i < text.len; i++)
                if ((unsigned char) text.data[i] < 0x20 || text.data[i] == 0x7f)
                        return true;

        return false;
}

const char *waiver_check_key(const char *key)
{
        size_t len = strcspn(key, ":#");

        if (has_control(text_from_string(key)))
                return "its key holds a control character";
        for (size_t i = 0; probe_table[i]; i++)
                if (strlen(probe_table[i]->id) == len && memcmp(probe_table[i]->id, key, len) == 0)
                        return NULL;

        return "no probe is called that";
}

const char *waiver_check_reason(struct text reason)
{
        if (reason.len == 0)
                return "it gives no reason";
        if (reason.len > WAIVER_REASON_MAX)
                return "its reason is too long";

        return has_control(reason) ? "its reason holds a control character" : NULL;
}

static void waiver_done(struct waiver *waiver)
{
        free(waiver->key);
        free(waiver->reason);
        free(waiver->until);
        free(waiver->path);
        *waiver = (struct waiver){ 0 };
}

static int add(struct waivers *waivers, const char *path, unsigned line, const char *key, struct text reason,
               struct text until, bool expired)
{
        struct waiver waiver = { .line = line, .expired = expired, .order = waivers->n };

        if (array_grow(&waivers->items, waivers->n, sizeof(*waivers->items)) < 0)
                return -ENOMEM;

        waiver.key = strdup(key);
        waiver.reason = text_dup(reason);
        waiver.until = text_dup(until);
        waiver.path = strdup(path);
        if (!waiver.key || !waiver.reason || !waiver.until || !waiver.path) {
                waiver_done(&waiver);
                return -ENOMEM;
        }

        waivers->items[waivers->n++] = waiver;
        return 0;
}

/* A section while its lines are read. */
struct section {
        const struct ini_line *line; /* its header; NULL before the first one */
        struct text reason;
        struct text until;
        bool has_until;
};

/* Why the section is no waiver, or NULL. */
static const char *find_fault(const struct section *section, const char *key, const struct waivers *waivers,
                              int64_t *ret_end)
{
        const char *fault = waiver_check_key(key);

        if (!fault)
                fault = waiver_check_reason(section->reason);
        if (fault)
                return fault;
        if (!section->has_until)
                return "it has no Until=";
        if (waiver_parse_date(section->until, ret_end) < 0)
                return "its Until= is no date such as 2027-01-31";

        return waivers->n == WAIVERS_MAX ? "there are too many" : NULL;
}

static int finish_section(struct reading *reading, const char *path, const struct section *section)
{
        struct waivers *waivers = reading->waivers;
        _cleanup_free_ char *key = NULL;
        struct text shown;
        const char *fault;
        int64_t end = 0;

        if (!section->line)
                return 0;
        key = text_dup(section->line->name);
        if (!key)
                return -ENOMEM;

        shown = conf_shown(section->line->name);
        fault = find_fault(section, key, waivers, &end);
        if (fault)
                warnings_add(&waivers->warnings, path, (unsigned) section->line->number,
                             "the waiver of '%.*s' does not apply: %s", TEXT_ARGS(shown), fault);
        else if (reading->now >= end)
                warnings_add(&waivers->warnings, path, (unsigned) section->line->number,
                             "the waiver of '%.*s' does not apply any more: it ended on %.*s",
                             TEXT_ARGS(shown), TEXT_ARGS(section->until));

        return fault ? 0
                     : add(waivers, path, (unsigned) section->line->number, key, section->reason,
                           section->until, reading->now >= end);
}

static void take_assignment(struct reading *reading, const char *path, struct section *section,
                            const struct ini_line *line)
{
        if (text_equal(line->key, "Reason"))
                section->reason = line->value;
        else if (text_equal(line->key, "Until")) {
                section->until = line->value;
                section->has_until = true;
        } else
                warnings_add(&reading->waivers->warnings, path, (unsigned) line->number,
                             "there is no key '%.*s' in a waiver; it is left out",
                             TEXT_ARGS(conf_shown(line->key)));
}

static int take_file(const char *path, const struct ini *ini, void *userdata)
{
        struct reading *reading = userdata;
        struct section section = { 0 };
        int r;

        for (size_t i = 0; i < ini->n_lines; i++) {
                const struct ini_line *line = &ini->lines[i];

                if (line->kind == INI_ASSIGNMENT)
                        take_assignment(reading, path, &section, line);
                if (line->kind != INI_SECTION)
                        continue;
                r = finish_section(reading, path, &section);
                if (r < 0)
                        return r;
                section = (struct section){ .line = line };
        }

        return finish_section(reading, path, &section);
}

static int compare_keys(const void *left, const void *right)
{
        const struct waiver *a = left, *b = right;

        return strcmp(a->key, b->key);
}

static int compare(const void *left, const void *right)
{
        const struct waiver *a = left, *b = right;
        int r = compare_keys(a, b);

        return r != 0 ? r : (a->order > b->order) - (a->order < b->order);
}

/* The last one of each key. */
static void keep_last(struct waivers *waivers)
{
        size_t n = 0;

        if (waivers->n == 0)
                return;
        qsort(waivers->items, waivers->n, sizeof(*waivers->items), compare);
        for (size_t i = 0; i < waivers->n; i++) {
                if (i + 1 < waivers->n && compare_keys(&waivers->items[i], &waivers->items[i + 1]) == 0)
                        waiver_done(&waivers->items[i]);
                else
                        waivers->items[n++] = waivers->items[i];
        }
        waivers->n = n;
}

int waivers_read(struct root *root, time_t now, struct waivers *ret)
{
        _cleanup_waivers_ struct waivers waivers = { 0 };
        struct reading reading = { .waivers = &waivers, .now = (int64_t) now };
        int r;

        r = conf_directory_read(root, WAIVER_DIRECTORY, &waivers.warnings, take_file, &reading);
        if (r < 0 && r != -EIO)
                return r;
        if (waivers.warnings.failed)
                return -ENOMEM;

        keep_last(&waivers);
        *ret = waivers;
        waivers = (struct waivers){ 0 };
        return 0;
}

const struct waiver *waivers_find(const struct waivers *waivers, const char *key)
{
        struct waiver wanted = { .key = (char *) key };

        if (waivers->n == 0)
                return NULL;

        return bsearch(&wanted, waivers->items, waivers->n, sizeof(*waivers->items), compare_keys);
}

void waivers_apply(const struct waivers *waivers, struct findings *findings)
{
        for (size_t i = 0; i < findings->n; i++) {
                struct finding *finding = findings->items[i];

                finding->waiver =
                        finding->outcome == OUTCOME_FAIL ? waivers_find(waivers, finding->key) : NULL;
        }
}

void waivers_done(struct waivers *waivers)
{
        for (size_t i = 0; i < waivers->n; i++)
                waiver_done(&waivers->items[i]);
        free(waivers->items);
        warnings_done(&waivers->warnings);
        *waivers = (struct waivers){ 0 };
}
