# SPDX-License-Identifier: LGPL-2.1-or-later
"""Other programs that probe, each on a Bed of its own: fping, the least loop (pace icmp), keepalived's
BFD and FRR's bfdd. BFD wants the same program at the other end."""
import json
import pathlib
import re
import shutil
import signal
import subprocess

from bed import Bed, member_name, target, test_address
from lab import wait_until

FRR = pathlib.Path('/usr/lib/frr')
MULTIPLIER = 3
SESSIONS_DEADLINE = 60.0


class Peer:
    """Interfaces of one group each. `each`: targets, or sessions, of an interface."""
    bfd = False

    def __init__(self, interfaces, each):
        self.interfaces, self.each = interfaces, each
        self.bed = Bed(groups=interfaces, members=1, targets=each, addressed=True,
                       more=each - 1 if self.bfd else 0, host='near', lan='far')
        self.measured = []  # pids

    def __enter__(self):
        return self

    def __exit__(self, *trace):
        self.stop()
        self.bed.close()

    def targets(self):
        return [target(group, number) for group in range(self.interfaces)
                for number in range(self.each)]

    def pairs(self):
        """(group, our address, theirs) of each session."""
        return [(group, test_address(group, number), target(group, number))
                for group in range(self.interfaces) for number in range(self.each)]

    def directory(self, name):
        path = self.bed.directory / name
        path.mkdir()
        return path

    def spawn(self, namespace, *command, **options):
        with open(self.bed.directory / 'peers.log', 'ab') as log:
            return self.bed.spawn(namespace, *command, stdout=log, stderr=log, **options)

    def pids(self):
        return self.measured

    def start(self, rate):
        raise NotImplementedError

    def stop(self):
        for child in reversed(self.bed.children):
            if child.poll() is None:
                child.send_signal(signal.SIGTERM)
                try:
                    child.wait(timeout=10)
                except subprocess.TimeoutExpired:
                    child.kill()
                    child.wait()
            if child.stdout:
                child.stdout.close()
        self.bed.children.clear()
        self.measured = []


class Fping(Peer):
    """Its requests spread over the period, as a prober's are. Above some thousand a second it does
    not keep up so."""
    name = 'fping'
    bursts = False

    def start(self, rate):
        targets = self.targets()
        child = self.spawn('near', 'fping', '-q', '-l', '-i', '0.01' if self.bursts else f'{1000 / rate:g}',
                           '-p', f'{1000 * len(targets) / rate:g}', *targets)
        self.measured = [child.pid]


class FpingBursts(Fping):
    """All targets in a row, then nothing for the rest of the period."""
    name = 'fping in bursts'
    bursts = True


class Minimal(Peer):
    name = 'least loop'

    def start(self, rate):
        self.measured = [self.bed.pace('near', 'icmp', f'{rate:g}', '0', *self.targets()).pid]


class Keepalived(Peer):
    name = 'keepalived BFD'
    bfd = True

    def config(self, directory, sessions, interval_ms):
        text = 'global_defs {\n    process_names\n}\n'
        for number, (ours, theirs) in enumerate(sessions):
            text += (f'bfd_instance s{number} {{\n    neighbor_ip {theirs}\n    source_ip {ours}\n'
                     f'    min_rx {interval_ms}\n    min_tx {interval_ms}\n'
                     f'    idle_tx {interval_ms}\n    multiplier {MULTIPLIER}\n}}\n')
        path = directory / 'keepalived.conf'
        path.write_text(text, encoding='utf-8')
        return path

    def start(self, rate):
        interval_ms = round(1000 * self.interfaces * self.each / rate)
        here = [(ours, theirs) for _, ours, theirs in self.pairs()]
        there = [(theirs, ours) for ours, theirs in here]
        logs = []
        for namespace, sessions in (('far', there), ('near', here)):
            directory = self.directory(f'keepalived-{namespace}')
            logs.append(directory / 'log')
            with open(logs[-1], 'wb') as log:
                child = self.bed.spawn(
                    namespace, 'keepalived', '--dont-fork', '--log-console', '--log-detail',
                    '--no-syslog', '-f', self.config(directory, sessions, interval_ms),
                    '-p', directory / 'pid', '-b', directory / 'bfd.pid', '-r', directory / 'vrrp.pid',
                    '-c', directory / 'check.pid', stdout=log, stderr=log)
        wait_until(lambda: all(self.n_up(log) == len(here) for log in logs),
                   f'{len(here)} sessions of keepalived', SESSIONS_DEADLINE)
        self.measured = [child.pid, int((directory / 'bfd.pid').read_text())]

    @staticmethod
    def n_up(log):
        return len(set(re.findall(r'\((s\d+)\)[^\n]* Up state', log.read_text(errors='replace'),
                                  re.IGNORECASE)))

    def stop(self):
        super().stop()
        for path in self.bed.directory.glob('keepalived-*'):
            shutil.rmtree(path)


class Bfdd(Peer):
    name = 'FRR bfdd'
    bfd = True

    def start(self, rate):
        interval_ms = round(1000 * self.interfaces * self.each / rate)
        pairs = self.pairs()
        self.begin('far', [(theirs, ours, f's{group}') for group, ours, theirs in pairs], interval_ms)
        pid = self.begin('near', [(ours, theirs, member_name(group, 0))
                                  for group, ours, theirs in pairs], interval_ms)
        for namespace in ('far', 'near'):
            wait_until(lambda n=namespace: self.n_up(n) == len(pairs),
                       f'{len(pairs)} sessions of bfdd', SESSIONS_DEADLINE)
        self.measured = [pid]

    def begin(self, namespace, sessions, interval_ms):
        directory = self.directory(f'frr-{namespace}')
        text = 'bfd\n'
        for ours, theirs, interface in sessions:
            text += (f' peer {theirs} local-address {ours} interface {interface}\n'
                     f'  receive-interval {interval_ms}\n  transmit-interval {interval_ms}\n'
                     f'  detect-multiplier {MULTIPLIER}\n exit\n')
        (directory / 'bfdd.conf').write_text(text + 'exit\n', encoding='utf-8')
        (directory / 'zebra.conf').write_text('', encoding='utf-8')
        for path in (directory, *directory.iterdir()):
            shutil.chown(path, 'frr', 'frr')
        for parent in directory.parents:  # frr is no root
            if parent == pathlib.Path('/run'):
                break
            parent.chmod(parent.stat().st_mode | 0o011)
        common = ['--vty_socket', directory, '-z', directory / 'zserv.api', '-P', '0', '--log', 'stdout']
        self.spawn(namespace, FRR / 'zebra', *common, '-i', directory / 'zebra.pid', '-f',
                   directory / 'zebra.conf')
        wait_until((directory / 'zserv.api').exists, 'zebra')
        child = self.spawn(namespace, FRR / 'bfdd', *common, '-i', directory / 'bfdd.pid', '-f',
                           directory / 'bfdd.conf', '--bfdctl', directory / 'bfdd.sock')
        wait_until((directory / 'bfdd.vty').exists, 'bfdd')
        return child.pid

    def ask(self, namespace, question):
        text = self.bed.run(namespace, 'vtysh', '--vty_socket', self.bed.directory / f'frr-{namespace}',
                            '-d', 'bfdd', '-c', question, check=False).stdout
        try:
            return json.loads(text)
        except ValueError:
            return []

    def n_up(self, namespace):
        return sum(peer['status'] == 'up' for peer in self.ask(namespace, 'show bfd peers json'))

    def n_down_events(self):
        """Of both ends."""
        return {namespace: sum(peer['session-down'] for peer in
                               self.ask(namespace, 'show bfd peers counters json'))
                for namespace in ('near', 'far')}

    def stop(self):
        super().stop()
        for path in self.bed.directory.glob('frr-*'):
            shutil.rmtree(path)


PEERS = {'minimal': Minimal, 'fping': Fping, 'bursts': FpingBursts, 'keepalived': Keepalived,
         'bfdd': Bfdd}
