/* SPDX-License-Identifier: Apache-2.0 */
#include "formats/shell-vars.h"
#include "judge.h"

static struct shell_vars *parse(struct text text)
{
        _cleanup_buffer_ struct buffer out = { 0 };
        struct shell_vars *vars = NULL;

        CHECK_INT(shell_vars_parse(text.data, text.len, &vars), 0);
        shell_vars_print(vars, &out);
        test_check_text(__FILE__, __LINE__, "print", (struct text){ out.data, out.len }, text);
        return vars;
}

/* What the file makes of A: its value, "<unset>", or "LINE: CAUSE". */
static void check(const char *file, const char *expected)
{
        _cleanup_shell_vars_ struct shell_vars *vars = parse(text_from_string(file));
        _cleanup_buffer_ struct buffer result = { 0 };
        struct shell_value value;

        switch (shell_vars_get(vars, "A", &value)) {
        case SHELL_UNSET:
                buffer_add_string(&result, "<unset>");
                break;
        case SHELL_CERTAIN:
                buffer_add_text(&result, value.text);
                break;
        case SHELL_UNCERTAIN:
                buffer_addf(&result, "%u: %s", value.line, value.cause);
                break;
        }
        buffer_add(&result, "", 0);
        test_check_text(__FILE__, __LINE__, file, (struct text){ result.data, result.len },
                        text_from_string(expected));
}

TEST(quotes)
{
        check("A=x", "x");
        check("A=\n", "");
        check("A='a b'\"c d\"e\\ f\n", "a bc de f");
        check("A=\"a\\\"b\\\\c\\$d\\`e\\nf\"", "a\"b\\c$d`e\\nf");
        check("A='a\\b\"c'", "a\\b\"c");
        check("A='a\nb' B=2\n", "a\nb");
        check("A=a\\\nb\n", "ab");
        check("A=\"a\\\nb\"\n", "ab");
        check("A=x # no\n#A=y\n", "x");
        check("A=x#y\n", "x#y");
        check("A=x\r\n", "x\r");
        check(" \tA=x\t;\tB=y\n", "x");
        check("A=$ B='$x'\n", "$");
        check("A=x=y\n", "x=y");
        check("B=1\n", "<unset>");
        check("", "<unset>");
}

TEST(variables)
{
        check("B=b\nA=\"$B-${B}\"$B\n", "b-bb");
        check("A=1\nA=\"$A 2\"\n", "1 2");
        check("B='x  y'\nA=$B\n", "x  y");
        check("B='$C'\nA=$B\n", "$C");
        check("A=$B\n", "1: a variable that is not assigned before");
        check("B=b\nA=\"${B:+$B }c\"\n", "b c");
        check("B=\nA=\"${B:+$B }c\"\n", "c");
        check("A=\"${B:+$B }c\"\n", "1: a variable that is not assigned before");
        check("B=b\nA=${B:+$B }\n", "2: a parameter expansion");
        check("B=b\nA=\"${B:+$(x) }c\"\n", "2: a parameter expansion that is too complex");
        check("\nA=${B:-x}\n", "2: a parameter expansion");
        check("B=`x`\nA=$B", "2: a variable whose value is uncertain");
        check("A=$1", "1: a special parameter");
        check("A=~/x", "1: a '~' without quotes");
        check("A='~/x'", "~/x");
        check("export A='1 2' B\n", "1 2");
        check("B=1 export A=2\n", "1: set for one command only");
        check("B=1; export A=$B\n", "1: a variable without quotes after 'export'");
        check("B=1; export A=\"$B\"\n", "1");
        check("A=1\nA+=2\n", "2: only bash knows '+='");
        check("A=1; unset A\n", "1: unset removes the variable");
}

TEST(commands)
{
        check("A=`date`; B=1", "1: a command substitution");
        check("A=\"$(date +'%d') x\"\n", "1: a command substitution");
        check("B=$(. /etc/os-release && echo \"${NAME}\" || (echo ')') )\nA=1\n", "1");
        check("B=`lsb_release -i -s 2> /dev/null || echo Debian`\nA=1\n", "1");
        check("A=1 B\n", "1: a command that may change variables");
        check("A=1 /bin/true\n", "1: set for one command only");
        check("[ -x /bin/a ] && A=1\n", "1: set after '&&', '||' or '|'");
        check("[ -x /bin/a ] && B=1\nA=1\n", "1");
        check("A=1\n. /etc/x\n", "2: another file is read");
        check("A=1\n\neval B=2\n", "3: eval may change variables");
        check("A=1\nexit\n", "2: the file may end here");
        check("A=1 | /bin/cat\n", "1: set in a pipeline");
        check("A=1 &\n", "1: set in the background");
        check("A=1 > x\n", "1: set together with a redirection");
        check("A=1\n: ${B:=2}\n", "2: a parameter expansion that may change variables");
        check("A=1\nB=$((A=2))\n", "2: arithmetic, which may change variables");
        check("A=1\ncat <<X\nA=2\nX\n", "2: a command that may change variables");
        check("A=1\n: <<X\nA=2\nX\n", "2: a here document");
        check("A=1\nUID=0\n", "2: a variable with a meaning of its own for the shell is set");
        check("A=1\nreadonly A\n", "2: readonly variables make later assignments fail");
}

TEST(blocks)
{
        check("if [ -e x ]; then\n A=1\nfi\n",
              "2: set inside of a block (if, for, while, case or parentheses)");
        check("if [ -e x ]; then\n B=1\nelse B=2; fi\nA=1\n", "1");
        check("for A in 1 2; do :; done\n", "1: the variable of a loop");
        check("for B in 1 2\ndo :; done\nA=1\n", "1");
        check("case $B in a|b) B=1;; (c) A=2 ;; *) esac\n",
              "1: set inside of a block (if, for, while, case or parentheses)");
        check("case $B in\na) B=1;;\nesac\nA=1\n", "1");
        check("( B=1 ); { B=2; }\nA=1\n", "1");
        check("f() { A=2; }\nA=1\n", "1: a command that may change variables");
        check("A=(1 2)\n", "1: a function, an array or arithmetic");
        check("A=1\nif x\n", "2: a command that may change variables");
        check("A=1\nif [ x ]; then :\n", "2: a block that is not closed");
        check("A=1\nfi\n", "2: a syntax error");
        check("A=1;;\n", "1: a syntax error");
        check("A=1 &&\n", "2: a syntax error");
        check("A=1\n if true; then fi\n", "2: a syntax error");
        check("A=1\n if true; then true && fi\n", "2: a syntax error");
}

TEST(lexical_trouble)
{
        check("A=1\nB='x\n", "2: a quote that is not closed");
        check("A=1\nB=\"$(x\n", "2: a '$(' that is not closed");
        check("A=1\nB=$(case x in x) ;; esac)\n", "2: a command substitution that is too complex");
        check("A=$'a\\'b\n'", "1: a backslash in $'...', which only some shells know");
        check("A=$'a'", "1: a '$' that shells read differently");
        check("\xef\xbb\xbf"
              "A=1\n",
              "1: a byte order mark makes a command of the first word");
}

TEST(nul_bytes)
{
        _cleanup_shell_vars_ struct shell_vars *vars = parse(TEXT("A=1\nB=\0\n"));
        struct shell_value value;

        CHECK_INT(shell_vars_get(vars, "A", &value), SHELL_UNCERTAIN);
        CHECK_INT(vars->n_assignments, 0);
}

TEST(assignments)
{
        _cleanup_shell_vars_ struct shell_vars *vars =
                parse(TEXT("# c\nA=1; B=\"2\" # d\nexport A=3\n\nC='x\ny'\nD=1\nE=`x`"));

        CHECK_INT(vars->n_assignments, 6);
        CHECK_TEXT(vars->assignments[0].before, "# c\nA=");
        CHECK_INT(vars->assignments[0].line, 2);
        CHECK_TEXT(vars->assignments[1].raw_value, "\"2\"");
        CHECK_TEXT(vars->assignments[1].value, "2");
        CHECK_STRING(vars->assignments[1].not_plain, "other assignments stand on the same line");
        CHECK(vars->assignments[2].exported);
        CHECK_INT(vars->assignments[2].nth, 2);
        CHECK_STRING(vars->assignments[2].not_plain, "the variable is assigned more than once");
        CHECK_STRING(vars->assignments[3].not_plain, "the value spans lines");
        CHECK(!vars->assignments[4].not_plain);
        CHECK_STRING(vars->assignments[5].uncertain, "a command substitution");
        CHECK_INT(vars->assignments[5].line, 8);
        CHECK_INT(shell_vars_count(vars, "A"), 2);
        CHECK_INT(shell_vars_count(vars, "Z"), 0);
        CHECK_INT(shell_vars_last(vars, "A")->line, 3);
}

/* To a variable that nobody has set. */
TEST(bash_appends_to_nothing)
{
        const struct text file = TEXT("A+=\" x \"\nB+=\"$A\"\nB+=y\n");
        struct shell_scope *scope = shell_scope_new();
        struct shell_vars *vars = NULL;

        shell_scope_assume_bash(scope);
        shell_scope_assume_empty(scope, "");
        CHECK_INT(shell_vars_parse_in(scope, 0, file.data, file.len, &vars), 0);
        CHECK_TEXT(vars->assignments[0].value, " x ");
        CHECK_STRING(vars->assignments[0].not_plain, NULL);
        CHECK_TEXT(vars->assignments[2].value, " x y");
        CHECK_STRING(vars->assignments[2].not_plain, "the variable is assigned more than once");
        CHECK_INT(shell_vars_set_value(vars, &vars->assignments[0], TEXT("z")), 0);
        CHECK_TEXT(vars->assignments[0].raw_value, "\"z\"");
        (void) shell_scope_free(scope);
        (void) shell_vars_free(vars);
}

TEST(bash_appends)
{
        const struct text file = TEXT("A=1\nA+=\" 2\"\nB+=3\n");

        for (int bash = 0; bash <= 1; bash++) {
                _cleanup_shell_vars_ struct shell_vars *vars = NULL;
                _cleanup_shell_scope_ struct shell_scope *scope = shell_scope_new();
                struct shell_value value = { 0 };

                if (bash)
                        shell_scope_assume_bash(scope);
                CHECK_INT(shell_vars_parse_in(scope, 0, file.data, file.len, &vars), 0);
                CHECK_INT(shell_scope_get(scope, TEXT("A"), &value), bash ? SHELL_CERTAIN : SHELL_UNCERTAIN);
                if (bash)
                        CHECK_TEXT(value.text, "1 2");
                /* What the environment brings is not known. */
                CHECK_INT(shell_scope_get(scope, TEXT("B"), &value), SHELL_UNCERTAIN);
        }
}

/* Doubling with every line must not take memory without end. */
TEST(growing_variables)
{
        _cleanup_buffer_ struct buffer file = { 0 };

        buffer_add_string(&file, "A=0123456789\n");
        for (unsigned i = 0; i < 100; i++)
                buffer_add_string(&file, "A=$A$A\n");
        check(file.data, "101: a variable whose value is uncertain");
}

TEST(replaced_values)
{
        static const int results[] = { 0, 0, 0, -EPERM, -EPERM, -EPERM, -EPERM };
        _cleanup_shell_vars_ struct shell_vars *vars =
                parse(TEXT("A=1 # c\nB=\"x y\"\n export C='z'\nD=\"$A\"\nE='v'; F=1\nG=\"$(x)\"\n"));
        _cleanup_buffer_ struct buffer out = { 0 };

        CHECK_INT(vars->n_assignments, ARRAY_SIZE(results));
        for (size_t i = 0; i < ARRAY_SIZE(results); i++)
                CHECK_INT(shell_vars_set_value(vars, &vars->assignments[i], TEXT("a \"$b`\\")), results[i]);
        CHECK_STRING(vars->assignments[3].not_plain, "the value refers to a variable");
        shell_vars_print(vars, &out);
        CHECK_STRING(out.data, "A=\"a \\\"\\$b\\`\\\\\" # c\nB=\"a \\\"\\$b\\`\\\\\"\n export C='a \"$b`\\'\n"
                               "D=\"$A\"\nE='v'; F=1\nG=\"$(x)\"\n");

        CHECK_INT(shell_vars_set_value(vars, &vars->assignments[0], TEXT("1\n2")), -EINVAL);
        CHECK_INT(shell_vars_set_value(vars, &vars->assignments[2], TEXT("it's")), 0);
        CHECK_TEXT(vars->assignments[2].value, "it's");
}

static void append(const char *before, const char *after)
{
        _cleanup_buffer_ struct buffer out = { 0 };
        int r = shell_vars_append(text_from_string(before), "A", TEXT("a $b"), &out);

        CHECK_INT(r, after ? 0 : -EPERM);
        CHECK_STRING(out.data ? out.data : "", after ? after : "");
}

TEST(append)
{
        append("", "A=\"a \\$b\"\n");
        append("B=1", "B=1\nA=\"a \\$b\"\n");
        append("B=1 # c\n\n", "B=1 # c\n\nA=\"a \\$b\"\n");
        append("# A=2\n", "# A=2\nA=\"a \\$b\"\n");
        append(". ./other\n", NULL);
        append("if x; then B=1; fi\r\n", NULL);
        append("A=1\n", NULL);
        append("[ x ] && A=1\n", NULL);
        append("unset A\n", "unset A\nA=\"a \\$b\"\n");
        append("B='open\n", NULL);
        append("B=1 \\", NULL);
        append("B=1 \\\n", NULL);
        append("# comment \\\n", NULL);
        append("if x; then\n", NULL);
        append("{\n", NULL);
        append("exit 0\n", NULL);
        append("cat <<E\n", NULL);
        append("readonly A\n", NULL);
        append("export A\n", "export A\nA=\"a \\$b\"\n");
}

TEST(replaced_between_quotes)
{
        static const char *const inside[] = { "$Z x", "${Z}  y", "z", NULL, NULL, NULL, NULL, NULL, NULL };
        static const char *const refused[] = { "a\"", "a`b`", "$(a)", "a\nb", "a\\" };
        _cleanup_shell_vars_ struct shell_vars *vars =
                parse(TEXT("Z=1\nA=\"$Z x\"\nB=\"${Z}  y\" # "
                           "c\nC=\"z\"\nD=$Z\nE=\"$Z\\\"\"\nF=\"$Z\"'x'\nG=\"$Z\"; H=2\n"));
        _cleanup_buffer_ struct buffer out = { 0 };
        struct text text;

        for (size_t i = 0; i < ARRAY_SIZE(inside) && i + 1 < vars->n_assignments; i++) {
                const struct shell_assignment *assignment = &vars->assignments[i + 1];

                CHECK_INT(shell_vars_get_quoted(assignment, &text), inside[i] != NULL);
                if (inside[i])
                        CHECK(text_equal(text, inside[i]));
                else
                        CHECK_INT(shell_vars_set_quoted(vars, assignment, TEXT("a")), -EPERM);
        }
        for (size_t i = 0; i < ARRAY_SIZE(refused); i++)
                CHECK_INT(shell_vars_set_quoted(vars, &vars->assignments[1], text_from_string(refused[i])),
                          -EINVAL);
        CHECK(vars->assignments[1].only_expands && !vars->assignments[3].only_expands);
        CHECK_STRING(vars->assignments[7].not_plain, "other assignments stand on the same line");

        CHECK_INT(shell_vars_set_quoted(vars, &vars->assignments[1], TEXT("w $Z")), 0);
        CHECK_INT(shell_vars_set_quoted(vars, &vars->assignments[2], TEXT("")), 0);
        shell_vars_print(vars, &out);
        CHECK_STRING(
                out.data,
                "Z=1\nA=\"w $Z\"\nB=\"\" # c\nC=\"z\"\nD=$Z\nE=\"$Z\\\"\"\nF=\"$Z\"'x'\nG=\"$Z\"; H=2\n");
}

/* Files that the shells are asked about, many in one process. */
#define BATCH 100

struct batch {
        struct buffer files[BATCH];
        char names[BATCH][sizeof("/tmp/test-shell-vars-XXXXXX")];
        size_t n;
};

/* Compares what the shell has for A, B and C, if it took the file to its end, with what we are certain of. */
static size_t compare_file(const char *shell, struct text file, const struct text *theirs, size_t n_theirs)
{
        static const char *const variables[] = { "A", "B", "C" };
        _cleanup_shell_vars_ struct shell_vars *vars = parse(file);
        size_t certain = 0;

        for (size_t i = 0; i < ARRAY_SIZE(variables); i++) {
                struct shell_value value = { 0 };
                enum shell_state state = shell_vars_get(vars, variables[i], &value);
                struct text ours = state == SHELL_UNSET ? TEXT("<unset>") : value.text;

                certain += state == SHELL_CERTAIN;
                if (state == SHELL_UNCERTAIN ||
                    (n_theirs == ARRAY_SIZE(variables) && text_same(theirs[i], ours)))
                        continue;
                test_failed(__FILE__, __LINE__, "%s in %s, set in line %u of this file:", variables[i], shell,
                            value.line);
                test_check_text(__FILE__, __LINE__, "the file", file, TEXT(""));
                test_check_text(__FILE__, __LINE__, "our value", ours,
                                i < n_theirs ? theirs[i] : TEXT("<refused>"));
        }

        return certain;
}

static size_t compare_batch(const char *shell, const struct batch *batch)
{
        static const char script[] = "for file; do (. \"$file\" >/dev/null 2>&1; "
                                     "printf '%s\\0' \"${A-<unset>}\" \"${B-<unset>}\" \"${C-<unset>}\"); "
                                     "printf '<end>\\0'; done";
        const char *argv[4 + BATCH + 1] = { shell, "-c", script, "judge" };
        _cleanup_buffer_ struct buffer out = { 0 };
        struct text rest, fields[4];
        size_t certain = 0, n = 0, file = 0;

        for (size_t i = 0; i < batch->n; i++)
                argv[4 + i] = batch->names[i];
        CHECK_INT(judge_run(argv, &out), 0);

        rest = (struct text){ out.data, out.len };
        while (n < ARRAY_SIZE(fields) && text_split(rest, '\0', &fields[n], &rest))
                if (text_equal(fields[n], "<end>")) {
                        struct text data = { batch->files[file].data, batch->files[file].len };

                        certain += compare_file(shell, data, fields, n);
                        file++;
                        n = 0;
                } else
                        n++;
        CHECK_INT(file, batch->n);
        return certain;
}

/* Asks both kinds of shell; returns how many values were certain. */
static size_t compare_with_shells(unsigned rounds, uint64_t seed,
                                  void (*add)(struct buffer *out, uint64_t *seed))
{
        size_t certain = 0;

        while (rounds > 0) {
                struct batch batch = { .n = 0 };

                for (; rounds > 0 && batch.n < BATCH; rounds--, batch.n++) {
                        struct buffer *file = &batch.files[batch.n];

                        add(file, &seed);
                        strcpy(batch.names[batch.n], "/tmp/test-shell-vars-XXXXXX");
                        judge_write(batch.names[batch.n], file->data, file->len);
                }
                certain += compare_batch("sh", &batch);
                certain += compare_batch("bash", &batch);
                for (size_t i = 0; i < batch.n; i++) {
                        buffer_done(&batch.files[i]);
                        (void) unlink(batch.names[i]);
                }
        }

        return certain;
}

static void add_any(struct buffer *out, uint64_t *seed, const char *const *list, size_t n)
{
        buffer_add_string(out, list[judge_random(seed, (unsigned) n)]);
}

static const char *const names[] = { "A", "B", "C" };
static const char *const parts[] = {
        "x",
        "a b",
        "\\\"",
        "\\\\",
        "\\$",
        "$A",
        "${A:+$A }",
        "${B}",
        "$C",
        "crashkernel=384M-:128M",
        "\xc3\xa4",
        "\\a",
        "#",
        "=",
        ",",
        "'",
        "~",
        "*",
        "{a,b}",
        "$",
        "\\`",
        " ",
        "!",
        ";",
        "\\\n",
        "[",
        "\xff\x81\x88",
};

static void add_value(struct buffer *out, uint64_t *seed)
{
        static const char *const plain[] = { "",    "x",    "1", "$A",   "${C}", "\\ ",   "\\'",
                                             "a=b", "\\\n", "%", "x\\#", "~",    "'q q'", "\"\"" };
        unsigned n = judge_random(seed, 4);
        bool quoted = judge_random(seed, 4) > 0;

        if (quoted)
                buffer_add_char(out, '"');
        while (n-- > 0)
                if (quoted)
                        add_any(out, seed, parts, ARRAY_SIZE(parts));
                else
                        add_any(out, seed, plain, ARRAY_SIZE(plain));
        if (quoted)
                buffer_add_char(out, '"');
}

static void add_statement(struct buffer *out, uint64_t *seed)
{
        static const char *const before[] = { "",
                                              "",
                                              "",
                                              "",
                                              "",
                                              "export ",
                                              "  ",
                                              "[ -e / ] && ",
                                              "! ",
                                              ": || ",
                                              "if :; then ",
                                              "( ",
                                              "{ ",
                                              "# ",
                                              "true | ",
                                              "A=0 " };
        static const char *const after[] = { "\n",   "\n",   "\n",   "\n",     "; ",   " # c\n",
                                             "\r\n", " && ", " :\n", "\t\n\n", " &\n", "\n\\\n" };
        unsigned kind = judge_random(seed, ARRAY_SIZE(before));

        buffer_add_string(out, before[kind]);
        add_any(out, seed, names, ARRAY_SIZE(names));
        buffer_add_char(out, '=');
        add_value(out, seed);
        if (strstr(before[kind], "if"))
                buffer_add_string(out, "; fi");
        else if (strchr(before[kind], '('))
                buffer_add_string(out, " )");
        else if (strchr(before[kind], '{'))
                buffer_add_string(out, "; }");
        add_any(out, seed, after, ARRAY_SIZE(after));
}

static void add_file(struct buffer *out, uint64_t *seed)
{
        for (unsigned n = 1 + judge_random(seed, 5); n > 0; n--)
                add_statement(out, seed);
}

TEST(a_certain_value_is_the_shells)
{
        /* The least number: all of it would be right too if nothing was ever certain. */
        CHECK(compare_with_shells(100, 7, add_file) > 100);
}

/* Fragments in any order: mostly nonsense, which must not look certain. */
static void add_nonsense(struct buffer *out, uint64_t *seed)
{
        static const char *const fragments[] = {
                "A=",   "B=", "C=x",     "\n",        "\n",     "\n",      ";",      " ",     " ",
                "'",    "\"", "$",       "{",         "}",      "(",       ")",      "`x`",   "#",
                "\\",   "&&", "||",      "if ",       ":",      "$A",      "${B}",   "fi",    "then ",
                "; ",   "1",  "abc",     "A+=",       "|",      "&",       "!",      "[",     "case ",
                "in ",  ";;", "esac",    "~",         "=",      "export ", "unset ", "for ",  "do ",
                "done", "\r", "${A:-1}", "${A:+$B }", "$((1))", "$(x)",    "[ x ]",  "A=1\n", "B=$A\n",
        };

        for (unsigned n = 1 + judge_random(seed, 12); n > 0; n--)
                add_any(out, seed, fragments, ARRAY_SIZE(fragments));
}

TEST(nonsense_is_not_certain)
{
        size_t certain = compare_with_shells(100, 11, add_nonsense);

        printf("# %zu values were certain\n", certain);
        CHECK(certain > 0);
}
