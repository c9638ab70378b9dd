# SPDX-License-Identifier: LGPL-2.1-or-later
"""freeze.py THREAD: stop this one thread, whose process goes on, say `frozen`, and hold it until it
is killed."""
import ctypes
import os
import sys

PTRACE_SEIZE, PTRACE_INTERRUPT = 0x4206, 0x4207
WALL = 0x40000000  # threads, too

thread = int(sys.argv[1])
libc = ctypes.CDLL(None, use_errno=True)
libc.ptrace.argtypes = [ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p]
for request in (PTRACE_SEIZE, PTRACE_INTERRUPT):
    if libc.ptrace(request, thread, None, None) != 0:
        sys.exit(f'ptrace {request:#x} {thread}: {os.strerror(ctypes.get_errno())}')
status = os.waitpid(thread, WALL)[1]
print('frozen' if os.WIFSTOPPED(status) else f'status {status}', flush=True)
while os.WIFSTOPPED(status):
    status = os.waitpid(thread, WALL)[1]
