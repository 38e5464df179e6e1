/* SPDX-License-Identifier: Apache-2.0 */
#include "formats/shell-words.h"
#include "formats/shell-lexer.h"
#include "formats/shell-scope.h"

/* Commands that change no variable and cannot end the file. Any command given by its full path is one. */
static const char *const harmless[] = { ":", "true", "false", "test", "[", "umask", "echo", "ulimit", NULL };

/* Why other commands matter, where there is more to say than the general cause. */
static const struct {
        const char *name, *cause;
} harmful[] = {
        { ".", "another file is read" },
        { "source", "another file is read" },
        { "eval", "eval may change variables" },
        { "exit", "the file may end here" },
        { "return", "the file may end here" },
        { "exec", "the file may end here" },
        { "function", "a function may change variables" },
        { "set", "set changes how the rest is read" },
        { "readonly", "readonly variables make later assignments fail" },
};

bool shell_is_special(struct text name)
{
        static const char *const names[] = { "_",       "DIRSTACK",  "EPOCHREALTIME", "EPOCHSECONDS",
                                             "EUID",    "FUNCNAME",  "GROUPS",        "HISTCMD",
                                             "LINENO",  "OPTIND",    "PPID",          "RANDOM",
                                             "SECONDS", "SHELLOPTS", "SRANDOM",       "UID" };

        for (size_t i = 0; i < ARRAY_SIZE(names); i++)
                if (text_equal(name, names[i]))
                        return true;

        return text_starts(name, "BASH") || text_starts(name, "COMP_");
}

bool shell_split_assignment(struct text raw, struct text *ret_name, bool *ret_append, struct text *ret_value)
{
        size_t name = shell_name_length(raw), at = name;
        bool append = at < raw.len && raw.data[at] == '+';

        at += append;
        if (name == 0 || at >= raw.len || raw.data[at] != '=')
                return false;

        *ret_name = (struct text){ raw.data, name };
        *ret_append = append;
        *ret_value = (struct text){ raw.data + at + 1, raw.len - at - 1 };
        return true;
}

const char *shell_harm_of(struct text command)
{
        for (size_t i = 0; harmless[i]; i++)
                if (text_equal(command, harmless[i]))
                        return NULL;
        if (text_starts(command, "/") && !text_contains(command, "$"))
                return NULL;
        if (text_starts(command, "\xef\xbb\xbf"))
                return "a byte order mark makes a command of the first word";
        for (size_t i = 0; i < ARRAY_SIZE(harmful); i++)
                if (text_equal(command, harmful[i].name))
                        return harmful[i].cause;

        return "a command that may change variables";
}
