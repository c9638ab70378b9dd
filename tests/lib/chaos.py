# SPDX-License-Identifier: LGPL-2.1-or-later
"""Everything that can happen to a host and its groups, at random but by a seed, beside a plain model of
what is true: which cards are well, which addresses and routes their owners want. At each quiet moment
the kernel's own tables are held against it.

Of the two groups `front` is probed and carries connections; `back` knows links alone."""
import collections
import ipaddress
import json
import random
import select
import signal
import sys
import time

from gi.repository import GLib

from front import INTERFACE_IFACE, MANAGER_IFACE, interface_path, options
from lab import BUILD, RENAMES_LIVE, Lab, difference, member_mac, wait_until

SANITIZED = 'sanitize' in BUILD.name
PATIENCE = 120.0 if SANITIZED else 60.0  # for the wanted state, after the last event: however busy the machine is
BY_HAND = 61.0  # so long an address that was put elsewhere, and is taken off here, is moved
GUEST = 3.0  # for less than that an address may stay where it was put beside the group's
TOLD = 400  # latest events that are printed with a failure
FAR = ('198.51.100.0/24', '2001:db8::/32')  # by the default routes, which nobody deletes
GATEWAY = {4: '10.2.0.1', 6: 'fd00:2::1'}

FILES = {
    'front': '''[Group]
FailureDetectionTime={fdt}
ProbeRepairs=3
ProbeTargets=10.2.0.1
Addresses=10.2.0.30/24 10.2.0.31/24 fd00:2::30/64

[Interface eth0]
TestAddresses=10.2.0.110/24
Addresses=10.2.0.10/24 fd00:2::10/64

[Interface eth1]
TestAddresses=10.2.0.111/24
Addresses=10.2.0.11/24 fd00:2::11/64

[Interface eth2]
TestAddresses=10.2.0.112/24
Standby=yes
''',
    'back': '''[Group]
ProbeMethod=none

[Interface eth3]
Addresses=10.5.0.13/24 fd00:5::13/64

[Interface eth4]
''',
}
FOUND = {'10.2.0.20/24': 0, 'fd00:2::20/64': 0, '10.2.0.21/24': 1, '10.5.0.24/24': 4,
         'fd00:5::24/64': 4}
# Never deleted by anybody: connections lead there.
LASTING = ('10.2.0.10', 'fd00:2::10', '10.2.0.20')


class Card:
    """A member, as it is in truth."""

    def __init__(self, number):
        self.number, self.name = number, f'eth{number}'
        self.group = 'front' if number < 3 else 'back'
        self.offline = False
        self.unseen = False
        self.renew()

    def renew(self):
        """As a new device has it."""
        self.place = 'host'  # or 'gone', 'renamed', 'away'
        self.cable = self.up = True
        self.muted = self.enslaved = self.small = False
        self.twin = None  # the other card with its hardware address

    @property
    def present(self):
        return self.place == 'host'

    def works(self):
        return self.present and self.cable and self.up and not (
            self.muted or self.enslaved or self.offline or self.twin)

    def states(self):
        """What its State may be."""
        if self.twin is not None:
            return {'ok', 'unknown', 'offline', 'failed', 'missing'}
        found = set()
        if self.offline or self.enslaved and self.present:
            found.add('offline')
        if not self.present:
            found.add('missing')
        if found:
            return found
        return {'ok', 'unknown'} if self.works() else {'failed'}

    def __repr__(self):
        marks = [name for name in ('muted', 'enslaved', 'small', 'offline') if getattr(self, name)]
        return f'{self.name}({self.place}{"" if self.cable else " no cable"}' \
            f'{"" if self.up else " down"} {" ".join(marks)}{f" twin {self.twin.name}" if self.twin else ""})'


class Chaos:
    def __init__(self, seed, lab):
        self.seed, self.lab = seed, lab
        self.random = random.Random(seed)
        self.cards = [Card(number) for number in range(5)]
        self.story = collections.deque(maxlen=TOLD)
        self.begun = time.monotonic()
        self.counts = collections.Counter()
        # Addresses by what the owner may expect: 'there', 'gone', 'either' (nobody could tell).
        self.wanted = {address.split('/')[0]: 'there' for address in self.declared() | set(FOUND)}
        self.routes = {}  # (destination, card number): the same words
        self.touched = {}  # address: when; the service thinks for a moment before it takes one for withdrawn
        self.put = {}  # address: when somebody put it on a card
        self.by_hand = set()  # (address, card number) of what nobody may have seen there
        self.start_at = None  # when a daemon that was killed is to be started again
        self.index = 1000

    @staticmethod
    def declared():
        words = ' '.join(line.partition('=')[2] for text in FILES.values()
                         for line in text.splitlines() if line.startswith('Addresses='))
        return set(words.split())

    def tell(self, text):
        self.story.append(f'{time.monotonic() - self.begun:8.3f} {text}')

    def do(self, namespace, line, check=True):
        """A command of ip; whether it was obeyed."""
        done = self.lab.run(None, 'ip', '-n', namespace, *line.split(), check=False)
        self.tell(f'{namespace}: ip {line}{"" if done.returncode == 0 else " -> " + done.stderr.strip()}')
        if check and done.returncode != 0:
            raise AssertionError(f'ip in {namespace}: {line}: {done.stderr}')
        return done.returncode == 0

    def group(self, card):
        return [other for other in self.cards if other.group == card.group]

    def others_work(self, card):
        return any(other.works() for other in self.group(card) if other is not card)

    # the cards

    def plug(self, card, same_index=False):
        if not same_index:
            self.index += 1
        index = f'index {70 + card.number}' if same_index else f'index {self.index}'
        self.do('host', f'link add {card.name} {index} address {member_mac(card.number)} '
                f'type veth peer name p{card.number} netns lan')
        self.do('lan', f'link set p{card.number} master br0 up')
        self.do('host', f'link set {card.name} up')
        card.renew()
        card.unseen = not self.lab.daemon

    def wire(self, card, plugged):
        self.do('lan', f'link set p{card.number} {"up" if plugged else "down"}')
        card.cable = plugged

    def set_up(self, card, up):
        self.do('host', f'link set {card.name} {"up" if up else "down"}')
        card.up = up
        # A device that comes up with a small MTU has no IPv6 either.

    def stop_port(self, card, stopped):
        """Nothing passes the switch's port, whose light is on."""
        port = f'p{card.number}'
        if stopped:
            self.lab.run('lan', 'tc', 'qdisc', 'add', 'dev', port, 'clsact')
            for way in ('ingress', 'egress'):
                self.lab.run('lan', 'tc', 'filter', 'add', 'dev', port, way, 'bpf', 'da', 'bytecode',
                             '1,6 0 0 2')
        else:
            self.lab.run('lan', 'tc', 'qdisc', 'del', 'dev', port, 'clsact')
            # What was said through it meanwhile nobody has heard, and nobody knows that.
            self.do('rtr', 'neigh flush dev eth0')
        self.tell(f'{port} {"muted" if stopped else "heard"}')

    def mute(self, card, muted):
        if card.place != 'renamed':
            self.stop_port(card, muted)
        card.muted = muted

    def rename(self, card, away):
        if card.up and not RENAMES_LIVE:
            return
        self.do('host', f'link set eth{card.number} name stray{card.number}' if away
                else f'link set stray{card.number} name eth{card.number}')
        # It is somebody's now, and as any device of Linux would answer for the addresses of all others.
        if not card.muted:
            self.stop_port(card, away)
        card.place = 'renamed' if away else 'host'
        self.seen_or_not(card)

    def seen_or_not(self, card):
        """What came and went while nobody was there to make it a member has answered for the addresses
        of all others. A router asks again in its time; this one has none."""
        if card.unseen and not card.present:
            self.do('rtr', 'neigh flush dev eth0')
        card.unseen = card.present and not self.lab.daemon

    def move(self, card, away):
        if away:
            self.do('host', f'link set eth{card.number} netns cli name stray{card.number}')
            card.place = 'away'
        else:
            self.do('cli', f'link set stray{card.number} netns host name eth{card.number}')
            self.do('host', f'link set eth{card.number} up')
            card.place, card.up, card.enslaved = 'host', True, False
        self.seen_or_not(card)

    def enslave(self, card, enslaved):
        self.do('host', f'link set {card.name} {f"master br9{card.number}" if enslaved else "nomaster"}')
        card.enslaved = enslaved

    def size(self, card, small):
        self.do('host', f'link set {card.name} mtu {1200 if small else 1500}')
        card.small = small

    def twin(self, card, other):
        """other: None for an address of its own."""
        if other:
            self.do('host', f'link set {card.name} address {member_mac(other.number)}')
            card.twin, other.twin = other, card
        else:
            self.do('host', f'link set {card.name} address {member_mac(card.number)}')
            if card.twin:
                card.twin.twin = card.twin = None

    def has_own_mac(self, card):
        link = self.lab.ip_json('host', 'link', 'show', 'dev', card.name)[0]
        return link['address'] == member_mac(card.number)

    def mend(self, card):
        if card.place == 'gone':
            self.plug(card, self.random.random() < 0.3)
        elif card.place == 'renamed':
            self.rename(card, False)
        elif card.place == 'away':
            self.move(card, False)
        if card.twin and not self.has_own_mac(card):
            self.twin(card, None)
        for bad, mend in ((not card.cable, lambda: self.wire(card, True)),
                          (not card.up, lambda: self.set_up(card, True)),
                          (card.muted, lambda: self.mute(card, False)),
                          (card.enslaved, lambda: self.enslave(card, False)),
                          (card.small, lambda: self.size(card, False)),
                          (card.offline, lambda: self.request(card, 'Online'))):
            if bad:
                mend()

    # events: each begins with what it needs, and returns False if that is not so

    def on_cable(self, card):
        return card.present and self.breaks(card, card.cable) and self.wire(card, not card.cable) is None

    def on_admin(self, card):
        return card.present and self.breaks(card, card.up) and self.set_up(card, not card.up) is None

    def on_flap(self, card):
        if not card.present or not card.cable or card.group == 'back':
            return False
        for _ in range(self.random.randint(1, 3)):
            self.wire(card, False)
            self.wire(card, True)
        return True

    def on_plug(self, card):
        if card.place == 'gone':
            self.plug(card, self.random.random() < 0.3)
        elif not card.twin and card.place in ('host', 'renamed') and self.breaks(card, True):
            self.do('host', f'link del {"eth" if card.present else "stray"}{card.number}')
            card.place, card.muted = 'gone', False
            self.seen_or_not(card)
        else:
            return False
        return True

    def on_mute(self, card):
        if card.place in ('gone', 'away') or card.group == 'back' or not self.breaks(card, not card.muted):
            return False
        self.mute(card, not card.muted)
        return True

    def on_rename(self, card):
        if card.place == 'renamed':
            self.rename(card, False)
        elif card.present and not card.enslaved and not card.twin and self.breaks(card, True):
            self.rename(card, True)
        else:
            return False
        return True

    def on_move(self, card):
        if card.place == 'away':
            self.move(card, False)
        elif card.present and not card.enslaved and not card.twin and self.breaks(card, True):
            self.move(card, True)
        else:
            return False
        return True

    def on_enslave(self, card):
        if not card.present or card.twin or not self.breaks(card, not card.enslaved):
            return False
        self.enslave(card, not card.enslaved)
        return True

    def on_size(self, card):
        """The kernel takes IPv6 away below 1280."""
        if not card.present or not self.breaks(card, not card.small):
            return False
        self.size(card, not card.small)
        return True

    def on_twin(self, card):
        if card.twin:
            for one in (card, card.twin):
                if not self.has_own_mac(one):
                    self.twin(one, None)
                    return True
            return False
        others = [other for other in self.group(card) if other is not card and other.present
                  and not other.twin]
        if not card.present or not others or not self.breaks(card, True):
            return False
        other = self.random.choice(others)
        # One of the two goes out of service: a third must be there, or this one alone is not it.
        if sum(one.works() for one in self.group(card) if one not in (card, other)) == 0:
            return False
        self.twin(card, other)
        return True

    def breaks(self, card, worse):
        """Whether it may be done: somebody else works, or it makes nothing worse."""
        return not worse or self.others_work(card)

    # requests

    def request(self, card, method, *arguments, signature='(a{sv})'):
        if not self.lab.daemon:
            return False
        try:
            self.lab.bus.call(interface_path(card.name), INTERFACE_IFACE, method, signature,
                              *arguments, options())
        except GLib.Error as error:
            self.tell(f'{method} {card.name} {arguments}: {error.message}')
            return False
        self.tell(f'{method} {card.name} {arguments}: done')
        if method in ('Offline', 'Online'):
            card.offline = method == 'Offline'
        return True

    def on_offline(self, card):
        if card.twin or not card.offline and not self.others_work(card):
            return False
        return self.request(card, 'Online' if card.offline else 'Offline')

    def on_standby(self, _):
        card = self.cards[2]
        return self.request(card, 'SetStandby', self.random.random() < 0.6, signature='(ba{sv})')

    def on_failback(self, _):
        if not self.lab.daemon:
            return False
        wanted = self.random.random() < 0.6
        try:
            self.lab.bus.call('/org/ipmp/group/front', 'org.ipmp.Group', 'Configure',
                              '(a{sv}a{sv})', options(failback=wanted), options())
        except GLib.Error as error:
            self.tell(f'failback {wanted}: {error.message}')
            return False
        self.tell(f'failback {wanted}: done')
        return True

    def on_reload(self, _):
        if not self.lab.daemon:
            return False
        try:
            self.lab.bus.call('/org/ipmp', MANAGER_IFACE, 'Reload', '(a{sv})', options())
        except GLib.Error as error:
            self.tell(f'reload: {error.message}')
            return False
        self.tell('reload: done')
        return True

    # the daemon

    def on_kill(self, _):
        if not self.lab.daemon:
            return False
        self.tell('killed')
        self.lab.kill_daemon()
        self.start_at = time.monotonic() + self.random.choice((0, 0.3, 1.0))
        return True

    def on_stop(self, _):
        if not self.lab.daemon:
            return False
        self.tell('stopped')
        self.lab.stop_daemon()
        self.start_at = time.monotonic() + self.random.choice((0, 0.5))
        return True

    def on_deaf(self, _):
        """What comes meanwhile comes all at once."""
        if not self.lab.daemon:
            return False
        daemon = self.lab.daemon
        self.tell('deaf')
        daemon.send_signal(signal.SIGSTOP)
        try:
            for _ in range(self.random.randint(1, 3)):
                self.event((self.on_cable, self.on_admin, self.on_plug, self.on_foreign_add,
                            self.on_foreign_delete, self.on_flap))
        finally:
            daemon.send_signal(signal.SIGCONT)
        self.tell('hears again')
        return True

    def start_if_due(self, at_once=False):
        if self.lab.daemon or not at_once and time.monotonic() < self.start_at:
            return
        self.lab.start_daemon()
        for card in self.cards:
            card.unseen = False
        self.tell('started')

    # other programs

    def pool(self, card):
        """An address that somebody might put there."""
        number = self.random.randint(50, 55)
        net = 2 if card.group == 'front' else 5
        return self.random.choice((f'10.{net}.0.{number}/24', f'fd00:{net}::{number}/64'))

    def on_foreign_add(self, card):
        if not card.present or card.enslaved or card.twin:
            return False
        wanted = self.pool(card)
        family = ' nodad' if ':' in wanted else ' brd +'
        if self.do('host', f'addr add {wanted} dev {card.name}{family}', check=False):
            self.wanted[wanted.split('/')[0]] = 'either'
            self.by_hand.add((wanted.split('/')[0], card.number))
            self.put[wanted.split('/')[0]] = time.monotonic()
            self.forget(wanted.split('/')[0])
            return True
        return False

    def forget(self, address):
        """Of what somebody else puts there nobody tells the neighbours."""
        self.do('rtr', f'neigh del {address} dev eth0', check=False)

    def on_same_again(self, card):
        """One that is the group's already."""
        if not card.present or card.enslaved or card.twin:
            return False
        prefix = ('10.2.', 'fd00:2') if card.group == 'front' else ('10.5.', 'fd00:5')
        mine = sorted(address for address, word in self.wanted.items()
                      if word == 'there' and address.startswith(prefix))
        if not mine:
            return False
        address = self.random.choice(mine)
        length, family = (64, ' nodad') if ':' in address else (24, ' brd +')
        self.by_hand.add((address, card.number))
        self.put[address] = time.monotonic()
        return self.do('host', f'addr add {address}/{length} dev {card.name}{family}', check=False)

    def on_foreign_delete(self, _):
        mine = sorted(address for address in self.wanted if address not in LASTING)
        address = self.random.choice(mine)
        found = self.places().get(address, [])
        if not found:
            return False
        name, length = self.random.choice(found)
        if self.do('host', f'addr del {address}/{length} dev {name}', check=False):
            self.wanted[address] = 'either'
            self.touched[address] = time.monotonic()
            return True
        return False

    def on_route(self, card):
        number = self.random.randint(1, 5)
        family = self.random.choice((4, 6))
        net = f'10.{70 + number}.0.0/16' if family == 4 else f'fd00:{70 + number}::/32'
        if card.group == 'back' or not card.present or card.enslaved:
            return False
        key = (net, card.number)
        if key in self.routes and self.routes[key] != 'gone':
            line = f'-{family} route del {net} via {GATEWAY[family]} dev {card.name}'
        else:
            line = f'-{family} route add {net} via {GATEWAY[family]} dev {card.name} proto static ' \
                f'metric {100 + card.number}'
        where, *words = line.split()
        done = self.lab.run(None, 'ip', where, '-n', 'host', *words, check=False)
        self.tell(f'ip {line}{"" if done.returncode == 0 else " -> " + done.stderr.strip()}')
        if done.returncode == 0:
            self.routes[key] = 'either'
        return done.returncode == 0

    def on_ours(self, _):
        """Somebody tidies up what he does not know."""
        return self.do('host', self.random.choice((
            'rule del lookup 7300', '-6 rule del lookup 7301', 'route flush table 7301',
            'nexthop flush proto 73', 'route flush table main proto 73',
            f'addr del {self.random.choice(sorted(self.wanted))} dev lo')), check=False)

    EVENTS = {'on_cable': 10, 'on_admin': 6, 'on_flap': 4, 'on_plug': 8, 'on_mute': 5, 'on_rename': 3,
              'on_move': 3, 'on_enslave': 3, 'on_size': 3, 'on_twin': 3, 'on_offline': 6,
              'on_standby': 2, 'on_failback': 1, 'on_reload': 2, 'on_kill': 6, 'on_stop': 2,
              'on_deaf': 3, 'on_foreign_add': 6, 'on_same_again': 3, 'on_foreign_delete': 5,
              'on_route': 5, 'on_ours': 3}

    def event(self, among=None):
        """One that can be."""
        for _ in range(50):
            if among:
                chosen = self.random.choice(among)
            else:
                name = self.random.choices(list(self.EVENTS), list(self.EVENTS.values()))[0]
                chosen = getattr(self, name)
            if chosen(self.random.choice(self.cards)):
                self.counts[chosen.__name__[3:]] += 1
                return

    def burst(self):
        for _ in range(self.random.randint(4, 14)):
            self.start_if_due()
            self.event()
            select.select([], [], [], self.random.choice((0, 0.01, 0.1, 0.3)))  # their pace

    # what is so, in the kernel's own tables

    def places(self):
        """address: (device, prefix length) of each place, lo left out."""
        found = collections.defaultdict(list)
        for link in self.lab.ip_json('host', 'addr'):
            for info in link['addr_info']:
                if link['ifname'] != 'lo' and not info.get('local', '').startswith('fe80'):
                    found[info['local']].append((link['ifname'], info['prefixlen']))
        return found

    def anchors(self):
        return {info['local'] for link in self.lab.ip_json('host', 'addr', 'show', 'dev', 'lo')
                for info in link['addr_info']}

    def wrong(self):
        """Everything that is not as it should be by now."""
        objects = self.lab.bus.objects()
        members = {card.number: objects.get(interface_path(card.name), {}).get('org.ipmp.Interface')
                   for card in self.cards}
        if None in members.values():
            return ['members that the daemon does not know']
        bad = [f'{card}: {members[card.number]["State"]}, {members[card.number]["Reason"]}'
               for card in self.cards
               if members[card.number]['State'] not in card.states()
               and members[card.number]['Reason'] != 'flapping']
        places, anchors = self.places(), self.anchors()
        known = {}
        for name in FILES:
            group = objects.get(f'/org/ipmp/group/{name}', {}).get('org.ipmp.Group')
            if group is None:
                return bad + [f'no group {name}']
            for entry in group['Addresses']:
                address = entry['address'].split('/')[0]
                known[address] = entry['state']
                bad += self.wrong_address(address, entry, group, members, places, anchors)
        bad += [f'{address} is not known to the daemon' for address, word in self.wanted.items()
                if word == 'there' and address not in known]
        bad += [f'{address} is in the kernel, and nobody knows it: {places.get(address)}'
                for address in set(places) | anchors - {'127.0.0.1', '::1'}
                if known.get(address, 'withdrawn') == 'withdrawn'
                and not self.is_stray(places.get(address), known.get(address))
                and not address.startswith(('10.2.0.11', '10.99.', '192.0.0.8'))]
        bad += self.wrong_rest(places)
        return bad

    @staticmethod
    def is_stray(found, state):
        """Put there and renamed with its device, before the service could know it."""
        return state is None and found and all(name.startswith('stray') for name, _ in found)

    def wrong_address(self, address, entry, group, members, places, anchors):
        found = [name for name, _ in places.get(address, ())
                 if not (name.startswith('stray') and (address, int(name[5:])) in self.by_hand)]
        word = self.wanted.get(address, 'either')
        if entry['state'] == 'withdrawn':
            return [f'{address} is withdrawn, and nobody has deleted it'] * (word == 'there')
        if word == 'gone':
            return [f'{address} was deleted, and is {entry["state"]} on {found}']
        bad = [f'{address} is not anchored'] * (address not in anchors)
        version = ipaddress.ip_address(address).version
        cards = [card for card in self.cards if interface_path(card.name) in group['Members']] \
            if 'Members' in group else [card for card in self.cards
                                        if ('front' if card.number < 3 else 'back') == group['Name']]
        able = [card for card in cards if members[card.number]['Active']
                and not (version == 6 and card.small)]
        good = [card.name for card in able]
        spare = [card.name for card in cards if card.works() and not (version == 6 and card.small)
                 and members[card.number]['Reason'] != 'flapping']
        if spare and not good:
            bad.append(f'nobody active can have {address}, and {spare} could')
        if len(found) > 1 or good and len(found) != 1:
            return bad + [f'{address} is on {found}, active {good}']
        if good and found[0] not in good:
            bad.append(f'{address} is on {found}, which is not active: {good}')
        on_member = [name for name in found if not name.startswith('stray')]
        if entry['interface'].rpartition('/')[2] != (on_member or [''])[0]:
            bad.append(f'{address} is on {found}, and told to be on {entry["interface"]}')
        home = entry['home'].rpartition('/')[2]
        if group['Failback'] and home in good and found != [home]:
            bad.append(f'{address} is on {found}, not at home on {home}')
        if good and entry['state'] != 'up':
            bad.append(f'{address} is {entry["state"]} on {found}')
        return bad

    def wrong_rest(self, places):
        """Test addresses, and what of ours has nothing to do."""
        bad = []
        for card in self.cards[:3]:
            test = f'10.2.0.11{card.number}'
            found = [name for name, _ in places.get(test, ())]
            wanted = [card.name] if card.present else []
            # Of a card in somebody's bridge, or with another's hardware address, either is right.
            if found != wanted and not (card.enslaved or card.twin or card.offline):
                bad.append(f'test address {test} is on {found}, not {wanted}')
        devices = {link['ifname'] for link in self.lab.ip_json('host', 'link')}
        for hop in self.lab.ip_json('host', 'nexthop', 'show', 'proto', '73'):
            if 'dev' in hop and hop['dev'] not in devices & {card.name for card in self.cards}:
                bad.append(f'a nexthop of ours through {hop["dev"]}: {hop}')
        return bad

    # a quiet moment

    def quiet(self):
        """All that was begun comes to its end, and is as it should be."""
        self.start_if_due(at_once=True)
        self.tell('quiet')
        bad = []

        def right():
            bad[:] = self.wrong()
            return not bad

        try:
            wait_until(right, 'right', PATIENCE)
        except AssertionError:
            raise AssertionError('\n'.join(['not as it should be:', *bad, str(self.cards)])) from None
        self.tell('as it should be')
        self.by_hand = {(address, number) for address, number in self.by_hand
                        if self.cards[number].place != 'host'}
        self.reached()
        self.settle_expectations()
        self.counts['quiet moments'] += 1

    def settle_expectations(self):
        """What nobody could foretell is seen now, and has to stay."""
        known = {entry['address'].split('/')[0]: entry['state']
                 for name in FILES for entry in self.lab.bus.group(name)['Addresses']}
        for address, word in self.wanted.items():
            if word == 'either' and time.monotonic() > self.touched.get(address, 0) + 1.0:
                gone = known.get(address, 'withdrawn') == 'withdrawn'
                self.wanted[address] = 'gone' if gone else 'there'
        for (net, number), word in self.routes.items():
            if word == 'either' and self.cards[number].works() and self.in_main(net, number):
                self.routes[net, number] = 'there'

    def in_main(self, net, number):
        version = ipaddress.ip_network(net).version
        return [route for route in self.lab.ip_json('host', f'-{version}', 'route', 'show', net)
                if route.get('dev') == f'eth{number}' and route.get('protocol') == 'static']

    def reached(self):
        """From the router to every address, by what it was told of it, and back."""
        if not any(card.works() for card in self.cards[:3]):
            return
        for address, word in self.wanted.items():
            if word != 'there' or not address.startswith(('10.2.', 'fd00:2:')):
                continue
            if ':' in address and not any(c.works() and not c.small for c in self.cards[:3]):
                continue
            wait_until(lambda a=address: self.lab.ping('rtr', a), f'{address} answers', PATIENCE)
        lasting = [(net, 0) for net in FAR]
        for net, number in lasting + [route for route, word in self.routes.items() if word == 'there']:
            version = ipaddress.ip_network(net).version
            if not any(card.works() and not (version == 6 and card.small) for card in self.cards[:3]):
                continue
            target = str(ipaddress.ip_network(net)[9])
            wait_until(lambda t=target: self.leads(t), f'the route to {net} by eth{number} leads through '
                       f'a card that works: {self.way(target)}', PATIENCE)

    def way(self, target):
        done = self.lab.run(None, 'ip', '-n', 'host', '-j', 'route', 'get', target, check=False)
        return json.loads(done.stdout)[0].get('dev') if done.returncode == 0 else None

    def leads(self, target):
        """Over a member that carries data, which wrong() has held against what is true."""
        active = [card.name for card in self.cards[:3] if self.lab.bus.interface(card.name)['Active']
                  and not (':' in target and card.small)]
        return self.way(target) in active

    def same_after_kill(self):
        """Nothing is stale or missing: who begins anew finds nothing to do."""
        self.settled()
        if any(card.twin for card in self.cards):
            return  # of two that are there at the start another one goes out of service
        before = self.without_spare(self.lab.picture())
        self.tell('killed in a quiet moment')
        self.lab.kill_daemon()
        self.lab.start_daemon()
        wait_until(lambda: not self.wrong(), 'right after a restart', PATIENCE)
        found = self.without_spare(self.settled())
        if difference(before, found):
            raise AssertionError('\n'.join(['a restart in a quiet moment changed:',
                                            *difference(before, found)]))
        self.counts['restarts in quiet'] += 1

    @staticmethod
    def without_spare(picture):
        """Members that do not send keep their nexthops, which a new life makes when they are needed."""
        objects = [json.loads(line) for line in picture['nexthop']]
        used = {part['id'] for entry in objects for part in entry.get('group', ())}
        return picture | {'nexthop': [json.dumps(entry) for entry in objects
                                      if 'group' in entry or entry['id'] in used]}

    def settled(self):
        """The picture, once it stays the same for a second, and nobody is a guest any more."""
        last = [self.lab.picture(), time.monotonic()]

        def same():
            now = self.lab.picture()
            if now != last[0]:
                last[:] = [now, time.monotonic()]
            return time.monotonic() > max(last[1] + 1.0, *(put + GUEST for put in self.put.values()), 0.0)

        wait_until(same, 'a picture that stays', PATIENCE)
        return last[0]

    def is_moved(self, address):
        """Whoever takes it off now has moved it to where he put it first."""
        return time.monotonic() < self.put.get(address, -BY_HAND) + BY_HAND

    def deleted_in_quiet(self):
        """Whoever deletes an address while all is quiet has deleted it."""
        mine = sorted(address for address, word in self.wanted.items()
                      if word == 'there' and address not in LASTING and not self.is_moved(address))
        if not mine:
            return
        address = self.random.choice(mine)
        found = self.places().get(address)
        if not found:
            return
        name, length = found[0]
        card = self.cards[int(name[3:])]
        if not card.works():
            return
        self.do('host', f'addr del {address}/{length} dev {name}')
        self.wanted[address] = 'gone'
        wait_until(lambda: not self.places().get(address) and address not in self.anchors(),
                   f'{address} gone', PATIENCE)
        self.counts['deleted in quiet'] += 1

    def all_well(self):
        self.start_if_due(at_once=True)
        for card in self.cards:
            self.mend(card)
        self.quiet()

    def given_back(self, found):
        """found: the picture before all of it. The groups' end leaves what their owners want."""
        homes = {}
        for name in FILES:
            for entry in self.lab.bus.group(name)['Addresses']:
                homes[entry['address'].split('/')[0]] = entry['home'].rpartition('/')[2]
        for name in FILES:
            self.lab.bus.call(f'/org/ipmp/group/{name}', 'org.ipmp.Group', 'Delete', '(a{sv})', {})
        bad = []

        def right():
            bad[:] = self.not_given_back(found, homes)
            return not bad

        try:
            wait_until(right, 'given back', PATIENCE)
        except AssertionError:
            raise AssertionError('\n'.join(['not given back:', *bad])) from None

    def not_given_back(self, found, homes):
        now = self.lab.picture()
        bad = [f'ours is left: {kind}: {line}' for kind, lines in now.items() if kind != 'sysctl'
               for line in lines if '"protocol": "73"' in line or '"proto": "73"' in line]
        bad += [line for line in difference({'sysctl': found['sysctl']}, {'sysctl': now['sysctl']})
                if '.route.' not in line]
        places, declared = self.places(), {address.split('/')[0] for address in self.declared()}
        for address, word in self.wanted.items():
            names = [name for name, _ in places.get(address, ())]
            if word == 'there' and address not in declared and (
                    len(names) != 1 or homes.get(address) and names != [homes[address]]):
                bad.append(f'{address} is on {names}, its home is {homes.get(address)}')
            if word == 'gone' and names:
                bad.append(f'{address} was deleted, and is on {names}')
        for (net, number), word in self.routes.items():
            gateway = '10.2.' if '.' in net else 'fd00:2:'
            if word == 'there' and not any(name == f'eth{number}' and address.startswith(gateway)
                                           for address, found in places.items()
                                           for name, _ in found):
                continue  # the kernel takes no route whose gateway is not on the link
            if word != 'either' and bool(self.in_main(net, number)) != (word == 'there'):
                bad.append(f'the route to {net} by eth{number} should be {word}')
        bad += [f'no default route to {target}' for target in ('0.0.0.0/0', '::/0')
                if not self.in_main(target, 0)]
        return bad


class ChaosLab(Lab):
    def describe(self):
        heard = self.run(None, 'ip', '-n', 'rtr', 'neigh', check=False).stdout
        settings = self.run('host', 'sysctl', '-a', '-r', r'^net\.ipv4\.conf\..*\.(arp_|rp_filter)', check=False).stdout
        return '\n'.join([super().describe(), f'--- neighbours of rtr\n{heard}', f'--- settings\n{settings}'])

    def make_network(self):
        super().make_network()
        self.make_router_stubborn()
        self.sysctl('lan', 'net.ipv6.conf.br0.disable_ipv6', 1)
        self.ip('rtr', 'addr add 10.5.0.1/24 dev eth0', 'addr add fd00:5::1/64 dev eth0 nodad')
        for number in range(self.members):  # one for each: two cards in one bridge would be a loop
            self.ip('host', f'link add br9{number} type bridge', f'link set br9{number} up')
            self.sysctl('host', f'net.ipv4.conf.br9{number}.arp_ignore', 1)  # it answers for itself alone


def say(lines):
    print('\n'.join(f'# {line}' for text in lines for line in text.splitlines()), flush=True,
          file=sys.stderr)
