# SPDX-License-Identifier: LGPL-2.1-or-later
"""The real programs that manage addresses, inside the lab's namespaces: NetworkManager,
systemd-networkd, ISC dhclient, udhcpc, a DHCP server and a router that advertises itself.

Each program gets a mount namespace of its own with a copy-on-write /etc and /var and a read-only
/sys (by which NetworkManager and networkd know that there is no udev to wait for): what it writes
is gone with it.
"""
import os
import pathlib
import re
import shutil
import signal
import subprocess

from gi.repository import GLib

from lab import DEADLINE, wait_until

ADVERTISER = pathlib.Path(__file__).with_name('advertise.py')
POLICIES = pathlib.Path('/usr/share/dbus-1/system.d')
UNITS = pathlib.Path('/run/systemd/network')
NM_DROP_INS = pathlib.Path('/run/NetworkManager/conf.d')

# What a program changes below /etc and /var stays in a tmpfs of its own.
ENTER = '''
set -e
mount -o remount,bind,ro /sys
mount -t tmpfs tmpfs /mnt
for d in etc var; do
    mkdir -p /mnt/$d/upper /mnt/$d/work
    mount -t overlay -o lowerdir=/$d,upperdir=/mnt/$d/upper,workdir=/mnt/$d/work overlay /$d
done
'''


class Program:
    """Something that runs in a namespace of the lab until stop()."""

    def __init__(self, lab, name, namespace='host'):
        self.lab = lab
        self.name = name
        self.namespace = namespace
        self.process = None
        self.starts = 0

    def launch(self, prepare, *command):
        """prepare: lines of shell that see its files; command replaces the shell."""
        assert self.process is None, f'{self.name} runs already'
        self.starts += 1
        with open(self.log_path(), 'a', encoding='utf-8') as log:
            self.process = self.lab.spawn(
                self.namespace, 'sh', '-c', f'{ENTER}{prepare}\nexec "$@"', 'sh',
                *map(str, command), stdout=log, stderr=subprocess.STDOUT)

    def log_path(self):
        return self.lab.directory / f'{self.name}.log'

    def log_text(self):
        path = self.log_path()
        return path.read_text(encoding='utf-8', errors='replace') if path.exists() else ''

    def alive(self):
        status = self.process.poll()
        assert status is None, f'{self.name} ended with status {status}:\n{self.log_text()}'
        return True

    def send(self, number):
        self.alive()
        self.process.send_signal(number)

    def stop(self, how=signal.SIGTERM):
        process, self.process = self.process, None
        process.send_signal(how)
        process.wait(timeout=DEADLINE)


def allow_on_bus(lab, policy, name):
    """Let a program own its name on the private bus."""
    target = pathlib.Path(os.environ['PRIVBUS_DIR']) / 'system.d' / policy
    if not target.exists():
        shutil.copy(POLICIES / policy, target)
        lab.run(None, 'busctl', 'call', 'org.freedesktop.DBus', '/org/freedesktop/DBus',
                'org.freedesktop.DBus', 'ReloadConfig')
    return name


def wait_owned(lab, program, name, owned=True):
    def asked():
        if owned:
            program.alive()
        done = lab.run(None, 'busctl', 'call', 'org.freedesktop.DBus', '/org/freedesktop/DBus',
                       'org.freedesktop.DBus', 'NameHasOwner', 's', name)
        return done.stdout.strip() == f'b {str(owned).lower()}'

    wait_until(asked, f'{name} on the bus')


class NetworkManager(Program):
    NAME = 'org.freedesktop.NetworkManager'

    def __init__(self, lab, *drop_ins):
        """drop_ins: texts, or paths of files to be installed as such."""
        super().__init__(lab, 'NetworkManager')
        self.etc = lab.directory / 'NetworkManager'
        (self.etc / 'conf.d').mkdir(parents=True)
        (self.etc / 'system-connections').mkdir()
        (lab.directory / 'nm-state').mkdir()
        (self.etc / 'NetworkManager.conf').write_text(
            '[main]\nplugins=keyfile\nno-auto-default=*\n[logging]\nlevel=INFO\n', encoding='utf-8')
        # In /run, where ipmpd sees them as well.
        shutil.rmtree(NM_DROP_INS, ignore_errors=True)
        NM_DROP_INS.mkdir(parents=True)
        for number, text in enumerate(drop_ins):
            if isinstance(text, pathlib.Path):
                text = text.read_text(encoding='utf-8')
            (NM_DROP_INS / f'{number}.conf').write_text(text, encoding='utf-8')
        allow_on_bus(lab, f'{self.NAME}.conf', self.NAME)

    def start(self):
        os.makedirs('/run/udev', exist_ok=True)
        self.launch(f'mount --bind {self.etc} /etc/NetworkManager\n'
                    f'mount --bind {self.lab.directory}/nm-state /var/lib/NetworkManager',
                    'NetworkManager', '--no-daemon', '--log-level=INFO')
        wait_owned(self.lab, self, self.NAME)
        wait_until(lambda: self.get('general', 'STARTUP') == 'started', 'NetworkManager started')

    def restart(self):
        """As `systemctl restart` does it."""
        self.stop()
        wait_owned(self.lab, self, self.NAME, False)
        self.start()

    def nmcli(self, *arguments, check=True):
        return self.lab.run(None, 'nmcli', '-w', str(int(DEADLINE)), *arguments, check=check).stdout.strip()

    def get(self, kind, field):
        return self.nmcli('-t', '-g', field, kind, check=False)

    def state(self, device):
        """"100 (connected)", or '' when there is no such device."""
        return self.nmcli('-g', 'GENERAL.STATE', 'device', 'show', device, check=False)

    def wait_state(self, device, number):
        wait_until(lambda: self.state(device).startswith(f'{number} '),
                   f'{device} {number} by NetworkManager (is {self.state(device)})')

    def connect(self, name, device, *settings):
        """A profile for a device, up when this returns."""
        self.nmcli('connection', 'add', 'type', 'ethernet', 'con-name', name, 'ifname', device,
                   *settings)
        self.nmcli('connection', 'up', name)


class Networkd(Program):
    NAME = 'org.freedesktop.network1'

    def __init__(self, lab):
        super().__init__(lab, 'networkd')
        for directory in (UNITS, UNITS.parent / 'networkd.conf.d', UNITS.parent / 'netif'):
            shutil.rmtree(directory, ignore_errors=True)  # of the test before
        UNITS.mkdir(parents=True)
        allow_on_bus(lab, f'{self.NAME}.conf', self.NAME)

    def write(self, name, text):
        """A file below /run/systemd/network, or networkd.conf.d/NAME."""
        path = UNITS.parent / name if '/' in name else UNITS / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding='utf-8')

    def start(self):
        for name in ('links', 'leases', 'lldp'):
            os.makedirs(f'/run/systemd/netif/{name}', exist_ok=True)
        self.lab.run(None, 'chown', '-R', 'systemd-network:', '/run/systemd/netif')
        self.log_start = len(self.log_text())
        self.launch('rm -rf /etc/systemd/network /etc/systemd/networkd.conf.d',
                    'env', 'SYSTEMD_LOG_LEVEL=debug', '/lib/systemd/systemd-networkd')
        wait_owned(self.lab, self, self.NAME)

    def restart(self):
        self.stop()
        wait_owned(self.lab, self, self.NAME, False)
        self.start()

    def networkctl(self, *arguments):
        return self.lab.run('host', 'networkctl', '--no-pager', '--no-legend', *arguments).stdout

    def setups(self, device):
        """All that the device has been to it since its start: "configuring", "configured"... By its
        log: what networkctl tells may be of the life before."""
        return re.findall(rf'^{device}: State changed: \S+ -> (\S+)$',
                          self.log_text()[self.log_start:], flags=re.M)

    def wait_setup(self, device, *words, beyond=0):
        """That it is one of these (configured), after so many changes."""
        words = words or ('configured',)

        def reached():
            self.alive()
            setups = self.setups(device)
            problems = re.findall(rf'^{device}: (?:Could not|Failed).*$', self.log_text(), flags=re.M)
            assert 'failed' in words or 'failed' not in setups, problems
            return len(setups) > beyond and setups[-1] in words

        wait_until(reached, f'{device} {words} by networkd (was {self.setups(device)})')

    def reconfigure(self, device):
        """From the beginning, done when this returns."""
        before = len(self.setups(device))
        self.networkctl('reconfigure', device)
        self.wait_setup(device, beyond=before)


class DhcpServer(Program):
    """busybox's udhcpd at the router. It has its clients renew every few seconds, long before a lease
    is over, so that a busy machine loses none."""

    RENEWED_AFTER = 2

    def __init__(self, lab, lease=120):
        super().__init__(lab, 'udhcpd', 'rtr')
        self.lease = lease

    def start(self, **addresses):
        """eth0='10.2.0.100': what a member is given."""
        files = self.lab.directory
        lines = ['interface eth0', 'start 10.2.0.100', 'end 10.2.0.150',
                 f'lease_file {files}/udhcpd.leases', f'pidfile {files}/udhcpd.pid', 'min_lease 2',
                 f'option lease {self.lease}', f'option 0x3a {self.RENEWED_AFTER:08x}',
                 f'option 0x3b {self.lease * 7 // 8:08x}', 'option subnet 255.255.255.0',
                 'option router 10.2.0.1']
        for device, address in addresses.items():
            number = int(device.removeprefix('eth'))
            lines.append(f'static_lease 02:00:00:00:00:1{number:x} {address}')
        (files / 'udhcpd.conf').write_text('\n'.join(lines) + '\n', encoding='utf-8')
        (files / 'udhcpd.leases').write_bytes(b'')
        self.launch('', 'busybox', 'udhcpd', '-f', files / 'udhcpd.conf')
        wait_until(lambda: self.alive() and 'started' in self.log_text(), 'udhcpd')

    def granted(self):
        """How often it has granted a lease."""
        return self.log_text().count('sending ACK')

    def wait_granted(self, what, times=1):
        count = self.granted()
        wait_until(lambda: self.granted() >= count + times, f'renewals {what}')


class Dhclient(Program):
    def __init__(self, lab, device='eth0'):
        super().__init__(lab, f'dhclient-{device}')
        self.device = device

    def start(self):
        files = self.lab.directory
        self.launch('', 'dhclient', '-4', '-d', '-lf', files / f'dhclient-{self.device}.leases',
                    '-pf', files / f'dhclient-{self.device}.pid', self.device)

    def release(self):
        """As `dhclient -r` does it, by the process itself."""
        self.stop(signal.SIGTERM)
        files = self.lab.directory
        self.launch('', 'dhclient', '-4', '-r', '-lf', files / f'dhclient-{self.device}.leases',
                    '-pf', files / f'dhclient-{self.device}.pid', self.device)
        process, self.process = self.process, None
        process.wait(timeout=DEADLINE)


class Udhcpc(Program):
    """With Debian's own script, which sets addresses by the old calls of ifconfig."""

    def __init__(self, lab, device='eth0'):
        super().__init__(lab, f'udhcpc-{device}')
        self.device = device

    def start(self):
        self.launch('', 'busybox', 'udhcpc', '-f', '-R', '-i', self.device, '-s',
                    '/etc/udhcpc/default.script')

    def renew(self):
        self.send(signal.SIGUSR1)

    def release(self):
        self.send(signal.SIGUSR2)


def advertise(lab, *words):
    """One router advertisement from the router; see advertise.py."""
    lab.run('rtr', '/usr/bin/python3', ADVERTISER, 'eth0', *words)


def advertise_on(lab, *words):
    """The same several times a second, until the Program that is returned is stopped."""
    program = Program(lab, 'advertise', 'rtr')
    program.launch('', '/usr/bin/python3', ADVERTISER, 'eth0', 'every=0.3', *words)
    return program
