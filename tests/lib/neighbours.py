# SPDX-License-Identifier: LGPL-2.1-or-later
"""ARP and neighbour discovery on the wire: who says what at which port of the switch, and when."""
import collections
import socket
import struct

from probing import Sniffer, checksum, mac_bytes, mac_text

SO_TIMESTAMPNS = 35
BROADCAST = 'ff:ff:ff:ff:ff:ff'
ALL_NODES = 'ff02::1'

# kind: 'request', 'reply' (ARP), 'solicitation', 'advertisement'; `mac` is what it says of the
# sender, `target_mac` what it says of the target; `at` seconds, of the kernel's stamp.
Said = collections.namedtuple(
    'Said', 'at kind frame_source frame_target sender mac target target_mac flags')


def read_arp(at, frame):
    kind = {1: 'request', 2: 'reply'}.get(frame[21])
    return kind and Said(at, kind, mac_text(frame[6:12]), mac_text(frame[0:6]),
                         socket.inet_ntoa(frame[28:32]), mac_text(frame[22:28]),
                         socket.inet_ntoa(frame[38:42]), mac_text(frame[32:38]), 0)


def read_nd(at, frame):
    """`target` of an advertisement is the address that it speaks of, `mac` where that is."""
    kind = {135: 'solicitation', 136: 'advertisement'}.get(frame[54])
    if frame[20] != 58 or kind is None or frame[21] != 255:
        return None
    length = struct.unpack('!H', frame[18:20])[0]
    if checksum(frame[22:54] + struct.pack('!II', length, 58) + frame[54:54 + length]):
        return None
    option = mac_text(frame[80:86]) if len(frame) >= 86 else None
    return Said(at, kind, mac_text(frame[6:12]), mac_text(frame[0:6]),
                socket.inet_ntop(socket.AF_INET6, frame[22:38]), option,
                socket.inet_ntop(socket.AF_INET6, frame[62:78]), None, frame[58])


class Ear(Sniffer):
    """What is said of neighbours at a device, from now on."""

    def __init__(self, lab, namespace, name):
        super().__init__(lab, namespace, name)
        self.socket.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
        self.heard = []

    def receive(self):
        frame, ancillary, _, (_, _, kind, _, _) = self.socket.recvmsg(2048, 64)
        seconds, nanoseconds = struct.unpack('qq', ancillary[0][2][:16])
        return frame, kind, seconds + nanoseconds / 1e9

    def listen(self):
        """All of it so far."""
        for frame, at in self.stamped_frames():
            said = None
            if frame[12:14] == b'\x08\x06':
                said = read_arp(at, frame)
            elif frame[12:14] == b'\x86\xdd' and len(frame) >= 78:
                said = read_nd(at, frame)
            if said:
                self.heard.append(said)
        return self.heard

    def announcements(self, address):
        """Of this address: gratuitous ones, and what is asked in its name."""
        if ':' in address:
            return [said for said in self.listen()
                    if (said.kind == 'advertisement' and said.target == address)
                    or (said.kind == 'solicitation' and said.sender == address)]
        return [said for said in self.listen() if said.sender == address]


def arp_request(mac, sender, target):
    """The bytes of a broadcast."""
    return (b'\xff' * 6 + mac_bytes(mac) + b'\x08\x06\0\x01\x08\0\x06\x04\0\x01' + mac_bytes(mac)
            + socket.inet_aton(sender) + bytes(6) + socket.inet_aton(target) + bytes(18))


def say(lab, namespace, name, frame):
    with lab.inside(namespace):
        with socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0) as raw:
            raw.bind((name, 0))
            raw.send(frame)
