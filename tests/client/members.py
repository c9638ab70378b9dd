# SPDX-License-Identifier: LGPL-2.1-or-later
"""One row for each method, signal and error of the API: how a client of any kind is made to use it.
test_clients.py holds the rows against the introspection data: no member can be without one."""
import pathlib
import xml.etree.ElementTree as ElementTree

XML = pathlib.Path(__file__).resolve().parents[2] / 'introspection'
ROOT, FRONT, BACK = '/org/ipmp', '/org/ipmp/group/front', '/org/ipmp/group/back'
ETH0, ETH1, ETH2 = (f'/org/ipmp/interface/eth{number}' for number in range(3))
PATHS = {'Manager': ROOT, 'Group': FRONT, 'Interface': ETH0}

CONFIG = '''[Group]
FailureDetectionTime=200ms
ProbeTargets=192.0.2.1
ProbeTargetsOnly=yes

[Interface eth0]
Addresses=192.0.2.10/24
TestAddresses=192.0.2.110/24

[Interface eth1]
'''


def interfaces():
    """{'Manager': its element of the XML...}"""
    return {name: ElementTree.parse(XML / f'org.ipmp.{name}.xml').getroot().find('interface')
            for name in PATHS}


def members(*kinds):
    return sorted(f'{name}.{member.get("name")}' for name, face in interfaces().items()
                  for kind in kinds for member in face.findall(kind))


def errors():
    return [annotation.get('value').split() for annotation in interfaces()['Manager']
            if annotation.get('name') == 'org.ipmp.Errors'][0]


def is_set(state, path, interface, key, value):
    return state.get(path, {}).get(f'org.ipmp.{interface}', {}).get(key) == value


# In order: (member, path, arguments in GVariant's text form, what is so afterwards). The last is of
# the result and of {path: {interface: {property: value}}}, '/org/ipmp' among them.
GOOD = [
    ('Manager.CreateGroup', ROOT,
     "('back', ['eth2'], {'temporary': <true>, 'addresses': <['192.0.2.30/24']>,"
     " 'failure-detection-msec': <uint32 5000>, 'probe-method': <'auto'>,"
     " 'interface-settings': <{'eth2': {'test-addresses': <['192.0.2.130/24']>}}>})",
     lambda result, state: result == BACK and
     is_set(state, BACK, 'Group', 'FailureDetectionMSec', 5000) and
     is_set(state, ETH2, 'Interface', 'TestAddresses', ['192.0.2.130/24']) and
     state[BACK]['org.ipmp.Group']['Addresses'][0]['address'] == '192.0.2.30/24'),
    ('Manager.GetGroup', ROOT, "('back',)", lambda result, state: result == BACK),
    ('Manager.GetInterface', ROOT, "('eth2',)", lambda result, state: result == ETH2),
    ('Manager.ListDevices', ROOT, '(@a{sv} {},)', lambda result, state: sorted(
        device['name'] for device in result if device['suitable'])[:3] == ['eth0', 'eth1', 'eth2']),
    ('Manager.SetDefaults', ROOT, "({'failure-detection-msec': <uint32 7000>}, {'temporary': <true>})",
     lambda result, state: is_set(state, ROOT, 'Manager', 'DefaultFailureDetectionMSec', 7000)),
    ('Manager.SetDefaults', ROOT, "(@a{sv} {}, {'reset': <['failure-detection-msec']>, 'temporary': <true>})",
     lambda result, state: is_set(state, ROOT, 'Manager', 'DefaultFailureDetectionMSec', 10000)),
    ('Manager.Reload', ROOT, '(@a{sv} {},)',
     lambda result, state: is_set(state, ROOT, 'Manager', 'ConfigErrors', [])),
    ('Manager.WatchProbes', ROOT, "({'interfaces': <['eth0', 'eth1']>},)",
     lambda result, state: result is True),
    ('Manager.UnwatchProbes', ROOT, '(@a{sv} {},)', lambda result, state: result is True),
    ('Manager.History', ROOT, '(uint32 3,)', lambda result, state: len(result) == 3 and
     result[0]['sequence'] == result[2]['sequence'] + 2),
    ('Manager.Check', ROOT, '(@a{sv} {},)', lambda result, state: any(
        row['code'] == 'no-targets' or row['severity'] in ('error', 'warning', 'info')
        for row in result)),
    ('Manager.Describe', ROOT, '()', lambda result, state: '"groups"' in result),
    ('Group.Configure', BACK, "({'failback': <false>, 'probe-targets': <['192.0.2.9']>},"
     " {'temporary': <true>})",
     lambda result, state: is_set(state, BACK, 'Group', 'Failback', False) and
     is_set(state, BACK, 'Group', 'ProbeTargets', ['192.0.2.9'])),
    ('Group.Save', BACK, '(@a{sv} {},)',
     lambda result, state: is_set(state, BACK, 'Group', 'Temporary', False)),
    ('Group.Delete', BACK, '(@a{sv} {},)', lambda result, state: BACK not in state),
    ('Group.AddInterface', FRONT, "('eth2', {'standby': <true>})",
     lambda result, state: result == ETH2 and is_set(state, ETH2, 'Interface', 'Standby', True)),
    ('Group.RemoveInterface', FRONT, "('eth2', @a{sv} {})", lambda result, state: ETH2 not in state),
    ('Group.AddAddress', FRONT, "('192.0.2.40/24', {'interface': <'eth1'>})",
     lambda result, state: is_set(state, ETH1, 'Interface', 'Addresses', ['192.0.2.40/24'])),
    ('Group.RemoveAddress', FRONT, "('192.0.2.40/24', @a{sv} {})",
     lambda result, state: is_set(state, ETH1, 'Interface', 'Addresses', [])),
    ('Interface.SetTestAddresses', ETH1, "(['192.0.2.111/24'], @a{sv} {})",
     lambda result, state: is_set(state, ETH1, 'Interface', 'TestAddresses', ['192.0.2.111/24'])),
    ('Interface.SetStandby', ETH1, '(true, @a{sv} {})',
     lambda result, state: is_set(state, ETH1, 'Interface', 'Standby', True)),
    ('Interface.SetStandby', ETH1, '(false, @a{sv} {})',
     lambda result, state: is_set(state, ETH1, 'Interface', 'Standby', False)),
    ('Interface.Offline', ETH1, "({'min-redundancy': <uint32 1>},)",
     lambda result, state: is_set(state, ETH1, 'Interface', 'State', 'offline')),
    ('Interface.Online', ETH1, '(@a{sv} {},)',
     lambda result, state: state[ETH1]['org.ipmp.Interface']['State'] in ('ok', 'unknown')),
    ('Interface.GetTargets', ETH0, '()',
     lambda result, state: [row['address'] for row in result] == ['192.0.2.1']),
    ('Interface.GetStatistics', ETH0, '()', lambda result, state: 'probes-sent' in result),
    ('Interface.SetTestAddresses', ETH1, '(@as [], @a{sv} {})',
     lambda result, state: is_set(state, ETH1, 'Interface', 'TestAddresses', [])),
]

# What the service refuses: (member, path, arguments, error).
REFUSED = [
    ('Manager.CreateGroup', ROOT, "('front', ['eth2'], @a{sv} {})", 'Exists'),
    ('Manager.CreateGroup', ROOT, "('back', ['eth1'], @a{sv} {})", 'InterfaceInUse'),
    ('Manager.CreateGroup', ROOT, "('back', ['lo'], @a{sv} {})", 'NotSuitable'),
    ('Manager.GetGroup', ROOT, "('nobody',)", 'NoSuchGroup'),
    ('Manager.GetInterface', ROOT, "('nobody',)", 'NoSuchInterface'),
    ('Manager.SetDefaults', ROOT, "({'failure-detection-msec': <uint32 1>}, @a{sv} {})", 'InvalidArgument'),
    ('Manager.WatchProbes', ROOT, "({'interfaces': <['nobody']>},)", 'NoSuchInterface'),
    ('Manager.UnwatchProbes', ROOT, "({'interfaces': <['nobody']>},)", 'NoSuchInterface'),
    ('Manager.History', ROOT, '(uint32 0,)', 'InvalidArgument'),
    ('Group.AddInterface', FRONT, "('eth2', {'nonsense': <true>})", 'InvalidArgument'),
    ('Group.RemoveInterface', FRONT, "('nobody', @a{sv} {})", 'NoSuchInterface'),
    ('Group.AddAddress', FRONT, "('192.0.2.1000/24', @a{sv} {})", 'InvalidArgument'),
    ('Group.RemoveAddress', FRONT, "('192.0.2.99/24', @a{sv} {})", 'NoSuchAddress'),
    ('Group.Configure', FRONT, "({'probe-failures': <uint32 51>}, @a{sv} {})", 'InvalidArgument'),
    ('Interface.Offline', ETH0, "({'min-redundancy': <uint32 9>},)", 'MinimumRedundancy'),
    ('Interface.Online', ETH0, "({'nonsense': <true>},)", 'InvalidArgument'),
    ('Interface.SetStandby', ETH0, '(true, @a{sv} {})', 'Standby'),
    ('Interface.SetTestAddresses', ETH1, "(['192.0.2.110/24'], @a{sv} {})", 'TestAddressConflict'),
]

SIGNALS = ['Manager.Event', 'Group.AddressMoved', 'Group.Failed', 'Group.Repaired',
           'Interface.StateChanged', 'Interface.ProbeCompleted']
