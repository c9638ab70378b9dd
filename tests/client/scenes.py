# SPDX-License-Identifier: LGPL-2.1-or-later
"""What the mock shows. Ages are in the middle of the unit that is printed, so that a slow test run
prints the same."""
import json
import re
import time
import urllib.parse

from gi.repository import GLib

GROUP = 'org.ipmp.Group'
INTERFACE = 'org.ipmp.Interface'
MANAGER = 'org.ipmp.Manager'
SECOND = 1000000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR


def label(name):
    if not name:
        return '_'
    return ''.join(chr(b) if chr(b).isascii() and (chr(b).isalpha() or (chr(b).isdigit() and i > 0))
                   else '_%02x' % b for i, b in enumerate(name.encode()))


def group_path(name):
    return '/org/ipmp/group/' + label(name)


def interface_path(name):
    return '/org/ipmp/interface/' + label(name) if name else '/'


def variants(signatures, values):
    return {key: GLib.Variant(signatures[key], value) for key, value in values.items()}


INTERFACE_SIGNATURES = {
    'Name': 's', 'Index': 'u', 'HardwareAddress': 's', 'Group': 'o', 'State': 's',
    'LinkState': 's', 'ProbeState': 's', 'Active': 'b', 'Standby': 'b', 'Reason': 's',
    'StateSinceUSec': 't', 'HoldUntilUSec': 't', 'Flags': 'as', 'TestAddresses': 'as',
    'Addresses': 'as', 'TargetMode': 's', 'Targets': 'as'}
GROUP_SIGNATURES = {
    'Name': 's', 'State': 's', 'Reason': 's', 'Anonymous': 'b', 'Temporary': 'b',
    'ConfigPath': 's', 'FailureDetectionMSec': 'u', 'FailureDetectionInherited': 'b',
    'CurrentFailureDetectionMSec': 'u', 'Failback': 'b', 'FailbackInherited': 'b',
    'ProbeMethod': 's', 'ProbeTargets': 'as', 'ProbeTargetsOnly': 'b', 'ProbeFailures': 'u',
    'ProbeRepairs': 'u', 'RepairDelayMSec': 'u', 'Interfaces': 'ao', 'ActiveInterfaces': 'ao',
    'InactiveInterfaces': 'ao', 'Addresses': 'aa{sv}', 'Failovers': 't', 'LastFailoverUSec': 't'}
MANAGER_SIGNATURES = {
    'Version': 's', 'State': 's', 'Groups': 'ao', 'Interfaces': 'ao',
    'DefaultFailureDetectionMSec': 'u', 'DefaultFailback': 'b', 'TrackUngrouped': 'b',
    'LinkPollMSec': 'u', 'ConfigErrors': 'as'}


def interface(name, group, age_usec, **values):
    values.setdefault('State', 'ok')
    values.setdefault('LinkState', 'up')
    values.setdefault('ProbeState', 'disabled')
    values.setdefault('TargetMode', 'disabled')
    values['Name'] = name
    values['Group'] = group_path(group)
    values['StateSinceUSec'] = time.time_ns() // 1000 - age_usec
    if 'HoldUntilUSec' in values:
        values['HoldUntilUSec'] += time.time_ns() // 1000
    return {interface_path(name): {INTERFACE: variants(INTERFACE_SIGNATURES, values)}}


def address(text, where, home, state='up', source='config'):
    return {'address': GLib.Variant('s', text),
            'interface': GLib.Variant('o', interface_path(where)),
            'home': GLib.Variant('o', interface_path(home)),
            'state': GLib.Variant('s', state), 'source': GLib.Variant('s', source)}


def group(name, state, interfaces, addresses, **values):
    values = {'FailureDetectionMSec': 10000, 'FailureDetectionInherited': True, 'Failback': True,
              'FailbackInherited': True, 'ProbeMethod': 'auto', 'ProbeFailures': 5,
              'ProbeRepairs': 10, 'Name': name, 'State': state,
              'Interfaces': [interface_path(i) for i in interfaces], 'Addresses': addresses,
              **values}
    return {group_path(name): {GROUP: variants(GROUP_SIGNATURES, values)}}


def scene(state, *objects, **values):
    paths = {}
    for item in objects:
        paths.update(item)
    values = {'Version': '0.1.0', 'State': state, 'DefaultFailureDetectionMSec': 10000,
              'DefaultFailback': True, 'LinkPollMSec': 10,
              'Groups': [p for p in paths if '/group/' in p],
              'Interfaces': [p for p in paths if '/interface/' in p], **values}
    return {'/org/ipmp': {MANAGER: variants(MANAGER_SIGNATURES, values)}, **paths}


def description(objects):
    """What the service's Describe says of a scene."""
    def name(path):
        if path == '/':
            return None
        escaped = path.rpartition('/')[2].replace('_', '%')
        return urllib.parse.unquote(escaped) if escaped != '%' else ''

    def value(variant):
        kind = variant.get_type_string()
        if kind == 'o':
            return name(variant.unpack())
        if kind == 'ao':
            return [name(path) for path in variant.unpack()]
        if kind == 'aa{sv}':
            return [{key: value(variant.get_child_value(i).lookup_value(key, None))
                     for key in variant.get_child_value(i).unpack()}
                    for i in range(variant.n_children())]
        return variant.unpack()

    def describe(properties, signatures):
        empty_of = {'s': '', 'u': 0, 't': 0, 'b': False, 'o': '', 'as': [], 'ao': [], 'aa{sv}': []}
        return {re.sub(r'(?<=[a-z])(?=[A-Z])', '-', key).lower():
                value(properties[key]) if key in properties else empty_of[kind]
                for key, kind in signatures.items()}

    def all_of(interface, signatures):
        return [describe(found[interface], signatures) for found in objects.values()
                if interface in found]

    manager = all_of(MANAGER, MANAGER_SIGNATURES)[0]
    return json.dumps({**manager, 'groups': all_of(GROUP, GROUP_SIGNATURES),
                       'interfaces': all_of(INTERFACE, INTERFACE_SIGNATURES)})


def empty():
    return scene('ok')


def well():
    return scene(
        'ok',
        interface('eth0', 'front', 3 * DAY + 12 * HOUR, Active=True, Flags=['running'], Index=1002,
                  HardwareAddress='02:00:00:00:00:01', Addresses=['192.0.2.10/24']),
        interface('eth1', 'front', 5 * HOUR + 30 * MINUTE, Standby=True, Index=1003,
                  Flags=['running', 'standby', 'inactive'],
                  HardwareAddress='02:00:00:00:00:02'),
        group('front', 'ok', ['eth0', 'eth1'], [address('192.0.2.10/24', 'eth0', 'eth0')],
              ActiveInterfaces=[interface_path('eth0')]))


def broken():
    """One of everything that can be wrong, and names that strain the columns."""
    return scene(
        'degraded',
        interface('eth0', 'front', 3 * MINUTE + 30 * SECOND, State='failed', LinkState='down',
                  Reason='link-down', Flags=['failed'], Index=1002,
                  HardwareAddress='02:00:00:00:00:01', TestAddresses=['192.0.2.110/24']),
        interface('eth1', 'front', 3 * DAY + 12 * HOUR, Active=True, Flags=['running'], Index=1003,
                  HardwareAddress='02:00:00:00:00:02', ProbeState='ok', TargetMode='routes',
                  Addresses=['192.0.2.10/24', '2001:db8:1234:5678:9abc:def0:1234:5678/64'],
                  TestAddresses=['192.0.2.111/24'], Targets=['192.0.2.1', '192.0.2.2']),
        interface('enp129s0f1np1.9', 'front', 5 * HOUR + 30 * MINUTE, Active=True, Standby=True,
                  Flags=['running', 'standby'], Index=1004, HardwareAddress='02:00:00:00:00:03',
                  Addresses=['192.0.2.20/24']),
        interface('eth3', 'front', 90 * MINUTE, State='offline', Reason='offline',
                  Flags=['running', 'offline'], Index=1005, HardwareAddress='02:00:00:00:00:04'),
        interface('usb0', 'front', 12 * MINUTE + 30 * SECOND, State='missing', LinkState='unknown',
                  Reason='removed', Flags=['missing']),
        interface('eth5', 'back-office', 2 * MINUTE + 30 * SECOND, State='failed',
                  LinkState='up', Reason='flapping', Flags=['running', 'failed'], Index=1006,
                  HoldUntilUSec=5 * MINUTE + 30 * SECOND,
                  HardwareAddress='02:00:00:00:00:05'),
        interface('eth6', 'back-office', 2 * HOUR + 30 * MINUTE, Flags=['running', 'inactive'],
                  Reason='link-up', Index=1007, HardwareAddress='02:00:00:00:00:06'),
        group('front', 'degraded', ['eth0', 'eth1', 'enp129s0f1np1.9', 'eth3', 'usb0'],
              [address('192.0.2.10/24', 'eth1', 'eth0'),
               address('192.0.2.20/24', 'enp129s0f1np1.9', ''),
               address('192.0.2.30/24', '', 'eth1', 'withdrawn', 'adopted'),
               address('192.0.2.40/24', 'eth0', 'eth0', 'down'),
               address('2001:db8:1234:5678:9abc:def0:1234:5678/64', 'eth1', 'eth1')],
              FailureDetectionMSec=1000, FailureDetectionInherited=False,
              CurrentFailureDetectionMSec=2500, Failback=False, FailbackInherited=False,
              ProbeTargets=['192.0.2.1', '192.0.2.2'], RepairDelayMSec=30000, Failovers=3,
              LastFailoverUSec=1767225600123456, ConfigPath='/etc/ipmp/groups.d/front.conf'),
        group('back-office', 'degraded', ['eth5', 'eth6'], [], Temporary=True),
        group('spare', 'failed', [], []),
        ConfigErrors=['/etc/ipmp/groups.d/lab.conf:7: FailureDetectionTime: 1ms is not in '
                      '10ms-1h'])


def failed():
    return scene(
        'failed',
        interface('eth0', 'front', 3 * MINUTE + 30 * SECOND, State='failed', LinkState='down',
                  Reason='admin-down', Flags=['failed'], Index=1002),
        interface('eth1', 'front', 4 * MINUTE + 30 * SECOND, State='failed', LinkState='down',
                  Reason='link-down', Flags=['failed'], Index=1003),
        group('front', 'failed', ['eth0', 'eth1'],
              [address('192.0.2.10/24', 'eth1', 'eth0', 'down')], Reason='link-down'))


def many_troubles():
    return scene('failed', *(interface(f'm{n}', f'g{n}', MINUTE, State='failed', LinkState='down', Reason='link-down',
                                       Flags=['failed'], Index=1010 + n) for n in range(5)),
                 *(group(f'g{n}', 'failed', [f'm{n}'], []) for n in range(5)))


def watched():
    """Everything probed, slowly, and an interface of no group beside it."""
    return scene(
        'ok',
        interface('eth0', 'front', 3 * MINUTE + 30 * SECOND, Active=True, Flags=['running'], Index=1002,
                  HardwareAddress='02:00:00:00:00:01', ProbeState='ok', TargetMode='routes',
                  TestAddresses=['192.0.2.110/24'], Addresses=['192.0.2.10/24'],
                  Targets=['192.0.2.1', '192.0.2.2']),
        interface('eth1', 'front', 3 * MINUTE + 30 * SECOND, State='unknown', ProbeState='unknown',
                  Active=True, Flags=['running'], Index=1003, TargetMode='multicast',
                  HardwareAddress='02:00:00:00:00:02', TestAddresses=['192.0.2.111/24']),
        interface('eth2', '', 90 * MINUTE, State='failed', LinkState='down', Reason='link-down',
                  Flags=['failed'], Index=1004, HardwareAddress='02:00:00:00:00:03'),
        group('front', 'ok', ['eth0', 'eth1'], [address('192.0.2.10/24', 'eth0', 'eth0')],
              FailureDetectionMSec=100, FailureDetectionInherited=False,
              CurrentFailureDetectionMSec=1400),
        group('', 'failed', ['eth2'], [], Anonymous=True))


def examples():
    """What the rules of ipmpstat give as examples."""
    return scene(
        'degraded',
        interface('eth0', 'front', HOUR, State='offline', Reason='duplicate-hwaddr', Index=1002,
                  Flags=['running', 'offline', 'duplicate']),
        interface('eth1', 'front', HOUR, Active=True, Flags=['running'], Index=1003, ProbeState='ok',
                  TargetMode='routes', TestAddresses=['192.0.2.111/24'],
                  Addresses=['192.0.2.10/24'], Targets=['192.0.2.1', 'fe80::1', '192.0.2.2']),
        interface('eth2', 'front', HOUR, Standby=True, Index=1004, ProbeState='ok', TargetMode='arp',
                  Flags=['running', 'standby', 'inactive'], Targets=['192.0.2.1']),
        group('front', 'degraded', ['eth0', 'eth1', 'eth2'],
              [address('192.0.2.10/24', 'eth1', 'eth0')], CurrentFailureDetectionMSec=10000))


def spreading():
    """Three members that send, of which one has an address of another subnet alone."""
    return scene(
        'ok',
        interface('eth0', 'front', HOUR, Active=True, Flags=['running'], Index=1002,
                  Addresses=['192.0.2.10/24', '2001:db8::10/64']),
        interface('eth1', 'front', HOUR, Active=True, Flags=['running'], Index=1003,
                  TestAddresses=['192.0.2.111/24']),
        interface('eth2', 'front', HOUR, Active=True, Flags=['running'], Index=1004,
                  Addresses=['198.51.100.7/25']),
        group('front', 'ok', ['eth0', 'eth1', 'eth2'],
              [address('192.0.2.10/24', 'eth0', 'eth0'), address('2001:db8::10/64', 'eth0', 'eth0'),
               address('198.51.100.7/25', 'eth2', 'eth2')]))


def hostile():
    """Names as the kernel would take them, made to upset a terminal."""
    return scene(
        'ok',
        interface('e\u0301th\u65e5\u672c', 'front', 3 * MINUTE + 30 * SECOND, Active=True,
                  Flags=['running']),
        interface('a\033[31mred', 'front', 3 * MINUTE + 30 * SECOND, Active=True,
                  Flags=['running']),
        group('front', 'ok', ['e\u0301th\u65e5\u672c', 'a\033[31mred'], []))


def separators():
    """A name with what the formats for programs have for themselves."""
    return scene('ok', interface('a:b\\c"d', 'front', MINUTE, Active=True, Flags=['running']),
                 group('front', 'ok', ['a:b\\c"d'], []))


def event(sequence, kind, usec=1767225600123456, **values):
    strings = {key: '' for key in ('group', 'interface', 'address', 'from', 'to', 'reason',
                                   'detail')}
    strings.update({key.rstrip('_'): value for key, value in values.items()})
    return {'sequence': GLib.Variant('t', sequence), 'usec': GLib.Variant('t', usec),
            'event': GLib.Variant('s', kind),
            **{key: GLib.Variant('s', value) for key, value in strings.items()}}


def events():
    return [
        event(6, 'probing', 1767225606000000, group='front', reason='fdt-raised',
              detail='100 ms cannot be kept, 1.4 s can'),
        event(5, 'kernel', 1767225605000000, reason='resync', detail='lost messages'),
        event(4, 'configuration', 1767225604000000, group='back', reason='config'),
        event(3, 'address-state', 1767225603000000, group='front', address='192.0.2.30/24',
              to='withdrawn', reason='withdrawn'),
        event(2, 'address-moved', group='front', address='192.0.2.10/24', from_='eth0',
              to='eth1', reason='failover'),
        event(1, 'interface-state', group='front', interface='eth0', from_='ok', to='failed',
              reason='link-down'),
    ]


def devices():
    def device(name, index, media, suitable, reason='', group_name=None, addresses=()):
        entry = {'name': GLib.Variant('s', name), 'index': GLib.Variant('u', index),
                 'hardware-address': GLib.Variant('s', '' if media == 'loopback' else
                                                  f'02:00:00:00:00:{index:02x}'),
                 'media': GLib.Variant('s', media), 'addresses': GLib.Variant('as', addresses),
                 'suitable': GLib.Variant('b', suitable), 'reason': GLib.Variant('s', reason)}
        if group_name:
            entry['group'] = GLib.Variant('o', group_path(group_name))
        return entry
    return [device('lo', 1, 'loopback', False, 'loopback', addresses=['127.0.0.1/8', '::1/128']),
            device('eth0', 2, 'ethernet', True, group_name='front'),
            device('eth9', 9, 'ethernet', True, addresses=['198.51.100.9/24'])]


def targets():
    def target(text, source, state, rtt, age_usec=0):
        answered = time.time_ns() // 1000 - age_usec if age_usec else 0
        return {'address': GLib.Variant('s', text), 'source': GLib.Variant('s', source),
                'state': GLib.Variant('s', state), 'rtt-usec': GLib.Variant('t', rtt),
                'deviation-usec': GLib.Variant('t', rtt // 4),
                'last-answer-usec': GLib.Variant('t', answered)}
    return [target('192.0.2.1', 'configured', 'active', 1234, 3 * MINUTE + 30 * SECOND),
            target('fe80::1', 'router', 'dead', 0)]


def advice(severities=('error', 'warning', 'info')):
    """One of each of these severities."""
    rows = (('error', 'not-on-link', 'front', 'eth3', 'eth3 is not on the link of eth0 and eth1',
             'check the cable and the VLAN of its switch port'),
            ('warning', 'single-member', 'spare', '', 'spare has one member only',
             'ipmpctl add spare INTERFACE'),
            ('info', 'no-outbound', 'front', 'eth1', 'eth1 is active without an IPv4 address', ''))
    keys = ('severity', 'code', 'group', 'interface', 'message', 'advice')
    return [{key: GLib.Variant('s', word) for key, word in zip(keys, row)}
            for row in rows if row[0] in severities]
