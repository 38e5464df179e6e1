/* SPDX-License-Identifier: Apache-2.0 */
#include "formats/os-release.h"

#include <string.h>

/* What a release file calls itself, and the ID that the same system has in os-release where it has one. A
 * name that begins with another one stands before it. */
static const struct {
        const char *name, *id;
} systems[] = {
        { "Alibaba Cloud Linux", "alinux" },
        { "Aliyun Linux", "alinux" },
        { "AlmaLinux", "almalinux" },
        { "Amazon Linux", "amzn" },
        { "Anolis OS", "anolis" },
        { "CentOS", "centos" },
        { "Debian GNU/Linux", "debian" },
        { "EulerOS", "euleros" },
        { "Fedora", "fedora" },
        { "Kylin Linux", "kylin" },
        { "openEuler", "openEuler" },
        { "openSUSE", "opensuse" },
        { "Oracle Linux", "ol" },
        { "Red Hat Enterprise Linux", "rhel" },
        { "Rocky Linux", "rocky" },
        { "Scientific Linux", "scientific" },
        { "SUSE Linux Enterprise Desktop", "sled" },
        { "SUSE Linux Enterprise", "sles" },
        { "TencentOS", "tencentos" },
        { "Ubuntu", "ubuntu" },
        { "UnionTech OS", "uos" },
};

const char *const release_files[] = {
        "alinux-release", "anolis-release", "openEuler-release", "centos-release", "redhat-release",
        "system-release", "SuSE-release",   "debian_version",    "issue",          NULL,
};

void release_from_os_release(const struct os_release *release, struct release_identity *ret)
{
        const struct {
                const char *name;
                struct text *to;
        } fields[] = {
                { "ID", &ret->id },     { "ID_LIKE", &ret->id_like },  { "VERSION_ID", &ret->version_id },
                { "NAME", &ret->name }, { "PRETTY_NAME", &ret->name }, { "VARIANT_ID", &ret->variant_id },
        };

        /* The defaults of os-release(5). */
        *ret = (struct release_identity){ .id = TEXT("linux"), .name = TEXT("Linux") };
        for (size_t i = 0; i < ARRAY_SIZE(fields); i++)
                (void) os_release_get(release, fields[i].name, fields[i].to);
}

static bool starts_with_number(struct text word)
{
        if (word.len > 1 && (word.data[0] == 'V' || word.data[0] == 'v'))
                word.data++;

        return word.len > 0 && word.data[0] >= '0' && word.data[0] <= '9';
}

static struct text find_version(struct text rest)
{
        struct text word;

        while (text_next_word(&rest, " \t", &word))
                if (starts_with_number(word))
                        return word;

        return (struct text){ "", 0 };
}

/* "VERSION = 11" of SuSE-release. */
static struct text find_assignment(struct text content, const char *name)
{
        struct text line, before, after;

        while (text_next_line(&content, &line))
                if (text_split(text_chomp(line), '=', &before, &after) && text_equal(text_trim(before), name))
                        return text_trim(after);

        return (struct text){ "", 0 };
}

static bool from_line(struct text line, struct release_identity *ret)
{
        static const char welcome[] = "Welcome to ";

        if (text_starts(line, welcome)) {
                line.data += strlen(welcome);
                line.len -= strlen(welcome);
        }

        for (size_t i = 0; i < ARRAY_SIZE(systems); i++) {
                size_t len = strlen(systems[i].name);

                if (!text_starts(line, systems[i].name))
                        continue;
                *ret = (struct release_identity){
                        .id = text_from_string(systems[i].id),
                        .version_id = find_version((struct text){ line.data + len, line.len - len }),
                        .name = line,
                };
                return true;
        }

        return false;
}

/* "10.13", or "bookworm/sid" before a release, which has no number. */
static bool from_debian_version(struct text line, struct release_identity *ret)
{
        if (line.len == 0)
                return false;

        *ret = (struct release_identity){ .id = TEXT("debian"), .name = line };
        if (starts_with_number(line))
                ret->version_id = line;
        return true;
}

bool release_from_file(const char *path, struct text content, struct release_identity *ret)
{
        struct text rest = content, line;

        /* Some begin with an empty line. */
        do
                if (!text_next_line(&rest, &line))
                        return false;
        while (text_trim(text_chomp(line)).len == 0);

        line = text_trim(text_chomp(line));
        if (string_equal(path, "debian_version"))
                return from_debian_version(line, ret);
        if (!from_line(line, ret))
                return false;
        if (string_equal(path, "SuSE-release"))
                ret->patch_level = find_assignment(content, "PATCHLEVEL");

        return true;
}

static bool take_number(struct text *text, unsigned *ret)
{
        struct text digits = { text->data, 0 };
        uint64_t value;

        while (digits.len < text->len && text->data[digits.len] >= '0' && text->data[digits.len] <= '9')
                digits.len++;
        if (text_parse_u64(digits, &value) < 0 || value > UINT32_MAX)
                return false;

        text->data += digits.len;
        text->len -= digits.len;
        *ret = (unsigned) value;
        return true;
}

bool release_version_parse(struct text version, unsigned *ret_major, unsigned *ret_minor)
{
        unsigned major, minor = 0;

        if (version.len > 0 && (version.data[0] == 'V' || version.data[0] == 'v')) {
                version.data++;
                version.len--;
        }
        if (!take_number(&version, &major))
                return false;
        if (text_starts(version, ".")) {
                version.data++;
                version.len--;
                (void) take_number(&version, &minor);
        }

        *ret_major = major;
        *ret_minor = minor;
        return true;
}
