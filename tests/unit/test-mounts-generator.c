/* SPDX-License-Identifier: Apache-2.0 */

/* The prediction against systemd's own generator: each line of a table is given to it, and what it links and
 * writes must be what mount_predict() says. Without the generator this fails; it is skipped only where the
 * generator takes itself to be in a container, and makes nothing of a device. */

#include "engine/mounts.h"
#include "test.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/wait.h>

static const char *const generators[] = {
        "/usr/lib/systemd/system-generators/systemd-fstab-generator",
        "/lib/systemd/system-generators/systemd-fstab-generator",
};

/* %1$d in the source makes one device for each line, so that a drop-in belongs to one line. */
static const char *const lines[] = {
        "/dev/vdz%d /ecst%d ext4 defaults 0 0",
        "/dev/vdz%d /ecst%d ext4 defaults 1 2",
        "/dev/vdz%d /ecst%d ext4 nofail 0 2",
        "/dev/vdz%d /ecst%d ext4 nofail,fail 0 2",
        "/dev/vdz%d /ecst%d ext4 fail,nofail 0 2",
        "/dev/vdz%d /ecst%d ext4 noauto 0 0",
        "/dev/vdz%d /ecst%d ext4 noauto,auto 0 0",
        "/dev/vdz%d /ecst%d ext4 noauto,nofail 0 0",
        "/dev/vdz%d /ecst%d ext4 x-systemd.automount 0 0",
        "/dev/vdz%d /ecst%d ext4 noauto,x-systemd.automount 0 0",
        "/dev/vdz%d /ecst%d ext4 nofail,x-systemd.automount 0 0",
        "/dev/vdz%d /ecst%d ext4 comment=systemd.automount 0 0",
        "/dev/vdz%d /ecst%d ext4 comment=cloudconfig 0 0",
        "/dev/vdz%d /ecst%d ext4 x-systemd.wanted-by=ecs.target 0 0",
        "/dev/vdz%d /ecst%d ext4 x-systemd.required-by=ecs.target,nofail 0 0",
        "/dev/vdz%d /ecst%d ext4 x-systemd.required-by=ecs.target,x-systemd.automount 0 0",
        "/dev/vdz%d /ecst%d ext4 _netdev 0 0",
        "/dev/vdz%d /ecst%d ext4 _netdev,nofail 0 0",
        "/dev/vdz%d /ecst%d gfs2 defaults 0 0",
        "nas%d:/share /ecst%d nfs defaults 0 0",
        "nas%d:/share /ecst%d nfs4 nofail 0 0",
        "nas%d:/share /ecst%d nfs noauto 0 0",
        "nas%d:/share /ecst%d nfs x-systemd.automount 0 0",
        "//nas%d/share /ecst%d cifs nofail,_netdev 0 0",
        "user@nas%d: /ecst%d fuse.sshfs defaults 0 0",
        "tmpfs%d /ecst%d tmpfs x-systemd.device-timeout=7s 0 0",
        "/img%d /ecst%d ext4 loop,x-systemd.device-timeout=7s 0 0",
        "/srv%d /ecst%d none bind 0 0",
        "/dev/vdz%d /ecst%d ext4 x-systemd.device-timeout=5s 0 0",
        "/dev/vdz%d /ecst%d ext4 nofail,x-systemd.device-timeout=0 0 0",
        "/dev/vdz%d /ecst%d ext4 noauto,x-systemd.device-timeout=1min\\04030s 0 0",
        "/dev/vdz%d /ecst%d ext4 x-systemd.device-timeout=bogus 0 0",
        "/dev/vdz%d /ecst%d ext4 x-systemd.device-timeout=-1 0 0",
        "/dev/vdz%d /ecst%d ext4 x-systemd.device-timeout=infinity 0 0",
        "/dev/vdz%d /ecst%d ext4 comment=systemd.device-timeout=9 0 0",
        "/dev/vdz%d /ecst%d ext4 x-systemd.device-timeout=8,x-systemd.device-timeout=1 0 0",
        "/dev/vdz%d /ecst%d ext4 x-systemd.device-timeout=8,comment=systemd.device-timeout=2 0 0",
        "/dev/vdz%d none ext4 defaults 0 0",
        "/dev/vdz%d /ecst%d/ ext4 defaults 0 0",
        "/dev/vdz%d //ecst%d//x/./ ext4 defaults 0 0",
        "x%d /proc proc defaults 0 0",
        "x%d /proc/sys proc defaults 0 0",
        "x%d /sys/kernel/debug debugfs defaults 0 0",
        "x%d /sys/kernel/security securityfs defaults 0 0",
        "x%d /sys/fs/cgroup tmpfs defaults 0 0",
        "x%d /sys/fs/cgroup/ecs tmpfs defaults 0 0",
        "x%d /sys/fs/bpf bpf defaults 0 0",
        "x%d /sys/fs/pstore pstore defaults 0 0",
        "x%d /dev/shm tmpfs defaults 0 0",
        "x%d /dev/pts devpts gid=5,mode=620 0 0",
        "x%d /dev/hugepages hugetlbfs defaults 0 0",
        "x%d /dev/ecs tmpfs defaults 0 0",
        "x%d /run/lock tmpfs defaults 0 0",
        "x%d /run/user tmpfs defaults 0 0",
};

static const char *const roots[] = {
        "/dev/vdz1 / ext4 defaults 1 1",
        "/dev/vdz1 / ext4 nofail,noauto 1 1",
        "/dev/vdz1 / ext4 x-systemd.automount,x-systemd.wanted-by=ecs.target,x-systemd.device-timeout=3 1 1",
        "/dev/vdz1 / ext4 _netdev 1 1",
};

static int run_generator(const char *fstab, const char *out)
{
        _cleanup_free_ char *variable = string_format("SYSTEMD_FSTAB=%s", fstab);
        posix_spawn_file_actions_t actions;
        pid_t pid;
        int status = -1;

        CHECK_INT(posix_spawn_file_actions_init(&actions), 0);
        CHECK_INT(posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0), 0);
        for (size_t i = 0; i < ARRAY_SIZE(generators); i++) {
                char *const argv[] = { (char *) generators[i], (char *) out, (char *) out, (char *) out,
                                       NULL };
                char *const environment[] = { variable, NULL };

                if (access(generators[i], X_OK) < 0)
                        continue;
                if (posix_spawn(&pid, generators[i], &actions, NULL, argv, environment) == 0)
                        (void) waitpid(pid, &status, 0);
                break;
        }
        (void) posix_spawn_file_actions_destroy(&actions);
        return status;
}

/* Runs it on these lines; the result is a new directory. */
static char *generate(const struct buffer *content)
{
        char *directory = strdup("/tmp/test-mounts-XXXXXX");
        _cleanup_free_ char *fstab = NULL;
        _cleanup_close_ int fd = -EBADF;

        CHECK(mkdtemp(directory) != NULL);
        fstab = string_format("%s/fstab", directory);
        fd = open(fstab, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
        CHECK_INT(write(fd, content->data, content->len), content->len);
        CHECK_INT(run_generator(fstab, directory), 0);
        return directory;
}

static void remove_directory(const char *directory)
{
        char *const argv[] = { (char *) "rm", (char *) "-rf", (char *) directory, NULL };
        pid_t pid;

        CHECK_INT(posix_spawnp(&pid, "rm", NULL, NULL, argv, NULL), 0);
        (void) waitpid(pid, NULL, 0);
}

static bool exists(const char *directory, const char *format, ...) _printf_(2, 3);
static bool exists(const char *directory, const char *format, ...)
{
        _cleanup_free_ char *name = NULL, *path = NULL;
        struct stat st;
        va_list arguments;

        va_start(arguments, format);
        name = string_formatv(format, arguments);
        va_end(arguments);
        path = string_format("%s/%s", directory, name);
        return lstat(path, &st) == 0;
}

/* Enough for the names of this file: no byte needs an escape. */
static char *unit_stem(const char *where)
{
        char *stem = strdup(where[1] ? where + 1 : "-");

        for (char *at = stem; where[1] && (at = strchr(at, '/'));)
                *at = '-';
        return stem;
}

static void read_timeout(const char *directory, const struct fstab_line *line, char *buffer, size_t size)
{
        _cleanup_free_ char *stem = unit_stem(line->spec.data), *path = NULL;
        _cleanup_close_ int fd = -EBADF;
        char content[512] = "", *at;

        buffer[0] = '\0';
        path = string_format("%s/%s.device.d/50-device-timeout.conf", directory, stem);
        fd = open(path, O_RDONLY | O_CLOEXEC);
        if (fd < 0)
                return;
        CHECK(read(fd, content, sizeof(content) - 1) > 0);
        at = strstr(content, "JobRunningTimeoutSec=");
        CHECK(at != NULL);
        if (at)
                (void) snprintf(buffer, size, "%s", strchr(at, '=') + 1);
        buffer[strcspn(buffer, "\n")] = '\0';
}

static void compare(const char *directory, const struct fstab_line *line)
{
        _cleanup_free_ char *where = mount_normalize(line->file), *stem = unit_stem(where);
        struct mount_boot boot = mount_predict(line, text_starts(line->file, "/") ? where : "");
        const char *type = boot.automount ? "automount" : "mount";
        char timeout[64];

        if (exists(directory, "%s.mount", stem) != (boot.need != MOUNT_IGNORED))
                test_failed(__FILE__, __LINE__, "line %zu: need %d, but a unit: %d", line->number, boot.need,
                            boot.need == MOUNT_IGNORED);
        if (exists(directory, "%s.automount", stem) != boot.automount)
                test_failed(__FILE__, __LINE__, "line %zu: automount is not %d", line->number,
                            boot.automount);
        if (exists(directory, "%s.requires/%s.%s", boot.target, stem, type) != (boot.need == MOUNT_REQUIRED))
                test_failed(__FILE__, __LINE__, "line %zu: required is not %d", line->number,
                            boot.need == MOUNT_REQUIRED);
        if (exists(directory, "%s.wants/%s.%s", boot.target, stem, type) != (boot.need == MOUNT_WANTED))
                test_failed(__FILE__, __LINE__, "line %zu: wanted is not %d", line->number,
                            boot.need == MOUNT_WANTED);
        if (boot.need == MOUNT_BY_OTHERS)
                CHECK(exists(directory, "ecs.target.wants/%s.mount", stem) ||
                      exists(directory, "ecs.target.requires/%s.mount", stem));

        if (!text_starts(line->spec, "/dev/") || boot.need == MOUNT_IGNORED)
                return;
        read_timeout(directory, line, timeout, sizeof(timeout));
        if (!text_equal(boot.timeout, timeout))
                test_failed(__FILE__, __LINE__, "line %zu: timeout is '%s', not '%.*s'", line->number,
                            timeout, TEXT_ARGS(boot.timeout));
}

static void check_lines(const struct buffer *content)
{
        _cleanup_free_ char *directory = generate(content);
        _cleanup_fstab_ struct fstab *fstab = NULL;
        const struct fstab_line *line = NULL;

        CHECK_INT(fstab_parse(content->data, content->len, &fstab), 0);
        while ((line = fstab_next_entry(fstab, line)))
                compare(directory, line);
        remove_directory(directory);
}

/* What systemd itself goes by. */
static bool skip_in_container(void)
{
        struct statvfs fs;

        if (statvfs("/sys", &fs) < 0 || !(fs.f_flag & ST_RDONLY))
                return false;

        test_skip("/sys is read-only, as in a container: the generator passes over devices");
        return true;
}

TEST(lines)
{
        _cleanup_buffer_ struct buffer content = { 0 };

        if (skip_in_container())
                return;

        for (int i = 0; i < (int) ARRAY_SIZE(lines); i++) {
                buffer_addf(&content, lines[i], i, i);
                buffer_add_char(&content, '\n');
        }
        check_lines(&content);
}

TEST(roots)
{
        if (skip_in_container())
                return;
        for (size_t i = 0; i < ARRAY_SIZE(roots); i++) {
                _cleanup_buffer_ struct buffer content = { 0 };

                buffer_addf(&content, "%s\n", roots[i]);
                check_lines(&content);
        }
}
