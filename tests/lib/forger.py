# SPDX-License-Identifier: LGPL-2.1-or-later
"""forger.py DEVICE: answer each ICMP and ICMPv6 echo request that comes in on the device, as the one
that was asked would. Answers are true copies until SIGUSR1; from then on what follows
identifier and sequence is made up."""
import signal
import socket
import struct
import sys

from probing import checksum

ECHO, ECHO6, REPLY, REPLY6 = 8, 128, 0, 129
OUTGOING = 4  # PACKET_OUTGOING


def forged(message, honest):
    """Type, code, checksum, identifier and sequence stay; the checksum is made anew by the caller."""
    return message if honest else message[:8] + bytes(octet ^ 0xff for octet in message[8:])


def answer_v4(frame, honest):
    header = (frame[14] & 15) * 4
    if frame[23] != 1 or frame[14 + header] != ECHO:
        return None
    length = struct.unpack('!H', frame[16:18])[0]
    message = forged(frame[14 + header:14 + length], honest)
    message = bytes([REPLY, 0, 0, 0]) + message[4:]
    message = message[:2] + struct.pack('!H', checksum(message)) + message[4:]
    ip = struct.pack('!BBHHHBBH4s4s', 0x45, 0, 20 + len(message), 0, 0, 64, 1, 0, frame[30:34],
                     frame[26:30])
    ip = ip[:10] + struct.pack('!H', checksum(ip)) + ip[12:]
    return ip + message


def answer_v6(frame, honest):
    if frame[20] != 58 or frame[54] != ECHO6 or frame[38] == 0xff:
        return None
    length = struct.unpack('!H', frame[18:20])[0]
    message = forged(frame[54:54 + length], honest)
    message = bytes([REPLY6, 0, 0, 0]) + message[4:]
    source, target = frame[38:54], frame[22:38]
    pseudo = source + target + struct.pack('!II', len(message), 58)
    message = message[:2] + struct.pack('!H', checksum(pseudo + message)) + message[4:]
    return struct.pack('!IHBB', 0x60000000, len(message), 58, 64) + source + target + message


def answer(frame, honest):
    if len(frame) < 42:
        return None
    packet = None
    if frame[12:14] == b'\x08\x00':
        packet = answer_v4(frame, honest)
    elif frame[12:14] == b'\x86\xdd' and len(frame) >= 62:
        packet = answer_v6(frame, honest)
    return packet and frame[6:12] + frame[0:6] + frame[12:14] + packet


def main(device):
    wire = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
    wire.bind((device, 3))
    made_up = []
    signal.signal(signal.SIGUSR1, lambda *_: made_up.append(True))
    print('copies', flush=True)
    while True:
        frame, (_, _, kind, _, _) = wire.recvfrom(2048)
        reply = answer(frame, not made_up) if kind != OUTGOING else None
        if reply:
            wire.send(reply)


if __name__ == '__main__':
    main(sys.argv[1])
