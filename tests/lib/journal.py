# SPDX-License-Identifier: LGPL-2.1-or-later
"""Stands where systemd-journald does, at its sockets in the private /run, and keeps what is sent there
in its native protocol: a datagram an entry, or a descriptor of a file when it is large."""
import array
import os
import pathlib
import socket
import struct
import threading

DIRECTORY = pathlib.Path('/run/systemd/journal')


class Journal:
    def __init__(self):
        DIRECTORY.mkdir(parents=True, exist_ok=True)
        self.entries = []
        self.native = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.native.setsockopt(socket.SOL_SOCKET, 33, 16 << 20)  # SO_RCVBUFFORCE
        self.native.bind(str(DIRECTORY / 'socket'))
        listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        listener.bind(str(DIRECTORY / 'stdout'))
        listener.listen(8)
        self.listener = listener
        # The kernel queues few datagrams: who does not read holds up the one that writes.
        threading.Thread(target=self.receive, daemon=True).start()

    def stderr(self):
        """For a service whose standard error leads here, by which it knows where it is."""
        stream = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        stream.connect(str(DIRECTORY / 'stdout'))
        return stream

    def receive(self):
        while True:
            data, ancillary, _, _ = self.native.recvmsg(1 << 20, 256)
            for level, kind, descriptors in ancillary:
                if level == socket.SOL_SOCKET and kind == socket.SCM_RIGHTS:
                    with open(array.array('i', descriptors)[0], 'rb') as file:
                        data = os.pread(file.fileno(), 1 << 24, 0)
            self.entries.append(fields_of(data))

    def read(self):
        """All entries so far, each a dictionary of texts."""
        return list(self.entries)

    def close(self):
        """The reader ends with the process."""
        self.listener.close()
        for path in DIRECTORY.iterdir():
            path.unlink()


def fields_of(data):
    fields = {}
    while data:
        name, _, rest = data.partition(b'\n')
        if b'=' in name:
            name, _, value = name.partition(b'=')
        else:
            length = struct.unpack('<Q', rest[:8])[0]
            value, rest = rest[8:8 + length], rest[9 + length:]
        fields[name.decode()] = value.decode('utf-8', 'replace')
        data = rest
    return fields
