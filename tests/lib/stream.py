#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""One TCP connection with a steady stream in each direction, whose bytes are compared by their hash.

    stream.py listen ADDRESS PORT [SOURCE [RATE]]   "ready", then one connection; SOURCE is of no use
    stream.py connect ADDRESS PORT [SOURCE [RATE]]  "ready" once it is there; an empty SOURCE is none

Each end sends RATE bytes a second (1 MiB if not given) of its own random bytes until SIGTERM (SIGUSR1: a line in between),
closes its direction, reads to the end, and tells as JSON what it sent and received: bytes, SHA-256
of all of it, the longest time without a byte, and the error that ended it, "" if none."""
import hashlib
import json
import random
import select
import signal
import socket
import sys
import time

RATE = 1 << 20  # bytes a second
PIECE = 16384
GIVE_UP = 300.0  # seconds without a byte: TCP waits twice as long as the last outage was, each time


class Stream:
    def __init__(self, sock, rate):
        self.sock = sock
        self.rate = rate
        self.random = random.Random()
        self.sent, self.received = 0, 0
        self.sent_hash, self.received_hash = hashlib.sha256(), hashlib.sha256()
        self.rest = b''
        self.closed = False
        self.begun = self.heard = time.monotonic()
        self.stall = 0.0
        self.error = ''

    def report(self, final=False):
        text = {'sent': self.sent, 'received': self.received, 'stall': self.stall,
                'error': self.error}
        if final:
            text |= {'sent-hash': self.sent_hash.hexdigest(),
                     'received-hash': self.received_hash.hexdigest()}
        print(json.dumps(text), flush=True)

    def read(self):
        """False: that was the end."""
        piece = self.sock.recv(1 << 18)
        self.received_hash.update(piece)
        self.received += len(piece)
        now = time.monotonic()
        self.stall = max(self.stall, now - self.heard)
        self.heard = now
        return bool(piece)

    def write(self):
        if not self.rest:
            self.rest = self.random.randbytes(PIECE)
            self.sent_hash.update(self.rest)
        done = self.sock.send(self.rest)
        self.rest = self.rest[done:]
        self.sent += done

    def due(self):
        return self.rest or self.sent < (time.monotonic() - self.begun) * self.rate

    def run(self, stopped, asked):
        self.sock.setblocking(False)
        while True:
            if asked:
                asked.clear()
                self.report()
            if stopped and not self.rest and not self.closed:
                self.sock.shutdown(socket.SHUT_WR)
                self.closed = True
            writing = [self.sock] if not self.closed and self.due() else []
            readable, writable, _ = select.select([self.sock], writing, [], 0.005)
            if readable and not self.read():
                if self.closed:
                    return
                stopped.append(True)  # the other end has said all; so do we
                readable = []
                self.drain(stopped)
                return
            if writable:
                self.write()
            if time.monotonic() - self.heard > GIVE_UP:
                raise TimeoutError(f'nothing received for {GIVE_UP} s')

    def drain(self, stopped):
        """What was begun goes out."""
        self.sock.setblocking(True)
        while self.rest:
            self.write()
        if not self.closed:
            self.sock.shutdown(socket.SHUT_WR)


def connection(mode, address, port, source=None):
    family = socket.AF_INET6 if ':' in address else socket.AF_INET
    if mode == 'listen':
        with socket.create_server((address, int(port)), family=family) as server:
            print('ready', flush=True)
            return server.accept()[0]
    sock = socket.socket(family, socket.SOCK_STREAM)
    if source:
        sock.bind((source, 0))
    sock.connect((address, int(port)))
    print('ready', flush=True)
    return sock


def main():
    stopped, asked = [], []
    signal.signal(signal.SIGTERM, lambda *_: stopped.append(True))
    signal.signal(signal.SIGUSR1, lambda *_: asked.append(True))
    rate = int(sys.argv[5]) if len(sys.argv) > 5 else RATE
    stream = Stream(connection(*sys.argv[1:5]), rate)
    try:
        stream.run(stopped, asked)
    except OSError as error:
        stream.error = str(error) or repr(error)
    stream.report(final=True)


if __name__ == '__main__':
    main()
