/*
 * disk-tap: runs a program, writes down what it does to the files under one
 * folder, and lets calls fail on demand.
 *
 *   disk-tap ROOT TRACE RULES program [argument…]
 *
 * TRACE gets one record for each call that changed something, in the order in
 * which the calls ended; a record is written before the program goes on, so
 * whoever hears an answer of the program finds all that led to it in the file.
 * An existing file is continued. `-` writes none. All calls are seen, whether
 * they go through libc or not: the kernel stops the program for us (seccomp,
 * ptrace).
 *
 * RULES is a file that may come, change and go while the program runs. Each
 * line lets calls fail: `class errno part skip count`, as `sync 5 -wal 2 1`:
 * of the syncs of paths that hold "-wal", pass two, fail one with EIO. A count
 * of 0 has no end.
 *
 * The exit code is the program's, or 128 and the number of the signal.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#if defined(__x86_64__)
#define ARCH AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define ARCH AUDIT_ARCH_AARCH64
#include <elf.h>
#else
#error "disk-tap knows x86_64 and aarch64"
#endif

/* What a record tells of; test/faults/trace.ts reads the same numbers. */
enum kind { OPEN = 1, WRITE, TRUNCATE, RENAME, UNLINK, MKDIR, RMDIR, SYNC, UNKNOWN };

/* Classes of calls, as rules name them. */
enum class { C_OPEN, C_WRITE, C_TRUNCATE, C_RENAME, C_UNLINK, C_MKDIR, C_SYNC, C_UNKNOWN };
static const char *const CLASSES[] = {"open", "write", "truncate", "rename", "unlink", "mkdir", "sync", "unknown"};

struct call { long nr; enum class class; };

static const struct call CALLS[] = {
#ifdef SYS_open
    {SYS_open, C_OPEN}, {SYS_creat, C_UNKNOWN}, {SYS_rename, C_RENAME}, {SYS_unlink, C_UNLINK},
    {SYS_rmdir, C_UNLINK}, {SYS_mkdir, C_MKDIR}, {SYS_link, C_UNKNOWN}, {SYS_symlink, C_UNKNOWN},
#endif
#ifdef SYS_renameat
    {SYS_renameat, C_RENAME},
#endif
    {SYS_openat, C_OPEN}, {SYS_openat2, C_UNKNOWN},
    {SYS_write, C_WRITE}, {SYS_pwrite64, C_WRITE}, {SYS_writev, C_WRITE}, {SYS_pwritev, C_WRITE},
    {SYS_pwritev2, C_UNKNOWN}, {SYS_copy_file_range, C_UNKNOWN}, {SYS_sendfile, C_UNKNOWN}, {SYS_fallocate, C_UNKNOWN},
    {SYS_ftruncate, C_TRUNCATE}, {SYS_truncate, C_UNKNOWN},
    {SYS_renameat2, C_RENAME}, {SYS_unlinkat, C_UNLINK}, {SYS_mkdirat, C_MKDIR},
    {SYS_linkat, C_UNKNOWN}, {SYS_symlinkat, C_UNKNOWN},
    {SYS_fsync, C_SYNC}, {SYS_fdatasync, C_SYNC},
};
#define CALL_COUNT (sizeof CALLS / sizeof *CALLS)

struct record { uint32_t kind, error; uint64_t inode, a; uint32_t path, other, data, pad; };

/* A call between its entry and its exit. */
struct pending { pid_t tid; int used; long nr; enum class class; uint64_t args[6], began; char path[PATH_MAX], other[PATH_MAX]; };

struct rule { enum class class; int error; char part[256]; long skip, count, seen; };

static const char *root, *rules_path;
static size_t root_length;
static FILE *trace;
static uint64_t records;
static pid_t child;
static struct pending pendings[512];
static struct rule rules[16];
static int rule_count;
static struct timespec rules_changed;

static void die(const char *what) { perror(what); exit(125); }

static int is_inside(const char *path) {
  return strncmp(path, root, root_length) == 0 && (path[root_length] == '/' || path[root_length] == 0);
}

/* Only what is part of a file that outlives the process is of interest. */
static int is_of_interest(const char *path) {
  size_t length = strlen(path);
  return is_inside(path) && !(length > 4 && strcmp(path + length - 4, "-shm") == 0);
}

static void path_of_fd(pid_t tid, long fd, char *path) {
  char link[64];
  snprintf(link, sizeof link, "/proc/%d/fd/%ld", tid, fd);
  ssize_t length = readlink(link, path, PATH_MAX - 1);
  path[length < 0 ? 0 : length] = 0;
}

static uint64_t inode_of_fd(pid_t tid, long fd) {
  char link[64];
  struct stat found;
  snprintf(link, sizeof link, "/proc/%d/fd/%ld", tid, fd);
  return stat(link, &found) == 0 ? found.st_ino : 0;
}

static uint64_t position_of_fd(pid_t tid, long fd) {
  char name[64];
  unsigned long long position = 0;
  snprintf(name, sizeof name, "/proc/%d/fdinfo/%ld", tid, fd);
  FILE *info = fopen(name, "r");
  if (info == NULL || fscanf(info, "pos: %llu", &position) != 1) die("fdinfo");
  fclose(info);
  return position;
}

static size_t read_memory(pid_t tid, uint64_t address, void *into, size_t size) {
  struct iovec local = {into, size}, remote = {(void *)address, size};
  ssize_t got = process_vm_readv(tid, &local, 1, &remote, 1, 0);
  return got < 0 ? 0 : (size_t)got;
}

/* A path of the program, made absolute. */
static void path_of_memory(pid_t tid, int folder, uint64_t address, char *path) {
  char given[PATH_MAX];
  size_t length = 0;
  while (length < PATH_MAX - 1) {
    /* Not across a page, behind which there may be nothing. */
    size_t most = 4096 - (address + length) % 4096;
    if (most > PATH_MAX - 1 - length) most = PATH_MAX - 1 - length;
    size_t got = read_memory(tid, address + length, given + length, most);
    if (got == 0) break;
    size_t before = length;
    length += got;
    if (memchr(given + before, 0, got)) break;
  }
  given[length] = 0;
  path[0] = 0;
  if (given[0] == '/') {
    strcpy(path, given);
    return;
  }
  if (folder == AT_FDCWD) {
    char link[64];
    snprintf(link, sizeof link, "/proc/%d/cwd", tid);
    ssize_t got = readlink(link, path, PATH_MAX - 1);
    path[got < 0 ? 0 : got] = 0;
  } else {
    path_of_fd(tid, folder, path);
  }
  size_t base = strlen(path);
  snprintf(path + base, PATH_MAX - base, "/%s", given);
}

static void write_record(struct record record, const char *path, const char *other, const void *data) {
  records++;
  if (trace == NULL) return;
  record.path = path ? strlen(path) : 0;
  record.other = other ? strlen(other) : 0;
  fwrite(&record, sizeof record, 1, trace);
  fwrite(path, 1, record.path, trace);
  fwrite(other, 1, record.other, trace);
  fwrite(data, 1, record.data, trace);
  if (fflush(trace) != 0) die("trace");
}

static void read_rules(void) {
  struct stat found;
  if (stat(rules_path, &found) != 0) {
    rule_count = 0;
    rules_changed = (struct timespec){0, 0};
    return;
  }
  if (found.st_mtim.tv_sec == rules_changed.tv_sec && found.st_mtim.tv_nsec == rules_changed.tv_nsec) return;
  rules_changed = found.st_mtim;
  rule_count = 0;
  FILE *file = fopen(rules_path, "r");
  if (file == NULL) return;
  char class[32];
  struct rule rule = {0};
  while (rule_count < 16 && fscanf(file, "%31s %d %255s %ld %ld", class, &rule.error, rule.part, &rule.skip, &rule.count) == 5)
    for (size_t i = 0; i < sizeof CLASSES / sizeof *CLASSES; i++)
      if (strcmp(class, CLASSES[i]) == 0) {
        rule.class = i;
        rules[rule_count++] = rule;
      }
  fclose(file);
}

/* The error that a call shall fail with, or 0. */
static int fault_of(const struct pending *call) {
  read_rules();
  for (int i = 0; i < rule_count; i++) {
    struct rule *rule = &rules[i];
    if (rule->class != call->class) continue;
    if (strcmp(rule->part, "*") != 0 && !strstr(call->path, rule->part) && !strstr(call->other, rule->part)) continue;
    long seen = rule->seen++;
    if (seen >= rule->skip && (rule->count == 0 || seen < rule->skip + rule->count)) return rule->error;
  }
  return 0;
}

/* Lets the call the program is about to make fail without happening. */
static void refuse(pid_t tid, int error) {
#if defined(__x86_64__)
  ptrace(PTRACE_POKEUSER, tid, offsetof(struct user_regs_struct, orig_rax), -1L);
  ptrace(PTRACE_POKEUSER, tid, offsetof(struct user_regs_struct, rax), (long)-error);
#else
  struct user_regs_struct registers;
  struct iovec all = {&registers, sizeof registers};
  int none = -1;
  struct iovec number = {&none, sizeof none};
  ptrace(PTRACE_GETREGSET, tid, NT_PRSTATUS, &all);
  registers.regs[0] = -error;
  ptrace(PTRACE_SETREGSET, tid, NT_PRSTATUS, &all);
  ptrace(PTRACE_SETREGSET, tid, NT_ARM_SYSTEM_CALL, &number);
#endif
}

/* Fills in what a call is about. Returns whether that is of interest. */
static int describe(struct pending *call) {
  pid_t tid = call->tid;
  uint64_t *args = call->args;
  call->path[0] = call->other[0] = 0;
  switch (call->nr) {
#ifdef SYS_open
    case SYS_open: case SYS_creat: case SYS_unlink: case SYS_rmdir: case SYS_mkdir:
      path_of_memory(tid, AT_FDCWD, args[0], call->path);
      break;
    case SYS_rename: case SYS_link:
      path_of_memory(tid, AT_FDCWD, args[0], call->path);
      path_of_memory(tid, AT_FDCWD, args[1], call->other);
      break;
    case SYS_symlink:
      path_of_memory(tid, AT_FDCWD, args[1], call->path);
      break;
#endif
    case SYS_openat: case SYS_openat2: case SYS_unlinkat: case SYS_mkdirat:
      path_of_memory(tid, args[0], args[1], call->path);
      break;
#ifdef SYS_renameat
    case SYS_renameat:
#endif
    case SYS_renameat2: case SYS_linkat:
      path_of_memory(tid, args[0], args[1], call->path);
      path_of_memory(tid, args[2], args[3], call->other);
      break;
    case SYS_symlinkat:
      path_of_memory(tid, args[1], args[2], call->path);
      break;
    case SYS_truncate:
      path_of_memory(tid, AT_FDCWD, args[0], call->path);
      break;
    case SYS_copy_file_range:
      path_of_fd(tid, args[2], call->path);
      break;
    default: /* all others name a descriptor first; what is written to, for sendfile */
      path_of_fd(tid, args[0], call->path);
  }
  return is_of_interest(call->path) || is_of_interest(call->other);
}

static void tell_write(const struct pending *call, long written) {
  static char data[64 * 1024 * 1024];
  pid_t tid = call->tid;
  const uint64_t *args = call->args;
  struct record record = {.kind = WRITE, .inode = inode_of_fd(tid, args[0])};
  int has_position = call->nr == SYS_pwrite64 || call->nr == SYS_pwritev;
  record.a = has_position ? args[3] : position_of_fd(tid, args[0]) - written;
  if ((size_t)written > sizeof data) die("a write larger than the buffer");
  if (call->nr == SYS_write || call->nr == SYS_pwrite64) {
    record.data = read_memory(tid, args[1], data, written);
  } else {
    struct iovec parts[1024];
    size_t count = read_memory(tid, args[1], parts, args[2] * sizeof *parts) / sizeof *parts;
    for (size_t i = 0; i < count && record.data < (size_t)written; i++) {
      size_t size = parts[i].iov_len;
      if (size > (size_t)written - record.data) size = written - record.data;
      record.data += read_memory(tid, (uint64_t)parts[i].iov_base, data + record.data, size);
    }
  }
  if (record.data != (size_t)written) die("memory of the program");
  write_record(record, NULL, NULL, data);
}

/* Writes down a call that has ended. */
static void tell(const struct pending *call, long result) {
  const uint64_t *args = call->args;
  struct record record = {0};
  if (call->class == C_SYNC) {
    record = (struct record){.kind = SYNC, .error = result < 0 ? -result : 0, .inode = inode_of_fd(call->tid, args[0]), .a = call->began};
    write_record(record, call->path, NULL, NULL);
    return;
  }
  if (result < 0) return;
  struct stat found;
  switch (call->class) {
    case C_OPEN:
      record.kind = OPEN;
      record.inode = inode_of_fd(call->tid, result);
      record.a = call->nr == SYS_openat ? args[2] : args[1];
      write_record(record, call->path, NULL, NULL);
      break;
    case C_WRITE:
      if (result > 0) tell_write(call, result);
      break;
    case C_TRUNCATE:
      record.kind = TRUNCATE;
      record.inode = inode_of_fd(call->tid, args[0]);
      record.a = args[1];
      write_record(record, NULL, NULL, NULL);
      break;
    case C_RENAME:
      record.kind = RENAME;
      write_record(record, call->path, call->other, NULL);
      break;
    case C_UNLINK: {
      int is_folder = call->nr == SYS_unlinkat && (args[2] & AT_REMOVEDIR);
#ifdef SYS_rmdir
      is_folder |= call->nr == SYS_rmdir;
#endif
      record.kind = is_folder ? RMDIR : UNLINK;
      write_record(record, call->path, NULL, NULL);
      break;
    }
    case C_MKDIR:
      record.kind = MKDIR;
      record.inode = stat(call->path, &found) == 0 ? found.st_ino : 0;
      write_record(record, call->path, NULL, NULL);
      break;
    default:
      record.kind = UNKNOWN;
      record.a = call->nr;
      write_record(record, call->path, call->other, NULL);
  }
}

static struct pending *find_pending(pid_t tid, int may_make) {
  struct pending *spare = NULL;
  for (size_t i = 0; i < sizeof pendings / sizeof *pendings; i++) {
    if (pendings[i].used && pendings[i].tid == tid) return &pendings[i];
    if (!pendings[i].used && spare == NULL) spare = &pendings[i];
  }
  if (!may_make) return NULL;
  if (spare == NULL) die("too many calls at once");
  spare->tid = tid;
  spare->used = 1;
  return spare;
}

/* A call begins. Returns how the program is to go on: to the call's exit, or freely. */
static int enter(pid_t tid) {
  struct __ptrace_syscall_info info;
  if (ptrace(PTRACE_GET_SYSCALL_INFO, tid, sizeof info, &info) <= 0) return PTRACE_CONT;
  struct pending *call = find_pending(tid, 1);
  call->nr = info.seccomp.nr;
  call->began = records;
  memcpy(call->args, info.seccomp.args, sizeof call->args);
  for (size_t i = 0; i < CALL_COUNT; i++)
    if (CALLS[i].nr == call->nr) call->class = CALLS[i].class;
  call->used = describe(call);
  if (!call->used) return PTRACE_CONT;
  int error = fault_of(call);
  if (error == 0) return PTRACE_SYSCALL;
  refuse(tid, error);
  tell(call, -error);
  call->used = 0;
  return PTRACE_CONT;
}

static void leave(pid_t tid) {
  struct __ptrace_syscall_info info;
  struct pending *call = find_pending(tid, 0);
  if (call == NULL || ptrace(PTRACE_GET_SYSCALL_INFO, tid, sizeof info, &info) <= 0) return;
  if (info.op != PTRACE_SYSCALL_INFO_EXIT) return;
  tell(call, info.exit.rval);
  call->used = 0;
}

/* The kernel stops the program at the calls of the table only. */
static void install_filter(void) {
  struct sock_filter filter[CALL_COUNT + 6];
  size_t at = 0;
  filter[at++] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, arch));
  filter[at++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ARCH, 1, 0);
  filter[at++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS);
  filter[at++] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr));
  for (size_t i = 0; i < CALL_COUNT; i++)
    filter[at++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, CALLS[i].nr, CALL_COUNT - i, 0);
  filter[at++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
  filter[at++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_TRACE);
  struct sock_fprog program = {at, filter};
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) die("no_new_privs");
  if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) != 0) die("seccomp");
}

static void run_child(char **argv) {
  if (ptrace(PTRACE_TRACEME, 0, 0, 0) != 0) die("ptrace");
  raise(SIGSTOP);
  install_filter();
  execvp(argv[0], argv);
  die(argv[0]);
}

static void pass_on(int signal) { kill(child, signal); }

/* Goes on until the program has ended. Returns its exit code. */
static int follow(void) {
  for (;;) {
    int status;
    pid_t tid = waitpid(-1, &status, __WALL);
    if (tid < 0) {
      if (errno == EINTR) continue;
      die("waitpid");
    }
    if (WIFEXITED(status) || WIFSIGNALED(status)) {
      struct pending *call = find_pending(tid, 0);
      if (call != NULL) call->used = 0;
      if (tid == child) return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
      continue;
    }
    int stop = WSTOPSIG(status), event = status >> 16, how = PTRACE_CONT, signal = 0;
    if (event == PTRACE_EVENT_SECCOMP) how = enter(tid);
    else if (stop == (SIGTRAP | 0x80)) leave(tid);
    /* A thread that has just been made stops once before it begins. */
    else if (event == 0 && stop != SIGSTOP) signal = stop;
    ptrace(how, tid, 0, signal);
  }
}

int main(int argc, char **argv) {
  if (argc < 5) {
    fprintf(stderr, "usage: disk-tap ROOT TRACE RULES program [argument...]\n");
    return 125;
  }
  root = argv[1];
  root_length = strlen(root);
  rules_path = argv[3];
  if (strcmp(argv[2], "-") != 0 && (trace = fopen(argv[2], "a")) == NULL) die(argv[2]);
  child = fork();
  if (child < 0) die("fork");
  if (child == 0) run_child(argv + 4);
  int status;
  if (waitpid(child, &status, 0) < 0) die("waitpid");
  long options = PTRACE_O_TRACESECCOMP | PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACECLONE | PTRACE_O_TRACEFORK |
                 PTRACE_O_TRACEVFORK | PTRACE_O_TRACEEXEC | PTRACE_O_EXITKILL;
  if (ptrace(PTRACE_SETOPTIONS, child, 0, options) != 0) die("ptrace options");
  signal(SIGTERM, pass_on);
  signal(SIGINT, pass_on);
  ptrace(PTRACE_CONT, child, 0, 0);
  return follow();
}
