/* SPDX-License-Identifier: Apache-2.0 */
#include "crash/trace.h"

#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/fs.h>
#include <linux/seccomp.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/user.h>

/* Where the objects of a call stand among its arguments. */
enum shape {
        SHAPE_NONE,    /* nothing to name */
        SHAPE_FD,      /* descriptor */
        SHAPE_AT,      /* descriptor of a directory, path */
        SHAPE_PATH,    /* path */
        SHAPE_AT_AT,   /* two of each */
        SHAPE_PATHS,   /* two paths */
        SHAPE_TEXT_AT, /* a link's target, then descriptor and path */
        SHAPE_TEXT,    /* a link's target, then a path */
};

/* When the call counts. */
enum when {
        ALWAYS,
        OPEN_FLAGS_1, /* the flags in this argument write or create */
        OPEN_FLAGS_2,
        OPEN_HOW,  /* the same in struct open_how, argument 2 */
        SET_FLAGS, /* ioctl */
};

enum { NR_OPENAT2 = 437, NR_FCHMODAT2 = 452 };

static const struct call {
        int number;
        const char *name;
        enum shape shape;
        enum when when;
} calls[] = {
        { SYS_write, "write", SHAPE_FD },
        { SYS_pwrite64, "pwrite64", SHAPE_FD },
        { SYS_writev, "writev", SHAPE_FD },
        { SYS_pwritev, "pwritev", SHAPE_FD },
        { SYS_sendfile, "sendfile", SHAPE_FD },
        { SYS_ftruncate, "ftruncate", SHAPE_FD },
        { SYS_fallocate, "fallocate", SHAPE_FD },
        { SYS_fsync, "fsync", SHAPE_FD },
        { SYS_fdatasync, "fdatasync", SHAPE_FD },
        { SYS_syncfs, "syncfs", SHAPE_FD },
        { SYS_sync, "sync", SHAPE_NONE },
        { SYS_fchmod, "fchmod", SHAPE_FD },
        { SYS_fchown, "fchown", SHAPE_FD },
        { SYS_fsetxattr, "fsetxattr", SHAPE_FD },
        { SYS_fremovexattr, "fremovexattr", SHAPE_FD },
        { SYS_flock, "flock", SHAPE_FD },
        { SYS_ioctl, "ioctl", SHAPE_FD, SET_FLAGS },
        { SYS_openat, "openat", SHAPE_AT, OPEN_FLAGS_2 },
        { NR_OPENAT2, "openat2", SHAPE_AT, OPEN_HOW },
        { SYS_open, "open", SHAPE_PATH, OPEN_FLAGS_1 },
        { SYS_creat, "creat", SHAPE_PATH },
        { SYS_mkdirat, "mkdirat", SHAPE_AT },
        { SYS_mkdir, "mkdir", SHAPE_PATH },
        { SYS_mknodat, "mknodat", SHAPE_AT },
        { SYS_mknod, "mknod", SHAPE_PATH },
        { SYS_unlinkat, "unlinkat", SHAPE_AT },
        { SYS_unlink, "unlink", SHAPE_PATH },
        { SYS_rmdir, "rmdir", SHAPE_PATH },
        { SYS_renameat2, "renameat2", SHAPE_AT_AT },
        { SYS_renameat, "renameat", SHAPE_AT_AT },
        { SYS_rename, "rename", SHAPE_PATHS },
        { SYS_linkat, "linkat", SHAPE_AT_AT },
        { SYS_link, "link", SHAPE_PATHS },
        { SYS_symlinkat, "symlinkat", SHAPE_TEXT_AT },
        { SYS_symlink, "symlink", SHAPE_TEXT },
        { SYS_fchmodat, "fchmodat", SHAPE_AT },
        { NR_FCHMODAT2, "fchmodat2", SHAPE_AT },
        { SYS_chmod, "chmod", SHAPE_PATH },
        { SYS_fchownat, "fchownat", SHAPE_AT },
        { SYS_chown, "chown", SHAPE_PATH },
        { SYS_lchown, "lchown", SHAPE_PATH },
        { SYS_truncate, "truncate", SHAPE_PATH },
        { SYS_setxattr, "setxattr", SHAPE_PATH },
        { SYS_lsetxattr, "lsetxattr", SHAPE_PATH },
        { SYS_removexattr, "removexattr", SHAPE_PATH },
        { SYS_lremovexattr, "lremovexattr", SHAPE_PATH },
        { SYS_utimensat, "utimensat", SHAPE_AT },
};

/* One comparison and one return a call. */
int trace_filter_install(void)
{
        enum { HEAD = 4, EACH = 2 };
        struct sock_filter code[HEAD + EACH * ARRAY_SIZE(calls) + 1] = {
                BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, arch)),
                BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, AUDIT_ARCH_X86_64, 1, 0),
                BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
                BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        };
        struct sock_fprog program = { .len = ARRAY_SIZE(code), .filter = code };

        for (size_t i = 0; i < ARRAY_SIZE(calls); i++) {
                code[HEAD + EACH * i] = (struct sock_filter) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K,
                                                                      (unsigned) calls[i].number, 0, 1);
                code[HEAD + EACH * i + 1] = (struct sock_filter) BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_TRACE);
        }
        code[ARRAY_SIZE(code) - 1] = (struct sock_filter) BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
        if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
                return -errno;

        return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) < 0 ? -errno : 0;
}

static unsigned long long argument(const struct user_regs_struct *regs, unsigned number)
{
        const unsigned long long all[] = { regs->rdi, regs->rsi, regs->rdx, regs->r10, regs->r8, regs->r9 };

        return all[number];
}

static void read_memory(pid_t pid, unsigned long long address, void *data, size_t len)
{
        struct iovec here = { data, len }, there = { (void *) (uintptr_t) address, len };

        memset(data, 0, len);
        (void) process_vm_readv(pid, &here, 1, &there, 1, 0);
}

/* Up to the end of its page at a time: what follows may not be there. */
static void read_string(pid_t pid, unsigned long long address, char *data, size_t size)
{
        size_t have = 0;

        while (have + 1 < size) {
                size_t part = 4096 - (address + have) % 4096;

                if (part > size - 1 - have)
                        part = size - 1 - have;
                read_memory(pid, address + have, data + have, part);
                if (memchr(data + have, '\0', part))
                        return;
                have += part;
        }
        data[size - 1] = '\0';
}

static bool opens_for_writing(unsigned long long flags)
{
        return (flags & (O_WRONLY | O_RDWR | O_CREAT | O_TRUNC)) && !(flags & O_PATH);
}

static bool counts(pid_t pid, const struct call *call, const struct user_regs_struct *regs)
{
        unsigned long long flags;

        switch (call->when) {
        case OPEN_FLAGS_1:
                return opens_for_writing(argument(regs, 1));
        case OPEN_FLAGS_2:
                return opens_for_writing(argument(regs, 2));
        case OPEN_HOW:
                read_memory(pid, argument(regs, 2), &flags, sizeof(flags));
                return opens_for_writing(flags);
        case SET_FLAGS:
                return argument(regs, 1) == FS_IOC_SETFLAGS;
        case ALWAYS:
                return true;
        }

        return true;
}

static void look(struct trace_object *object)
{
        struct stat st;

        if (!object->path || lstat(object->path, &st) < 0)
                return;
        object->device = st.st_dev;
        object->inode = st.st_ino;
        object->mode = st.st_mode;
}

static void describe_fd(pid_t pid, int fd, struct trace_object *ret)
{
        char name[64], path[PATH_MAX];
        struct stat st;
        ssize_t n;

        (void) snprintf(name, sizeof(name), "/proc/%d/fd/%d", pid, fd);
        n = readlink(name, path, sizeof(path) - 1);
        ret->path = text_dup((struct text){ path, n > 0 ? (size_t) n : 0 });
        if (stat(name, &st) < 0)
                return;
        ret->device = st.st_dev;
        ret->inode = st.st_ino;
        ret->mode = st.st_mode;
        ret->was_there = true;
}

static char *directory_of(pid_t pid, int fd)
{
        char name[64], path[PATH_MAX];
        ssize_t n;

        if (fd == AT_FDCWD)
                (void) snprintf(name, sizeof(name), "/proc/%d/cwd", pid);
        else
                (void) snprintf(name, sizeof(name), "/proc/%d/fd/%d", pid, fd);
        n = readlink(name, path, sizeof(path) - 1);

        return text_dup((struct text){ path, n > 0 ? (size_t) n : 0 });
}

/* "/proc/self/fd/N" is a descriptor in other words. */
static bool is_descriptor(const char *path, int *ret_fd)
{
        char end;

        return sscanf(path, "/proc/self/fd/%d%c", ret_fd, &end) == 1;
}

static void describe_at(pid_t pid, int fd, unsigned long long address, struct trace_object *ret)
{
        _cleanup_free_ char *directory = NULL, *parent = NULL;
        char path[PATH_MAX], *slash;
        struct stat st;
        int descriptor;

        read_string(pid, address, path, sizeof(path));
        if (is_descriptor(path, &descriptor) || (path[0] == '\0' && (descriptor = fd) >= 0)) {
                describe_fd(pid, descriptor, ret);
                return;
        }
        directory = path[0] == '/' ? NULL : directory_of(pid, fd);
        ret->path = string_format("%s%s%s", directory ? directory : "", directory ? "/" : "", path);
        look(ret);
        ret->was_there = ret->mode != 0;
        parent = ret->path ? strdup(ret->path) : NULL;
        slash = parent ? strrchr(parent, '/') : NULL;
        if (slash)
                slash[slash == parent] = '\0';
        if (slash && stat(parent, &st) == 0)
                ret->directory = st.st_ino;
}

static void describe_objects(pid_t pid, enum shape shape, const struct user_regs_struct *regs,
                             struct trace_point *ret)
{
        switch (shape) {
        case SHAPE_NONE:
                break;
        case SHAPE_FD:
                describe_fd(pid, (int) argument(regs, 0), &ret->object);
                break;
        case SHAPE_AT_AT:
                describe_at(pid, (int) argument(regs, 2), argument(regs, 3), &ret->other);
                /* fall through */
        case SHAPE_AT:
                describe_at(pid, (int) argument(regs, 0), argument(regs, 1), &ret->object);
                break;
        case SHAPE_PATHS:
                describe_at(pid, AT_FDCWD, argument(regs, 1), &ret->other);
                /* fall through */
        case SHAPE_PATH:
                describe_at(pid, AT_FDCWD, argument(regs, 0), &ret->object);
                break;
        case SHAPE_TEXT_AT:
                describe_at(pid, (int) argument(regs, 1), argument(regs, 2), &ret->object);
                break;
        case SHAPE_TEXT:
                describe_at(pid, AT_FDCWD, argument(regs, 1), &ret->object);
                break;
        }
}

bool trace_describe(pid_t pid, const struct user_regs_struct *regs, struct trace_point *ret)
{
        for (size_t i = 0; i < ARRAY_SIZE(calls); i++) {
                const struct call *call = &calls[i];

                if (call->number != (int) regs->orig_rax)
                        continue;
                if (!counts(pid, call, regs))
                        return false;
                *ret = (struct trace_point){ .name = call->name, .pid = pid };
                ret->output = call->shape == SHAPE_FD && (regs->rdi == 1 || regs->rdi == 2);
                describe_objects(pid, call->shape, regs, ret);
                return true;
        }

        return false;
}

void trace_describe_result(const struct user_regs_struct *regs, struct trace_point *point)
{
        point->result = (long) regs->rax;
        if (point->object.mode == 0)
                look(&point->object);
}

void trace_point_done(struct trace_point *point)
{
        free(point->object.path);
        free(point->other.path);
}
