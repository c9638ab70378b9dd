# SPDX-License-Identifier: LGPL-2.1-or-later
"""What tools/demo shows, inside privbus.sh."""
import subprocess
import sys
import time

from lab import IPMPCTL, Lab, wait_until

CONFIG = '''[Group]
FailureDetectionTime=100ms

[Interface eth0]
Addresses=10.2.0.10/24 fd00:2::10/64
TestAddresses=10.2.0.110/24

[Interface eth1]
Addresses=10.2.0.11/24 fd00:2::11/64
TestAddresses=10.2.0.111/24
'''
PICTURE = '''
    host                 switch            router              client
   ┌───────────┐        ┌────────┐        ┌──────────┐        ┌───────────┐
   │ ipmpd eth0├────────┤ p0     │        │ 10.2.0.1 │        │ 10.3.0.2  │
   │           │        │      pr├────────┤eth0  eth1├────────┤ fd00:3::2 │
   │       eth1├────────┤ p1     │        │fd00:2::1 │        │           │
   └───────────┘        └────────┘        └──────────┘        └───────────┘
'''
ALL = {'10.2.0.10': 'eth0', 'fd00:2::10': 'eth0', '10.2.0.11': 'eth1', 'fd00:2::11': 'eth1'}
PACKETS, CONNECTION = '10.2.0.10', 'fd00:2::10'
RATE = 1000
BOLD, PLAIN = ('\033[1m', '\033[0m') if sys.stdout.isatty() else ('', '')


def now_us():
    return time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000


def title(text):
    print(f'\n{BOLD}── {text} {"─" * (74 - len(text))}{PLAIN}', flush=True)


def show(*arguments):
    """As a person would see it; status tells health by its exit status, so that is no error here."""
    print(f'{BOLD}$ ipmpctl {" ".join(arguments)}{PLAIN}', flush=True)
    return subprocess.run([IPMPCTL, *arguments], stdin=subprocess.DEVNULL, check=False).returncode


class Demo:
    def __init__(self, lab):
        self.lab = lab
        self.events = []  # (what, begin_us, milliseconds until all was in its place)
        self.problems = []

    def prepare(self):
        self.lab.configure(front=CONFIG)
        print(CONFIG.rstrip())
        self.lab.start_daemon()
        for address, device in ALL.items():
            self.lab.wait_on(device, address)
        # as an administrator would have it; it is not ipmpd's
        self.lab.add_default_routes()
        wait_until(lambda: self.lab.ping('cli', CONNECTION), 'the host from the client')
        wait_until(self.is_probed, 'answers to probes')
        self.packets = self.lab.flow('udp', 'rtr', 'host', PACKETS, 7000, RATE)
        self.connection = self.lab.flow('tcp', 'cli', 'host', CONNECTION, 7001, 200)
        self.pass_packets(300)

    def is_probed(self):
        return all(self.lab.bus.interface(f'eth{n}')['ProbeState'] == 'ok' for n in (0, 1))

    def forward(self, yes):
        """The switch, on the port of eth0: its link stays up whatever happens there."""
        self.lab.run('lan', 'bridge', 'link', 'set', 'dev', 'p0', 'state', '3' if yes else '0')

    def pass_packets(self, count):
        target = self.packets.look()['sent'] + count
        wait_until(lambda: self.packets.look()['sent'] >= target, 'packets being sent', 10)

    def event(self, what, action, device, addresses):
        """Do it, wait until the addresses are on the device and packets had time to be missed."""
        title(what)
        begin = now_us()
        action()
        for address in addresses:
            try:
                self.lab.wait_on(device, address, deadline=10)
            except AssertionError:
                self.problems.append(f'{address} was not on {device} after: {what}')
        self.events.append((what, begin))
        self.pass_packets(1000)
        show('status')

    def run(self):
        lab = self.lab
        away = ('10.2.0.10', 'fd00:2::10')
        self.event('the cable of eth0 is pulled', lambda: lab.cable(0, False), 'eth1', away)
        self.event('the cable of eth0 is put back', lambda: lab.cable(0, True), 'eth0', away)
        self.event('the switch forwards nothing to eth0', lambda: self.forward(False), 'eth1', away)
        self.event('the switch forwards again', lambda: self.forward(True), 'eth0', away)
        self.event('eth0 is removed from the machine', lambda: lab.unplug(0), 'eth1', away)
        self.event('eth0 is there again', lambda: lab.plug(0), 'eth0', away)

    def check(self):
        for address, device in ALL.items():
            if not self.lab.on(address, device):
                self.problems.append(f'{address} is on {self.lab.devices_with(address)}, not {device}')
            elif not self.lab.ping('cli', address):
                self.problems.append(f'{address} does not answer the client')
        self.connection_report = self.connection.finish()
        self.packet_report = self.packets.finish()
        if self.connection_report['error']:
            self.problems.append(f'the connection broke: {self.connection_report["error"]}')
        if self.packet_report['unanswered']:
            self.problems.append(f'the last {self.packet_report["unanswered"]} packets went unanswered')

    def lost_between(self, begin, end):
        gaps = [gap for gap in self.packet_report['gaps'] if begin - 2000 <= gap['at_us'] < end]
        return sum(gap['lost'] for gap in gaps), sum(gap['forward'] for gap in gaps)

    def summary(self):
        title('what it cost')
        print(f'{"event":36} {"packets lost":>12}  {"outage":>8}')
        ends = [begin for _, begin in self.events[1:]] + [now_us()]
        told = 0
        for (what, begin), end in zip(self.events, ends):
            lost, _ = self.lost_between(begin, end)
            told += lost
            outage = f'{lost * 1000 / RATE:.0f} ms' if lost else '< 1 ms'
            print(f'{what:36} {lost:12}  {outage:>8}')
        report, connection = self.packet_report, self.connection_report
        print(f'\n{report["sent"]} packets, {RATE} a second, from the router to {PACKETS} and back: '
              f'{report["lost"]} lost')
        if report['lost'] > told:
            print(f'({report["lost"] - told} of them apart from the events)')
        print(f'one TCP connection from the client to {CONNECTION}: {connection["rounds"]} rounds, '
              f'longest stall {connection["stall_us"] / 1000:.0f} ms, '
              f'{"BROKEN" if connection["error"] else "never broken"}')


def main():
    begun = time.monotonic()
    title('a host with two network cards in one group')
    print(PICTURE)
    with Lab(members=2) as lab:
        demo = Demo(lab)
        demo.prepare()
        title(f'before; {RATE} packets a second and a TCP connection are under way')
        show('status')
        demo.run()
        title('what moved where, and why')
        show('history')
        demo.check()
        demo.summary()
    for problem in demo.problems:
        print(f'LOST: {problem}')
    verdict = 'something was lost' if demo.problems else 'every address and the connection came through'
    print(f'\n{BOLD}{verdict}{PLAIN} ({time.monotonic() - begun:.0f} s)')
    return 1 if demo.problems else 0


if __name__ == '__main__':
    sys.exit(main())
