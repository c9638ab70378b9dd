# SPDX-License-Identifier: LGPL-2.1-or-later
"""What the tests of members that another program manages look at: packets to each address of the
first member while its cable is pulled and put back, and what is left when the group is gone."""
import unittest

from front import MANAGER_IFACE
from lab import difference, wait_until

# Repaired after some three seconds, not thirteen.
BARE = '[Group]\nFailureDetectionTime=2s\n[Interface eth0]\n[Interface eth1]\n'


class Hosted(unittest.TestCase):
    def group(self, lab, *addresses, v6_from='cli'):
        """A group over what is on eth0 (addresses) and eth1, and packets to each of them from the
        client, by IPv6 from that namespace."""
        self.lab = lab
        self.addresses = addresses
        self.pulled = [0] * len(addresses)
        self.before = lab.picture()
        lab.configure(front=BARE)
        lab.start_daemon()
        for address in addresses:
            wait_until(lambda a=address: lab.bus.place('front', a) == 'eth0', f'{address} adopted')
        self.flows = [lab.flow('udp', v6_from if ':' in address else 'cli', 'host', address,
                               7000 + number, 500) for number, address in enumerate(addresses)]
        for flow in self.flows:
            flow.after(50)

    def accept_losses(self, **wanted):
        """What is lost by now is no fault of ours."""
        for number, flow in enumerate(self.flows):
            report = flow.unbroken()
            for field, value in wanted.items():
                self.assertEqual(report[field], value, report)
            self.pulled[number] = report['lost']

    def nothing_lost(self):
        """But what was in a cable when it was pulled."""
        for number, flow in enumerate(self.flows):
            report = flow.settled()
            self.assertEqual(report['lost'], self.pulled[number],
                             f'{report}\n{self.lab.ipmpctl("history").stdout}')

    def pull(self):
        self.lab.cable(0, False)
        self.lab.wait_on('eth1', *self.addresses)
        self.accept_losses()

    def mend(self):
        self.lab.cable(0, True)
        self.lab.wait_on('eth0', *self.addresses)
        self.nothing_lost()

    def codes(self):
        """What `check` finds about managers."""
        found = self.lab.bus.call('/org/ipmp', MANAGER_IFACE, 'Check', '(a{sv})', {})
        return {(item['code'], item['interface']) for item in found
                if item['code'] in ('network-manager', 'networkd')}

    def given_back(self, *accepted):
        self.lab.ipmpctl('delete', 'front')
        changes = [line for line in difference(self.before, self.lab.picture())
                   if not line.startswith('neigh') and not any(word in line for word in accepted)]
        self.assertEqual(changes, [])
