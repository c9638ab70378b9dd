# SPDX-License-Identifier: LGPL-2.1-or-later
"""lock.py: who has nothing to do but to ask for the lock of all who change devices (RTNL), once a millisecond until
SIGTERM, and then tells how long it waited for it and for a turn on the processor, in us: [[begin, end], ...], worst."""
import ctypes
import fcntl
import json
import signal
import socket
import struct
import time

SIOCETHTOOL, ETHTOOL_GLINK = 0x8946, 0xa
PERIOD_NS = 1000000
TOLD_NS = 500000


def main():
    stopped = []
    signal.signal(signal.SIGTERM, lambda *_: stopped.append(True))
    value = (ctypes.c_uint32 * 2)(ETHTOOL_GLINK)
    request = struct.pack('16sP', b'lo', ctypes.addressof(value)).ljust(40, b'\0')
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        waits, late_ns = [], 0
        print('ready', flush=True)
        due = time.monotonic_ns()
        while not stopped:
            due = max(due + PERIOD_NS, time.monotonic_ns())
            time.sleep(max(0, due - time.monotonic_ns()) / 1e9)
            begin = time.monotonic_ns()
            late_ns = max(late_ns, begin - due)
            fcntl.ioctl(any_socket, SIOCETHTOOL, request)
            end = time.monotonic_ns()
            if end - begin > TOLD_NS:
                waits.append((begin // 1000, end // 1000))
    print(json.dumps({'waits': waits, 'late_us': late_ns // 1000}), flush=True)


main()
