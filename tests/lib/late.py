# SPDX-License-Identifier: LGPL-2.1-or-later
"""late.py DELAY LATER: answer ICMP echo requests in place of this namespace's kernel, which should be
told to ignore them, DELAY seconds late; after SIGUSR1 LATER seconds."""
import heapq
import select
import signal
import socket
import sys
import time

from forger import ECHO, REPLY
from probing import checksum


def answer_to(packet):
    """The message without its header, made an answer; or None."""
    message = packet[(packet[0] & 15) * 4:]
    if message[0] != ECHO:
        return None
    message = bytes([REPLY, 0, 0, 0]) + message[4:]
    return message[:2] + checksum(message).to_bytes(2, 'big') + message[4:]


def main(delays):
    signal.signal(signal.SIGUSR1, lambda *_: delays.pop(0))
    raw = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP)
    queue = []
    print('ready', flush=True)
    while True:
        wait = max(0.0, queue[0][0] - time.monotonic()) if queue else None
        if select.select([raw], [], [], wait)[0]:
            packet, (source, _) = raw.recvfrom(2048)
            message = answer_to(packet)
            if message:
                heapq.heappush(queue, (time.monotonic() + delays[0], source, message))
        while queue and queue[0][0] <= time.monotonic():
            _, source, message = heapq.heappop(queue)
            raw.sendto(message, (source, 0))


if __name__ == '__main__':
    main([float(word) for word in sys.argv[1:]])
