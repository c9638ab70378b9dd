# SPDX-License-Identifier: LGPL-2.1-or-later
"""Routes of others, of every kind and in every table, are used by packets before, during and after
a failover, and are what they were."""
import json
import re
import unittest

import tap
from front import EVENTS, GROUP, GROUP_IFACE, V4, wait_state
from lab import Lab, difference, wait_until
from routes import MAIN, TABLES, prepare, wait_answered

BARE = '[Group]\n[Interface eth0]\n[Interface eth1]\n'
OWN = [(0, '10.2.0.10/24'), (0, '10.2.0.12/24'), (0, 'fd00:2::10/64'), (0, 'fd00:2::12/64'),
       (1, '10.2.0.11/24'), (1, 'fd00:2::11/64')]
ALL = (MAIN, TABLES)


def delete_group(lab):
    lab.bus.call(GROUP, GROUP_IFACE, 'Delete', '(a{sv})', {})


def settled_picture(lab):
    """IPv6 addresses arrive a little after they were asked for."""
    previous = None

    def same_twice():
        nonlocal previous
        now = lab.picture()
        same, previous = now == previous, now
        return same

    wait_until(same_twice, 'a quiet host')
    return previous


def without_ours(picture):
    """Ours stand in front of what is others'; the anchors are on lo. In what order the kernel's own
    connected routes stand behind ours has no meaning; with the group it will."""
    ours = ('"protocol": "73"', '"table": "local"', '"ifname": "lo"')
    return {kind: sorted(without_quotes(line) for line in lines
                         if not any(word in line for word in ours))
            for kind, lines in picture.items() if kind != 'sysctl'}


def without_quotes(line):
    """Of routes by nexthop objects the kernel quotes the hops with nexthop_compat_mode=1 alone."""
    entry = json.loads(line)
    if 'nhid' in entry:
        entry = {key: value for key, value in entry.items()
                 if key not in ('dev', 'gateway', 'nexthops')}
    return json.dumps(entry, sort_keys=True)


def in_order(line):
    """An IPv6 hop that the kernel took out of several is put back behind the others."""
    route = json.loads(line)
    route.get('nexthops', []).sort(key=lambda hop: hop['dev'])
    return json.dumps(route, sort_keys=True)


def by_name(picture):
    """A card that is plugged in again has another number, and stands last."""
    numbers = re.compile(r'"(ifindex|link_index|link_netnsid)": \d+(, )?')
    return {**picture, 'addr': sorted(numbers.sub('', line) for line in picture['addr']),
            'route -6': sorted(map(in_order, picture['route -6']))}


def wait_same(what, before, look):
    try:
        wait_until(lambda: difference(before, look()) == [], what, deadline=5)
    except AssertionError:
        raise AssertionError('\n'.join([f'not {what}:', *difference(before, look())])) from None


class Routes(unittest.TestCase):
    def used_throughout(self, event):
        break_it, mend_it, _, state = EVENTS[event]
        with Lab(addresses=OWN) as lab:
            prepare(lab, *ALL)
            wait_answered(lab, 'without a group', *ALL)
            before = settled_picture(lab)
            lab.configure(front=BARE)
            lab.start_daemon()
            lab.wait_on('eth0', V4)
            wait_until(lambda: lab.bus.place('front', 'fd00:2::12') == 'eth0', 'adopted')
            wait_answered(lab, 'before', *ALL)
            wait_same('the same with a group', without_ours(before),
                      lambda: without_ours(lab.picture()))
            break_it(lab)
            wait_state(lab, 'eth0', state)
            lab.wait_on('eth1', '10.2.0.10', '10.2.0.12', 'fd00:2::10', 'fd00:2::12')
            wait_answered(lab, 'during', *ALL)
            mend_it(lab)
            lab.wait_on('eth0', '10.2.0.10', '10.2.0.12', 'fd00:2::10', 'fd00:2::12')
            wait_state(lab, 'eth0', 'ok')
            wait_answered(lab, 'after', *ALL)
            wait_same('as before after failback', without_ours(by_name(before)),
                      lambda: without_ours(by_name(lab.picture())))
            delete_group(lab)
            wait_same('as before after Delete', by_name(before), lambda: by_name(lab.picture()))
            wait_answered(lab, 'without a group again', *ALL)

    def test_carrier_loss(self):
        self.used_throughout('carrier')

    def test_admin_down(self):
        self.used_throughout('admin')

    def test_unplug(self):
        self.used_throughout('unplug')


if __name__ == '__main__':
    tap.main()
