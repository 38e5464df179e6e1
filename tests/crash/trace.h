/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/text.h"

#include <sys/types.h>

/* Runs a program and all that it starts, and stops it at each call that changes something, or that makes a
 * change durable: those are its points, counted from 1. x86_64 only: a call is skipped through its registers.
 */

/* What a point is about: an entry of a directory, or an open file. */
struct trace_object {
        char *path;      /* as the kernel names it now; NULL where the call has no such object */
        dev_t device;    /* of the file; 0 when it is not there (yet) */
        ino_t inode;     /* after the call, for one that makes it */
        ino_t directory; /* of the directory that has the entry; 0 for a descriptor */
        mode_t mode;     /* type and permissions; 0 when it is not there */
        bool was_there;  /* before the call */
};

struct trace_point {
        const char *name; /* of the system call */
        pid_t pid;
        struct trace_object object, other; /* other: the new name of a rename or link */
        bool output;                       /* a write to stdout or stderr */
        long result;                       /* of the call; only when recorded */
};

struct trace_record {
        struct trace_point *points;
        size_t n;
};

void trace_record_done(struct trace_record *record);
#define _cleanup_record_ _cleanup_(trace_record_done)

enum trace_action {
        TRACE_COUNT,   /* nothing is done */
        TRACE_KILL,    /* all are killed right after the call */
        TRACE_SIGNAL,  /* they get SIGTERM right after the call, once */
        TRACE_FAIL,    /* the call is not made and fails */
        TRACE_FAIL_ON, /* and so does each after it, but for output */
        TRACE_CALL,    /* hook(userdata) is called before the call */
};

struct trace_plan {
        enum trace_action action;
        size_t at;
        int error; /* positive errno */
        void (*hook)(void *userdata);
        void *userdata;
        struct trace_record *record; /* NULL: points are only counted */
};

struct trace_result {
        int status; /* exit code, or -signal */
        size_t n_points;
        bool reached;    /* the program got to plan->at, and it was not passed over */
        char *out, *err; /* what was printed, at most 64 KiB of each */
};

/* A program that takes longer than a minute is killed: status is -SIGKILL. TRACE_FAIL passes output over. */
_must_check_ int trace_run(const char *const *argv, const struct trace_plan *plan, struct trace_result *ret);
void trace_result_done(struct trace_result *result);
#define _cleanup_trace_ _cleanup_(trace_result_done)

/* trace-calls.c: what the tracer knows of system calls. */

struct user_regs_struct;

/* The program of the filter, for a child that asks to be traced: stops at the calls of the table alone. */
_must_check_ int trace_filter_install(void);
/* Whether the call that is about to be made is a point; fills in all but the result. */
bool trace_describe(pid_t pid, const struct user_regs_struct *regs, struct trace_point *ret);
/* After the call: what it made. */
void trace_describe_result(const struct user_regs_struct *regs, struct trace_point *point);
void trace_point_done(struct trace_point *point);
