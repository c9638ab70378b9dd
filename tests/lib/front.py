# SPDX-License-Identifier: LGPL-2.1-or-later
"""The group that most tests of the netns suite begin with, and the ways to break a member."""
from gi.repository import GLib

from lab import Lab, wait_until

GROUP = '/org/ipmp/group/front'
GROUP_IFACE = 'org.ipmp.Group'
INTERFACE_IFACE = 'org.ipmp.Interface'
MANAGER_IFACE = 'org.ipmp.Manager'
V4, V6 = '10.2.0.10', 'fd00:2::10'

FRONT = '''[Group]

[Interface eth0]
Addresses=10.2.0.10/24 fd00:2::10/64

[Interface eth1]
Addresses=10.2.0.11/24 fd00:2::11/64
'''

# event: what breaks member 0, what mends it, the reason that is told, the state it is in meanwhile
EVENTS = {
    'carrier': (lambda lab: lab.cable(0, False), lambda lab: lab.cable(0, True), 'link-down',
                'failed'),
    'admin': (lambda lab: lab.admin(0, False), lambda lab: lab.admin(0, True), 'admin-down',
              'failed'),
    'unplug': (lambda lab: lab.unplug(0), lambda lab: lab.plug(0), 'removed', 'missing'),
}


def interface_path(name):
    return f'/org/ipmp/interface/{name}'


def front_lab(config=FRONT, lab=Lab, **options):
    """A lab (of that class) with the group up."""
    lab = lab(**options)
    try:
        lab.configure(front=config)
        lab.start_daemon()
        wait_until(lambda: lab.bus.group('front'), 'the group front')
    except BaseException:
        lab.failed = True
        lab.close()
        raise
    return lab


def wait_state(lab, interface, state):
    wait_until(lambda: (lab.bus.interface(interface) or {}).get('State') == state,
               f'{interface} {state} (is {lab.bus.interface(interface)})')


def wait_group(lab, state, group='front'):
    wait_until(lambda: (lab.bus.group(group) or {}).get('State') == state,
               f'group {group} {state} (is {lab.bus.group(group)})')


def options(**values):
    """a{sv} of strings, booleans, numbers and lists of strings."""
    signatures = {str: 's', bool: 'b', int: 'u', list: 'as'}
    return {name.replace('_', '-'): GLib.Variant(signatures[type(value)], value)
            for name, value in values.items()}


def call_group(lab, method, *arguments, **given):
    """A method whose arguments are strings, then options."""
    return lab.bus.call(GROUP, GROUP_IFACE, method, f'({"s" * len(arguments)}a{{sv}})', *arguments,
                        options(**given))


def call_interface(lab, name, method, **given):
    return lab.bus.call(interface_path(name), INTERFACE_IFACE, method, '(a{sv})', options(**given))


def reload(lab):
    return lab.bus.call('/org/ipmp', MANAGER_IFACE, 'Reload', '(a{sv})', {})
