/* SPDX-License-Identifier: Apache-2.0 */
#include "formats/fstab.h"
#include "test.h"

#include <libmount.h>
#include <sys/wait.h>
#include <time.h>

static struct fstab *parse(struct text text)
{
        struct fstab *fstab = NULL;

        CHECK_INT(fstab_parse(text.data, text.len, &fstab), 0);
        if (!fstab)
                exit(1);

        return fstab;
}

static void check_print(const struct fstab *fstab, struct text expected)
{
        _cleanup_buffer_ struct buffer out = { 0 };

        fstab_print(fstab, &out);
        test_check_text(__FILE__, __LINE__, "printed", (struct text){ out.data, out.len }, expected);
}

/* Runs "findmnt --verify" over text. ret_refused[i] says whether it refused line i + 1. */
static void ask_findmnt(struct text text, bool *ret_refused, size_t n_lines)
{
        char path[] = "/tmp/test-fstab-XXXXXX", *line = NULL;
        _cleanup_close_ int fd = mkstemp(path);
        int pipes[2], status = 0;
        size_t size = 0;
        FILE *stream;
        pid_t pid;

        memset(ret_refused, 0, n_lines * sizeof(*ret_refused));
        if (fd < 0 || write(fd, text.data, text.len) != (ssize_t) text.len || pipe(pipes) < 0 ||
            (pid = fork()) < 0) {
                test_failed(__FILE__, __LINE__, "cannot ask findmnt: %s", strerror(errno));
                return;
        }
        if (pid == 0) {
                (void) dup2(pipes[1], STDOUT_FILENO);
                (void) dup2(pipes[1], STDERR_FILENO);
                (void) setenv("LC_ALL", "C", 1);
                (void) execlp("findmnt", "findmnt", "--verify", "--tab-file", path, (char *) NULL);
                _exit(127);
        }

        (void) close(pipes[1]);
        stream = fdopen(pipes[0], "r");
        while (stream && getline(&line, &size, stream) >= 0) {
                const char *at = strstr(line, "parse error at line ");
                size_t number;

                if (at && sscanf(at, "parse error at line %zu", &number) == 1 && number >= 1 &&
                    number <= n_lines)
                        ret_refused[number - 1] = true;
        }
        free(line);
        if (stream)
                (void) fclose(stream);
        CHECK_INT(waitpid(pid, &status, 0), pid);
        if (!WIFEXITED(status) || WEXITSTATUS(status) > 1)
                test_failed(__FILE__, __LINE__, "findmnt is missing or failed (status %#x)", status);
        (void) unlink(path);
}

/* stricter: findmnt takes the line, and we do not, since systemd would read something else. */
static const struct {
        struct text text;
        const char *error;
        bool stricter;
        enum fstab_kind kind;
} cases[] = {
        { TEXT_INIT("UUID=1-2 / ext4 defaults 1 1\n"), NULL, false, FSTAB_ENTRY },
        { TEXT_INIT("/dev/vda1 / ext4\n"), NULL, false, FSTAB_ENTRY },
        { TEXT_INIT("/dev/vda1 / ext4 defaults\n"), NULL, false, FSTAB_ENTRY },
        { TEXT_INIT("/dev/vda1 / ext4 defaults 1\n"), NULL, false, FSTAB_ENTRY },
        { TEXT_INIT(" \t/dev/vda1\t \t/\text4  defaults\t1 1\t \n"), NULL, false, FSTAB_ENTRY },
        { TEXT_INIT("/dev/vda1 / ext4 defaults 1 1 # root\n"), NULL, false, FSTAB_ENTRY },
        { TEXT_INIT("/dev/vda1 / ext4 defaults 1 1 2 3 4\n"), NULL, false, FSTAB_ENTRY },
        { TEXT_INIT("/dev/vda1 / ext4 defaults +1 -1\n"), NULL, false, FSTAB_ENTRY },
        { TEXT_INIT("/dev/vda1 / ext4 defaults 1 1\r\n"), NULL, false, FSTAB_ENTRY },
        { TEXT_INIT("/dev/vda1 / ext4 defaults 1 1"), NULL, false, FSTAB_ENTRY },
        { TEXT_INIT("LABEL=my\\040disk /a\\040b ext4 defaults 0 0\n"), NULL, false, FSTAB_ENTRY },
        { TEXT_INIT("UUID=\"1-2\" / ext4 defaults 1 1\n"), NULL, false, FSTAB_ENTRY },
        { TEXT_INIT("/swap none swap sw 0 0\n"), NULL, false, FSTAB_ENTRY },
        { TEXT_INIT("/swap swap swap sw 0 0\n"), NULL, false, FSTAB_ENTRY },
        { TEXT_INIT("1 /2 foo\n"), NULL, false, FSTAB_ENTRY },
        { TEXT_INIT("\n"), NULL, false, FSTAB_BLANK },
        { TEXT_INIT(" \t \r\n"), NULL, false, FSTAB_BLANK },
        { TEXT_INIT("# /dev/vda1 / ext4\n"), NULL, false, FSTAB_COMMENT },
        { TEXT_INIT("  #\n"), NULL, false, FSTAB_COMMENT },
        { TEXT_INIT("/dev/vda1\n"), "too few fields, a line needs at least source, target and type", false,
          FSTAB_INVALID },
        { TEXT_INIT("/dev/vda1 /\n"), "too few fields, a line needs at least source, target and type", false,
          FSTAB_INVALID },
        { TEXT_INIT("LABEL=\"my disk\" /a ext4 defaults 0 0\n"),
          "blank inside quotes in the source, it must be written as \\040", false, FSTAB_INVALID },
        { TEXT_INIT("LABEL=\"my disk\" /a ext4\n"),
          "blank inside quotes in the source, it must be written as \\040", true, FSTAB_INVALID },
        { TEXT_INIT("/dev/vda1 / ext4 defaults # root\n"), "fifth field (dump frequency) is not a number",
          false, FSTAB_INVALID },
        { TEXT_INIT("/dev/vda1 / ext4 defaults 0x 1\n"), "fifth field (dump frequency) is not a number",
          false, FSTAB_INVALID },
        { TEXT_INIT("/dev/vda1 / ext4 defaults 0 one\n"), "sixth field (fsck pass) is not a number", false,
          FSTAB_INVALID },
        { TEXT_INIT("/dev/vda1 / ext4 defaults 0 # no\n"), "sixth field (fsck pass) is not a number", false,
          FSTAB_INVALID },
        { TEXT_INIT("/dev/vda1 / ext4 defaults 0 99999999999\n"), "sixth field (fsck pass) is not a number",
          true, FSTAB_INVALID },
        { TEXT_INIT("/dev/vda1 data ext4 defaults 0 0\n"), "target is not an absolute path", true,
          FSTAB_INVALID },
        { TEXT_INIT("/dev/vda1 / ext4 defaults\r\n"), "carriage return becomes part of the last field", true,
          FSTAB_INVALID },
        { TEXT_INIT("\xef\xbb\xbf# comment\n"), "a byte order mark stands in front of the line", false,
          FSTAB_INVALID },
        { TEXT_INIT("\xef\xbb\xbf/dev/vda1 / ext4 defaults 1 1\n"),
          "a byte order mark stands in front of the line", true, FSTAB_INVALID },
        { TEXT_INIT("/dev/vda1 / ext4\0 defaults 0 0\n"), "NUL byte in a field", false, FSTAB_INVALID },
        { TEXT_INIT("/dev/vda1 /\\000 ext4 defaults 0 0\n"), "NUL byte in a field", true, FSTAB_INVALID },
        { TEXT_INIT("\0\n"), "too few fields, a line needs at least source, target and type", false,
          FSTAB_INVALID },
};

TEST(verdict_is_that_of_findmnt_or_stricter)
{
        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                _cleanup_fstab_ struct fstab *fstab = parse(cases[i].text);
                bool refused;

                CHECK_INT(fstab->n_lines, 1);
                CHECK_INT(fstab->lines[0].kind, cases[i].kind);
                CHECK_STRING(fstab->lines[0].error, cases[i].error);
                check_print(fstab, cases[i].text);

                ask_findmnt(cases[i].text, &refused, 1);
                if (refused != (cases[i].kind == FSTAB_INVALID && !cases[i].stricter))
                        test_failed(__FILE__, __LINE__, "findmnt %s case %zu", refused ? "refuses" : "takes",
                                    i);
        }
}

/* Lines made of awkward parts: what findmnt refuses, we refuse, and what only we refuse has one of the
 * causes that are meant to be stricter. */
TEST(random_lines_agree_with_findmnt)
{
        static const char *const parts[] = {
                "/dev/vda1", "UUID=\"x\"", "LABEL=\"a", "b\"", "/",  "/data",      "none", "swap",
                "ext4",      "defaults",   "0",         "1",   "-1", "2x",         "#",    "a=\"b,c\"",
                "\"",        ",,",         "\\040",     "\\",  "=",  "nofail,,x=", "\x01",
        };
        static const char *const gaps[] = { " ", "\t", "  ", " \t " };
        enum { N = 3000 };
        _cleanup_buffer_ struct buffer text = { 0 };
        _cleanup_fstab_ struct fstab *fstab = NULL;
        static bool refused[N];
        unsigned seed = 20170222;
        size_t n_refused = 0;

        for (size_t i = 0; i < N; i++) {
                for (unsigned n = (unsigned) rand_r(&seed) % 8; n > 0; n--)
                        buffer_addf(&text, "%s%s", parts[(size_t) rand_r(&seed) % ARRAY_SIZE(parts)],
                                    gaps[(size_t) rand_r(&seed) % ARRAY_SIZE(gaps)]);
                buffer_add_string(&text, "\n");
        }

        fstab = parse((struct text){ text.data, text.len });
        check_print(fstab, (struct text){ text.data, text.len });
        ask_findmnt((struct text){ text.data, text.len }, refused, N);
        for (size_t i = 0; i < N; i++) {
                const struct fstab_line *line = fstab->lines + i;
                struct text error = text_from_string(line->error);
                bool stricter = text_starts(error, "target is not") || text_starts(error, "blank inside");

                n_refused += refused[i];
                if (refused[i] != (line->kind == FSTAB_INVALID) && !(stricter && !refused[i]))
                        test_failed(__FILE__, __LINE__, "line %zu: findmnt %s it, our error is '%s'", i + 1,
                                    refused[i] ? "refuses" : "takes", line->error ? line->error : "");
        }
        CHECK(n_refused > N / 20 && n_refused < N);
}

TEST(libmount_has_the_last_word)
{
        CHECK_INT(fstab_libmount_accepts(TEXT("/dev/vda1 / ext4")), 1);
        CHECK_INT(fstab_libmount_accepts(TEXT("1 2 3")), 1);
        CHECK_INT(fstab_libmount_accepts(TEXT("/dev/vda1 /")), 0);
        CHECK_INT(fstab_libmount_accepts(TEXT("/dev/vda1 / ext4 defaults x")), 0);
}

TEST(fields)
{
        _cleanup_fstab_ struct fstab *fstab =
                parse(TEXT("# x\n\n  LABEL=my\\040disk\t/a\\011b\\134c  ext4 ro,nofail 1 2 # end\n/b /c d"));
        const struct fstab_line *entry = fstab_next_entry(fstab, NULL);

        CHECK_INT(entry->number, 3);
        CHECK_INT(entry->n_fields, 6);
        CHECK_TEXT(entry->spec, "LABEL=my disk");
        CHECK_TEXT(entry->raw[FSTAB_SPEC], "LABEL=my\\040disk");
        CHECK_TEXT(entry->blanks[FSTAB_SPEC], "  ");
        CHECK_TEXT(entry->file, "/a\tb\\c");
        CHECK_TEXT(entry->vfstype, "ext4");
        CHECK_TEXT(entry->mntops, "ro,nofail");
        CHECK_INT(entry->freq, 1);
        CHECK_INT(entry->passno, 2);
        CHECK_TEXT(entry->tail, " # end");

        entry = fstab_next_entry(fstab, entry);
        CHECK_INT(entry->number, 4);
        CHECK_TEXT(entry->mntops, "");
        CHECK_TEXT(entry->ending, "");
        CHECK(!fstab_next_entry(fstab, entry));
        CHECK(fstab->missing_newline && !fstab->crlf && !fstab->bom);
}

TEST(options)
{
        _cleanup_fstab_ struct fstab *fstab = parse(
                TEXT("/a /b c nofail,xnoauto=1,t=\"1,noauto\",x-systemd.device-timeout=5s,"
                     "x-systemd.device-timeout=9s,auto,fail 0 0\n/a /b c noauto,nofail,fail,nofail,bind\n"));
        const struct fstab_line *entry = fstab_next_entry(fstab, NULL);
        struct text value;

        CHECK(fstab_option(entry, "nofail", &value));
        CHECK_TEXT(value, "");
        CHECK(!fstab_nofail(entry) && !fstab_noauto(entry));
        CHECK(!fstab_option(entry, "noauto", NULL) && !fstab_option(entry, "x-systemd", NULL));
        CHECK(fstab_option(entry, "x-systemd.device-timeout", &value));
        CHECK_TEXT(value, "9s");
        CHECK(!fstab_is_bind(entry));
        entry = fstab_next_entry(fstab, entry);
        CHECK(fstab_nofail(entry) && fstab_noauto(entry) && fstab_is_bind(entry));
}

TEST(types)
{
        static const struct {
                const char *type;
                bool network, pseudo, swap;
        } types[] = {
                { "nfs", true },
                { "nfs4", true },
                { "cifs", true },
                { "fuse.sshfs", true },
                { "fuse.s3fs", false },
                { "9p", false },
                { "virtiofs", false, true },
                { "ext4", false },
                { "glusterfs", true },
                { "tmpfs", false, true },
                { "proc", false, true },
                { "overlay", false, true },
                { "swap", false, false, true },
        };

        for (size_t i = 0; i < ARRAY_SIZE(types); i++) {
                _cleanup_free_ char *line = string_format("srv:/a /b %s defaults\n", types[i].type);
                _cleanup_fstab_ struct fstab *fstab = parse(text_from_string(line));
                const struct fstab_line *entry = fstab_next_entry(fstab, NULL);

                if (fstab_is_network(entry) != types[i].network ||
                    fstab_is_pseudo(entry) != types[i].pseudo || fstab_is_swap(entry) != types[i].swap)
                        test_failed(__FILE__, __LINE__, "wrong class for '%s'", types[i].type);
        }
}

/* libmount is the judge of what a tag is; which tags it knows depends on its version, UUID and LABEL always.
 */
TEST(tags)
{
        static const char *const specs[] = {
                "UUID=1-2",  "UUID=\"1-2\"", "LABEL='x'",       "uuid=1", "LABEL=a=b", "/dev/disk/by-id/a=b",
                "//srv/x=y", "PARTUUID=7",   "PARTLABEL=\"p\"", "none",   "XUUID=1-2", "UUIDS=1",
        };

        for (size_t i = 0; i < ARRAY_SIZE(specs); i++) {
                _cleanup_free_ char *line = string_format("%s /b ext4 defaults\n", specs[i]);
                _cleanup_fstab_ struct fstab *fstab = parse(text_from_string(line));
                const struct fstab_line *entry = fstab_next_entry(fstab, NULL);
                struct libmnt_fs *fs = mnt_new_fs();
                const char *name, *value;
                struct text our_name, our_value;

                CHECK_INT(mnt_fs_set_source(fs, specs[i]), 0);
                CHECK_INT(fstab_tag(entry, &our_name, &our_value), mnt_fs_get_tag(fs, &name, &value) == 0);
                if (mnt_fs_get_tag(fs, &name, &value) == 0)
                        CHECK(text_equal(our_name, name) && text_equal(our_value, value));
                mnt_free_fs(fs);
        }
}

TEST(edits_change_one_field)
{
        _cleanup_fstab_ struct fstab *fstab = parse(
                TEXT("# keep\r\n/dev/vdb1\t /data   ext4  defaults\t0 0 # x\r\n/dev/vdc1 /e xfs\n/q\n"));

        CHECK_INT(fstab_add_option(fstab, 2, TEXT("nofail")), 0);
        CHECK_INT(fstab_add_option(fstab, 2, TEXT("nofail")), 0);
        CHECK_INT(fstab_add_option(fstab, 2, TEXT("x-systemd.device-timeout=5s")), 0);
        CHECK_INT(fstab_set_field(fstab, 2, FSTAB_SPEC, TEXT("LABEL=a b\\c")), 0);
        CHECK_INT(fstab_add_option(fstab, 3, TEXT("nofail")), 0);
        check_print(fstab, TEXT("# keep\r\nLABEL=a\\040b\\134c\t /data   ext4  "
                                "defaults,nofail,x-systemd.device-timeout=5s\t0 0 # x\r\n/dev/vdc1 /e xfs "
                                "nofail\n/q\n"));
        CHECK_TEXT(fstab->lines[1].spec, "LABEL=a b\\c");
        CHECK(fstab_nofail(fstab->lines + 1));

        CHECK_INT(fstab_set_field(fstab, 1, FSTAB_SPEC, TEXT("x")), -EINVAL);
        CHECK_INT(fstab_set_field(fstab, 4, FSTAB_SPEC, TEXT("x")), -EINVAL);
        CHECK_INT(fstab_set_field(fstab, 5, FSTAB_SPEC, TEXT("x")), -EINVAL);
        CHECK_INT(fstab_set_field(fstab, 3, FSTAB_PASSNO, TEXT("0")), -EINVAL);
        CHECK_INT(fstab_set_field(fstab, 3, FSTAB_FREQ, TEXT("x")), -EINVAL);
        CHECK_INT(fstab_set_field(fstab, 3, FSTAB_FILE, TEXT("x")), -EINVAL);
        CHECK_INT(fstab_set_field(fstab, 3, FSTAB_FILE, TEXT("/\0")), -EINVAL);
        CHECK_TEXT(fstab->lines[2].file, "/e");

        CHECK_INT(fstab_comment_out(fstab, 3, TEXT("# off\n")), -EINVAL);
        CHECK_INT(fstab_comment_out(fstab, 3, TEXT("off")), -EINVAL);
        CHECK_INT(fstab_comment_out(fstab, 3, TEXT("# off: ")), 0);
        CHECK_INT(fstab->lines[2].kind, FSTAB_COMMENT);
        check_print(fstab, TEXT("# keep\r\nLABEL=a\\040b\\134c\t /data   ext4  "
                                "defaults,nofail,x-systemd.device-timeout=5s\t0 0 # x\r\n# off: /dev/vdc1 /e "
                                "xfs nofail\n"
                                "/q\n"));
}

/* An option more and the same option less; NULL: refused, and nothing changed. */
static const struct {
        struct text before;
        struct text option;
        struct text added, removed;
} option_cases[] = {
#define LINE(options) TEXT_INIT("/dev/vdb1 \t/d  ext4" options " 0 2\n")
#define NONE                                                                                                 \
        {                                                                                                    \
                NULL, 0                                                                                      \
        }
        { LINE(" defaults"), TEXT_INIT("nofail"), LINE(" defaults,nofail"), LINE(" defaults") },
        { LINE(" nofail"), TEXT_INIT("nofail"), LINE(" nofail"), LINE(" defaults") },
        { LINE("\tnofail\t"), TEXT_INIT("nofail"), LINE("\tnofail\t"), LINE("\tdefaults\t") },
        { LINE(" nofail,nofail,,nofail"), TEXT_INIT("nofail"), LINE(" nofail,nofail,,nofail"),
          LINE(" defaults") },
        { LINE(" nofail,ro"), TEXT_INIT("nofail"), LINE(" nofail,ro"), LINE(" ro") },
        { LINE(" rw,nofail,ro"), TEXT_INIT("nofail"), LINE(" rw,nofail,ro"), LINE(" rw,ro") },
        { LINE(" ro,nofail,"), TEXT_INIT("nofail"), LINE(" ro,nofail,"), LINE(" ro,") },
        { LINE(" ro,"), TEXT_INIT("nofail"), LINE(" ro,nofail"), LINE(" ro,") },
        /* What is taken back is not in effect; what only looks alike is another option. */
        { LINE(" nofail,fail"), TEXT_INIT("nofail"), LINE(" nofail,fail,nofail"), LINE(" fail") },
        { LINE(" noauto,auto"), TEXT_INIT("noauto"), LINE(" noauto,auto,noauto"), LINE(" auto") },
        { LINE(" xnofail,nofail2"), TEXT_INIT("nofail"), LINE(" xnofail,nofail2,nofail"),
          LINE(" xnofail,nofail2") },
        /* Commas inside quotes separate nothing. */
        { LINE(" context=\"a:c0,nofail\""), TEXT_INIT("nofail"), LINE(" context=\"a:c0,nofail\",nofail"),
          LINE(" context=\"a:c0,nofail\"") },
        { LINE(" nofail,context=\"a,b\""), TEXT_INIT("nofail"), LINE(" nofail,context=\"a,b\""),
          LINE(" context=\"a,b\"") },
        { LINE(" context=\"a,ro"), TEXT_INIT("nofail"), NONE, LINE(" context=\"a,ro") },
        { LINE(" a\\134"), TEXT_INIT("nofail"), NONE, LINE(" a\\134") },
        /* Escapes stay as they are written, also one that is a comma. */
        { LINE(" a\\040b,nofail\\054c\\043"), TEXT_INIT("nofail"), LINE(" a\\040b,nofail\\054c\\043"),
          LINE(" a\\040b,c\\043") },
        { LINE(" a\\040b\\054nofail"), TEXT_INIT("_netdev"), LINE(" a\\040b\\054nofail,_netdev"),
          LINE(" a\\040b\\054nofail") },
        { LINE(" a\\040b\\054no\\146ail"), TEXT_INIT("nofail"), LINE(" a\\040b\\054no\\146ail"),
          LINE(" a\\040b") },
        { LINE(" noatime"), TEXT_INIT("x=a b"), LINE(" noatime,x=a\\040b"), LINE(" noatime") },
        { LINE(" noatime"), TEXT_INIT("a,b"), NONE, LINE(" noatime") },
        { LINE(" noatime"), TEXT_INIT(""), NONE, NONE },
#undef LINE
        { TEXT_INIT("/a /b c\n"), TEXT_INIT("nofail"), TEXT_INIT("/a /b c nofail\n"),
          TEXT_INIT("/a /b c\n") },
        { TEXT_INIT("/a /b c  \n"), TEXT_INIT("nofail"), TEXT_INIT("/a /b c nofail  \n"),
          TEXT_INIT("/a /b c  \n") },
        { TEXT_INIT("/a /b c nofail"), TEXT_INIT("nofail"), TEXT_INIT("/a /b c nofail"),
          TEXT_INIT("/a /b c defaults") },
        { TEXT_INIT("/a /b c t=1,t,x\r\n"), TEXT_INIT("t=1"), NONE, NONE },
        { TEXT_INIT("/a /b c t=1,t,x 0\r\n"), TEXT_INIT("t"), TEXT_INIT("/a /b c t=1,t,x 0\r\n"),
          TEXT_INIT("/a /b c x 0\r\n") },
        { TEXT_INIT("# c\n"), TEXT_INIT("nofail"), NONE, NONE },
        { TEXT_INIT("/a b\n"), TEXT_INIT("nofail"), NONE, NONE },
};

static void check_option(struct text before, struct text expected, int r, const struct fstab *fstab)
{
        CHECK_INT(r, expected.data ? 0 : -EINVAL);
        check_print(fstab, expected.data ? expected : before);
}

TEST(one_option_more_or_less)
{
        for (size_t i = 0; i < ARRAY_SIZE(option_cases); i++) {
                _cleanup_fstab_ struct fstab *added = parse(option_cases[i].before);
                _cleanup_fstab_ struct fstab *removed = parse(option_cases[i].before);
                struct text option = option_cases[i].option;

                check_option(option_cases[i].before, option_cases[i].added,
                             fstab_add_option(added, 1, option), added);
                check_option(option_cases[i].before, option_cases[i].removed,
                             fstab_remove_option(removed, 1, option.data), removed);
        }
}

/* The longest line that systemd reads whole stays as it is. */
TEST(no_option_makes_a_line_too_long)
{
        _cleanup_buffer_ struct buffer line = { 0 };
        _cleanup_fstab_ struct fstab *fstab = NULL;

        buffer_add_string(&line, "/a /b c x=");
        while (line.len < 4094 - 7)
                buffer_add_char(&line, 'y');
        buffer_add_char(&line, '\n');
        fstab = parse((struct text){ line.data, line.len });
        CHECK_INT(fstab->lines[0].kind, FSTAB_ENTRY);
        CHECK_INT(fstab_add_option(fstab, 1, TEXT("nofail")), -EINVAL);
        check_print(fstab, (struct text){ line.data, line.len });
        CHECK_INT(fstab_add_option(fstab, 1, TEXT("no")), 0);
        CHECK_INT(fstab->lines[0].mntops.len, line.len - 9 + 3);
}

TEST(plain_is_without_marks)
{
        static const struct {
                struct text before, after;
        } files[] = {
                { TEXT_INIT(""), TEXT_INIT("") },
                { TEXT_INIT("\xef\xbb\xbf"), TEXT_INIT("") },
                { TEXT_INIT("\xef\xbb\xbf\xef\xbb\xbf# c\n"), TEXT_INIT("# c\n") },
                { TEXT_INIT("\xef\xbb\xbf/a /b c\r\n\r\n/d\n"), TEXT_INIT("/a /b c\n\n/d\n") },
                { TEXT_INIT("/a /b c\r\r\n# \xef\xbb\xbf\r\n/d\r"),
                  TEXT_INIT("/a /b c\r\n# \xef\xbb\xbf\n/d\r") },
        };

        for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
                _cleanup_fstab_ struct fstab *fstab = parse(files[i].before);
                _cleanup_buffer_ struct buffer out = { 0 };

                fstab_print_plain(fstab, &out);
                test_check_text(__FILE__, __LINE__, "plain", (struct text){ out.data, out.len },
                                files[i].after);
        }
}

TEST(time_is_linear)
{
        _cleanup_buffer_ struct buffer many = { 0 }, hostile = { 0 };
        _cleanup_fstab_ struct fstab *fstab = NULL, *one = NULL;
        clock_t start = clock();

        for (size_t i = 0; i < 10000; i++)
                buffer_addf(&many, "UUID=%zu /mnt/%zu\text4 defaults,nofail 0 0\n", i, i);
        for (size_t i = 0; i < 250000; i++)
                buffer_add_string(&hostile, "\\04 ");

        fstab = parse((struct text){ many.data, many.len });
        check_print(fstab, (struct text){ many.data, many.len });
        one = parse((struct text){ hostile.data, hostile.len });
        check_print(one, (struct text){ hostile.data, hostile.len });
        CHECK_INT(fstab->n_lines, 10000);
        CHECK(fstab_nofail(fstab->lines + 9999));
        CHECK_INT(one->lines[0].kind, FSTAB_INVALID);
        printf("# %.0f ms\n", (double) (clock() - start) * 1000 / CLOCKS_PER_SEC);
        CHECK(clock() - start < 2 * CLOCKS_PER_SEC);
}

TEST(too_many_lines)
{
        _cleanup_free_ char *data = malloc(65537);
        struct fstab *fstab = NULL;

        memset(data, '\n', 65537);
        CHECK_INT(fstab_parse(data, 65537, &fstab), -E2BIG);
        CHECK_INT(fstab_parse(data, 65536, &fstab), 0);
        fstab_free(fstab);
}
