# SPDX-License-Identifier: LGPL-2.1-or-later
"""Connections that were opened by either side, a megabyte a second in each direction, go on byte for
byte through six failovers of six kinds, with the service started anew in between."""
import unittest

import tap
from front import V4, V6, call_interface, wait_state
from lab import Lab, wait_until
from probing import port_state
from streams import End

CONFIG = '''[Group]
FailureDetectionTime=200ms
ProbeTargets=10.2.0.1

[Interface eth0]
TestAddresses=10.2.0.110/24
Addresses=10.2.0.10/24 fd00:2::10/64

[Interface eth1]
TestAddresses=10.2.0.111/24
Addresses=10.2.0.11/24 fd00:2::11/64
'''
# name: from, to, address, source
CONNECTIONS = {
    'from the client, IPv4': ('cli', 'host', V4, None),
    'from the client, IPv6': ('cli', 'host', V6, None),
    'to the client, IPv4': ('host', 'cli', '10.3.0.2', V4),
    'to the client, IPv6': ('host', 'cli', 'fd00:3::2', V6),
}
# name: what breaks member 0, what mends it, the state that it is in meanwhile
FAILOVERS = {
    'carrier': (lambda lab: lab.cable(0, False), lambda lab: lab.cable(0, True), 'failed'),
    'admin down': (lambda lab: lab.admin(0, False), lambda lab: lab.admin(0, True), 'failed'),
    'unplug': (lambda lab: lab.unplug(0), lambda lab: lab.plug(0), 'missing'),
    'silent': (lambda lab: port_state(lab, 0, True), lambda lab: port_state(lab, 0, False),
               'failed'),
    'offline': (lambda lab: call_interface(lab, 'eth0', 'Offline'),
                lambda lab: call_interface(lab, 'eth0', 'Online'), 'offline'),
    'restart': (lambda lab: restart_between(lab), lambda lab: lab.cable(0, True), 'failed'),
}


def restart_between(lab):
    """The link is lost, the service ends with everything moved, and begins anew."""
    lab.cable(0, False)
    lab.wait_on('eth1', V4, V6)
    lab.stop_daemon()
    lab.start_daemon()


class LongConnections(unittest.TestCase):
    def flows_again(self, ends, when):
        """Half a megabyte more in each direction of each connection."""
        before = [end.look()['received'] for end in ends]
        for end, had in zip(ends, before):
            wait_until(lambda e=end, h=had: e.look()['received'] >= h + (1 << 19),
                       f'bytes {when}: {end.process.args}')

    def test_six_failovers(self):
        with Lab() as lab:
            lab.add_address(0, '10.2.0.10/24')
            lab.add_address(0, 'fd00:2::10/64')
            lab.add_default_routes()
            lab.configure(front=CONFIG)
            lab.start_daemon()
            for name in ('eth0', 'eth1'):
                wait_until(lambda n=name: lab.bus.interface(n)['ProbeState'] == 'ok', f'{name} ok')
            pairs = {}
            for number, (name, (source, target, address, bind)) in enumerate(CONNECTIONS.items()):
                server = End(lab, target, 'listen', address, 7000 + number)
                client = End(lab, source, 'connect', address, 7000 + number, *([bind] if bind else []))
                pairs[name] = (client, server)
            ends = [end for pair in pairs.values() for end in pair]
            self.flows_again(ends, 'before')
            for name, (break_it, mend_it, state) in FAILOVERS.items():
                break_it(lab)
                lab.wait_on('eth1', V4, V6)
                wait_state(lab, 'eth0', state)
                self.flows_again(ends, f'after {name}')
                mend_it(lab)
                lab.wait_on('eth0', V4, V6)
                wait_state(lab, 'eth0', 'ok')
                self.flows_again(ends, f'mended after {name}')
            for name, (client, server) in pairs.items():
                client.stop()
                server.stop()
                sent, received = client.finish(), server.finish()
                print(f'# {name}: {sent["sent"]} and {received["sent"]} bytes, longest silence '
                      f'{max(sent["stall"], received["stall"]):.2f} s', flush=True)
                with self.subTest(connection=name):
                    self.assertEqual((sent['error'], received['error']), ('', ''))
                    # Far above what a failover takes on a busy machine, far below what neighbours find by themselves.
                    self.assertLess(max(sent['stall'], received['stall']), 10)
                    for one, other in ((sent, received), (received, sent)):
                        self.assertGreater(one['sent'], 6 << 20)
                        self.assertEqual(one['sent'], other['received'])
                        self.assertEqual(one['sent-hash'], other['received-hash'])


if __name__ == '__main__':
    tap.main()
