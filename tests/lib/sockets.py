#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Sockets of an application and of a prober, to be run within a namespace.

    sockets.py source ADDRESS [DEVICE]      the address that a datagram socket, bound to the device
                                            if there is one, would send from; "none" without a route
    sockets.py probe DEVICE SOURCE TARGET   one echo request from this address by this device (by the
                                            packet's own information, the socket is bound to
                                            nothing): "answer", "no answer", or why it was not sent
    sockets.py listen GROUP DEVICE...       "ready", then what comes to the multicast group on them
    sockets.py say GROUP WORD [DEVICE]      send to it
"""
import os
import select
import socket
import struct
import sys
import time

IP_MULTICAST_ALL = 49  # linux/in.h
IP_PKTINFO = 8  # linux/in.h; Python does not have it
WAIT = 1.0


def family_of(address):
    return socket.AF_INET6 if ':' in address else socket.AF_INET


def source(address, device=None):
    with socket.socket(family_of(address), socket.SOCK_DGRAM) as sock:
        if device:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, device.encode())
        try:
            sock.connect((address, 9))
        except OSError as error:
            return 'none' if error.errno in (101, 113) else str(error)
        return sock.getsockname()[0]


def checksum(data):
    total = sum(struct.unpack(f'!{len(data) // 2}H', data))
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    return ~total & 0xffff


class Probe:
    def __init__(self, device, sender, target):
        self.index = socket.if_nametoindex(device)
        self.target = target
        self.ipv6 = ':' in target
        self.cookie = os.urandom(16)
        self.id = os.getpid() & 0xffff
        own = socket.inet_pton(family_of(sender), sender)
        if self.ipv6:
            self.sock = socket.socket(socket.AF_INET6, socket.SOCK_RAW, socket.IPPROTO_ICMPV6)
            self.sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_RECVPKTINFO, 1)
            self.sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_UNICAST_HOPS, 1)
            self.info = (socket.IPPROTO_IPV6, socket.IPV6_PKTINFO, own + struct.pack('i', self.index))
        else:
            self.sock = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP)
            self.sock.setsockopt(socket.IPPROTO_IP, IP_PKTINFO, 1)
            self.sock.setsockopt(socket.IPPROTO_IP, socket.IP_TTL, 1)
            self.info = (socket.IPPROTO_IP, IP_PKTINFO, struct.pack('i4s4s', self.index, own, bytes(4)))

    def send(self):
        kind = 128 if self.ipv6 else 8
        packet = struct.pack('!BBHHH', kind, 0, 0, self.id, 1) + self.cookie
        if not self.ipv6:
            packet = packet[:2] + struct.pack('!H', checksum(packet)) + packet[4:]
        where = (self.target, 0, 0, 0) if self.ipv6 else (self.target, 0)
        self.sock.sendmsg([packet], [self.info], 0, where)

    def arrived_on(self, ancillary):
        for _, kind, data in ancillary:
            if self.ipv6 and kind == socket.IPV6_PKTINFO:
                return struct.unpack_from('i', data, 16)[0]
            if not self.ipv6 and kind == IP_PKTINFO:
                return struct.unpack_from('i', data)[0]
        return 0

    def is_answer(self):
        data, ancillary, _, sender = self.sock.recvmsg(2000, 200)
        if not self.ipv6:
            data = data[(data[0] & 15) * 4:]
        return data[0] == (129 if self.ipv6 else 0) and data[8:] == self.cookie \
            and sender[0] == self.target and self.arrived_on(ancillary) == self.index

    def wait(self):
        end = time.monotonic() + WAIT
        while (left := end - time.monotonic()) > 0:
            if select.select([self.sock], [], [], left)[0] and self.is_answer():
                return 'answer'
        return 'no answer'


def listen(group, *devices):
    """Joined on these devices: what is received, line by line, for ever."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.bind((group, 5000))
        for device in devices:
            request = socket.inet_aton(group) + bytes(4) \
                + struct.pack('i', socket.if_nametoindex(device))
            sock.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, request)
        sock.setsockopt(socket.IPPROTO_IP, IP_MULTICAST_ALL, 0)
        print('ready', flush=True)
        while True:
            print(sock.recv(2000).decode(), flush=True)


def say(group, word, device=None):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_LOOP, 0)
        if device:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, device.encode())
        sock.sendto(word.encode(), (group, 5000))
    return 'said'


def probe(device, sender, target):
    one = Probe(device, sender, target)
    try:
        one.send()
    except OSError as error:
        return str(error)
    return one.wait()


if __name__ == '__main__':
    print({'source': source, 'probe': probe, 'listen': listen, 'say': say}[sys.argv[1]](*sys.argv[2:]))
