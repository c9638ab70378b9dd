# SPDX-License-Identifier: LGPL-2.1-or-later
"""As many interfaces and data addresses as there may be, and one more: in files and over the bus."""
import unittest

import tap
from front import options, reload
from gi.repository import GLib
from lab import Lab

INTERFACES, ADDRESSES = 4096, 65536
GROUP_INTERFACES, GROUP_ADDRESSES = 64, 4096
TOO_MANY_INTERFACES = f'{INTERFACES + 1} interfaces in all groups; at most {INTERFACES} are allowed'
TOO_MANY_ADDRESSES = f'{ADDRESSES + 1} data addresses in all groups; at most {ADDRESSES} are allowed'


def full_configuration():
    """No device is there and nothing is anchored: what the kernel takes for so many is not at stake."""
    files = {'ipmp': '[Defaults]\nAnchor=no\n'}
    for group in range(INTERFACES // GROUP_INTERFACES):
        members = range(group * GROUP_INTERFACES, (group + 1) * GROUP_INTERFACES)
        files[f'm{group:02d}'] = '[Group]\nProbeMethod=none\n' + ''.join(f'[Interface no{i}]\n' for i in members)
    for group in range(ADDRESSES // GROUP_ADDRESSES):
        addresses = ' '.join(f'10.{64 + group}.{i // 256}.{i % 256}/12' for i in range(1, GROUP_ADDRESSES + 1))
        files[f'a{group:02d}'] = f'[Group]\nProbeMethod=none\nAddresses={addresses}\n'
    return files


def method_of(lab):
    """A method of a group that takes one string."""
    return lambda group, method, argument: lab.bus.call(f'/org/ipmp/group/{group}', 'org.ipmp.Group', method, '(sa{sv})',
                                                        argument, options())


class Limits(unittest.TestCase):
    def setUp(self):
        self.lab = Lab()
        self.addCleanup(self.lab.close)

    def count(self):
        """Interfaces and addresses by the bus."""
        groups = [known['org.ipmp.Group'] for known in self.lab.bus.objects().values() if 'org.ipmp.Group' in known]
        return sum(len(group['Interfaces']) for group in groups), sum(len(group['Addresses']) for group in groups)

    def refused(self, name, words, method, *arguments):
        with self.assertRaises(GLib.Error) as caught:
            method(*arguments)
        self.assertIn(f'org.ipmp.Error.{name}', caught.exception.message)
        self.assertIn(words, caught.exception.message)

    def test_at_the_limits(self):
        lab = self.lab
        call = method_of(lab)
        lab.configure(**full_configuration(), y='[Group]\nAddresses=10.2.0.9/24\n', z='[Group]\n[Interface one-more]\n')
        lab.start_daemon()
        errors = '\n'.join(lab.bus.manager()['ConfigErrors'])
        self.assertIn(f'y.conf:1: {TOO_MANY_ADDRESSES}', errors)
        self.assertIn(f'z.conf:1: {TOO_MANY_INTERFACES}', errors)
        self.assertEqual(errors.count('\n'), 1, errors)
        self.refused('InvalidConfig', TOO_MANY_ADDRESSES, reload, lab)
        lab.configure(y=None, z=None)
        reload(lab)
        self.refused('LimitReached', TOO_MANY_ADDRESSES, call, 'm00', 'AddAddress', '10.2.0.9/24')
        self.refused('LimitReached', TOO_MANY_INTERFACES, call, 'a00', 'AddInterface', 'eth0')
        self.assertEqual(self.count(), (INTERFACES, ADDRESSES))


if __name__ == '__main__':
    tap.main()
