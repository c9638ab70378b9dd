# SPDX-License-Identifier: LGPL-2.1-or-later
"""Flows by the thousand, and by which port of the switch each of them came."""
import contextlib
import errno
import socket
import struct
import time

from probing import Sniffer, mac_text

SOURCE_PORT = 20000  # of the first flow
PORT = 7
WAIT = 2.0
UDP, TCP = 17, 6


def family_of(address):
    return socket.AF_INET6 if ':' in address else socket.AF_INET


def any_of(address):
    return '::' if ':' in address else '0.0.0.0'


class Packet:
    """What of a frame matters here; `number` is the flow's, from 0."""

    def __init__(self, frame):
        if frame[12:14] == b'\x86\xdd':
            self.protocol, rest = frame[20], frame[54:]
            self.source = socket.inet_ntop(socket.AF_INET6, frame[22:38])
        else:
            self.protocol, rest = frame[23], frame[14 + (frame[14] & 15) * 4:]
            self.source = socket.inet_ntoa(frame[26:30])
        self.hardware = mac_text(frame[6:12])
        source, self.port = struct.unpack('!HH', rest[:4])
        self.number = source - SOURCE_PORT


def packets_of(frames, port=PORT):
    """Those of our flows."""
    found = []
    for frame in frames:
        if frame[12:14] in (b'\x08\x00', b'\x86\xdd') and len(frame) >= 42:
            packet = Packet(frame)
            if packet.protocol in (UDP, TCP) and packet.port == port and packet.number >= 0:
                found.append(packet)
    return found


class Ports:
    """All ports of the host's cables, from now on."""

    def __init__(self, lab, *numbers):
        self.sniffers = {number: Sniffer(lab, 'lan', f'p{number}') for number in numbers}

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for sniffer in self.sniffers.values():
            sniffer.socket.close()

    def packets(self):
        """number of the port: the packets of flows that came in there since the last call."""
        return {number: packets_of(sniffer.frames()) for number, sniffer in self.sniffers.items()}


def echo_datagrams(lab, source, target, address, count, bind=None, device=None):
    """That many flows of one datagram there and back, one after the other; how many came back."""
    answered = 0
    with lab.inside(target):
        server = socket.socket(family_of(address), socket.SOCK_DGRAM)
        server.bind((address, PORT))
        server.settimeout(WAIT)
    with server, lab.inside(source):
        for number in range(count):
            with client_socket(socket.SOCK_DGRAM, address, number, bind, device) as client:
                client.send(struct.pack('!I', number))
                with contextlib.suppress(TimeoutError):
                    server.sendto(*server.recvfrom(16))
                    answered += client.recv(16) == struct.pack('!I', number)
                if number - answered > 20:
                    break  # that is enough to know
    return answered


def client_socket(kind, address, number, bind, device):
    client = socket.socket(family_of(address), kind)
    client.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if kind == socket.SOCK_STREAM:  # ended by a reset: no port is blocked for a minute
        client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack('ii', 1, 0))
    if device:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, device.encode())
    client.settimeout(WAIT)
    client.bind((bind or any_of(address), SOURCE_PORT + number))
    client.connect((address, PORT))
    return client


def connect_many(lab, source, target, address, count, bind=None):
    """That many TCP connections, one after the other; how many were made."""
    made = 0
    with lab.inside(target):
        server = socket.create_server((address, PORT), family=family_of(address), backlog=64)
    with server, lab.inside(source):
        for number in range(count):
            try:
                with client_socket(socket.SOCK_STREAM, address, number, bind, None):
                    server.accept()[0].close()
                    made += 1
            except (TimeoutError, OSError) as error:
                if not isinstance(error, TimeoutError) and error.errno != errno.ETIMEDOUT:
                    raise
                if number - made > 3:
                    break
    return made


def send_paced(lab, source, address, numbers):
    """One packet a millisecond, each a flow of its own; nobody needs to answer."""
    due = time.monotonic()
    with lab.inside(source):
        for number in numbers:
            client = socket.socket(family_of(address), socket.SOCK_DGRAM)
            with client, contextlib.suppress(OSError):  # refused, or no route for a moment: lost
                client.bind((any_of(address), SOURCE_PORT + number))
                client.sendto(b'x', (address, PORT))
            due += 0.001
            while time.monotonic() < due:
                pass
