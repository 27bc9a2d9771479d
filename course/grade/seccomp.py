"""A filter of system calls for the sandbox: no new processes, no way out, no memory that no limit counts.

With one process and its address space limited, a fork bomb cannot start and all memory together is limited,
also where there are no control groups. Threads are allowed. The numbers are Linux's (seccomp(2), BPF).
"""

import errno
import platform
import struct

# name of the call -> its number on (x86_64, aarch64); None where it does not exist
_FORBIDDEN = {
    "fork": (57, None),
    "vfork": (58, None),
    "unshare": (272, 97),
    "setns": (308, 268),
    "ptrace": (101, 117),
    "process_vm_readv": (310, 270),
    "process_vm_writev": (311, 271),
    "mount": (165, 40),
    "umount2": (166, 39),
    "add_key": (248, 217),
    "request_key": (249, 218),
    "keyctl": (250, 219),
    "bpf": (321, 280),
    "perf_event_open": (298, 241),
    "userfaultfd": (323, 282),
    "io_uring_setup": (425, 425),
    "memfd_create": (319, 279),  # memory that RLIMIT_AS does not see
    "memfd_secret": (447, 447),
    "shmget": (29, 194),
}
_CLONE, _CLONE3 = (56, 220), 435
_ARCHITECTURES = {"x86_64": (0, 0xC000003E), "aarch64": (1, 0xC00000B7)}
_CLONE_THREAD = 0x00010000

_LOAD, _EQUAL, _AT_LEAST, _HAS_BITS, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
_ALLOW, _KILL, _ERROR = 0x7FFF0000, 0x80000000, 0x00050000
_NUMBER, _ARCHITECTURE, _FIRST_ARGUMENT = 0, 4, 16  # where they stand in struct seccomp_data


def program(machine=None):
    """The filter as bytes for `bwrap --seccomp`. Raises NotImplementedError for another processor."""
    machine = machine or platform.machine()
    if machine not in _ARCHITECTURES:
        raise NotImplementedError(f"no filter of system calls for {machine}")
    column, architecture = _ARCHITECTURES[machine]
    denied = _RETURN, 0, 0, _ERROR | errno.EPERM
    absent = _RETURN, 0, 0, _ERROR | errno.ENOSYS  # then libc takes the older call, which we can look into
    steps = [(_LOAD, 0, 0, _ARCHITECTURE), (_EQUAL, 1, 0, architecture), (_RETURN, 0, 0, _KILL)]
    steps += [(_LOAD, 0, 0, _NUMBER), (_AT_LEAST, 0, 1, 0x40000000), absent]  # x32: other numbers
    steps += [(_EQUAL, 0, 1, _CLONE3), absent]
    for numbers in _FORBIDDEN.values():
        if numbers[column] is not None:
            steps += [(_EQUAL, 0, 1, numbers[column]), denied]
    steps += [(_EQUAL, 0, 3, _CLONE[column]), (_LOAD, 0, 0, _FIRST_ARGUMENT)]
    steps += [(_HAS_BITS, 1, 0, _CLONE_THREAD), denied, (_RETURN, 0, 0, _ALLOW)]
    return b"".join(struct.pack("=HBBI", *step) for step in steps)
