# SPDX-License-Identifier: LGPL-2.1-or-later
"""What is installed for programs, used as they would: the examples are compiled with pkg-config
against an installed tree, and run against the real service. In C, Python and JavaScript."""
import os
import pathlib
import queue
import re
import shlex
import subprocess
import tempfile
import threading
import unittest

import members
import service
import tap
from lab import BUILD, DEADLINE, wait_until

TOP = pathlib.Path(__file__).resolve().parents[2]
EXAMPLES = TOP / 'examples'


class Installed:
    """A tree as `meson install` makes it, whose pkg-config files say where it is."""

    def __init__(self):
        self.root = pathlib.Path(tempfile.mkdtemp(dir=os.environ['PRIVBUS_DIR']))
        subprocess.run(['meson', 'install', '-C', BUILD, '--no-rebuild', '--quiet', '--destdir',
                        self.root], check=True, stdout=subprocess.DEVNULL)
        for path in self.root.rglob('*.pc'):
            text = path.read_text(encoding='utf-8')
            prefix = re.search(r'^prefix=(.*)$', text, re.MULTILINE)[1]
            path.write_text(text.replace(f'prefix={prefix}', f'prefix={self.root}{prefix}', 1),
                            encoding='utf-8')
        self.pkg_config = self.one('ipmp.pc').parent
        self.libraries = self.one('libipmp.so.0').parent
        self.typelibs = self.one('Ipmp-1.0.typelib').parent

    def one(self, name):
        found = list(self.root.rglob(name))
        assert len(found) == 1, f'{name}: {found}'
        return found[0]

    def environment(self):
        return {**os.environ, 'PKG_CONFIG_PATH': str(self.pkg_config),
                'LD_LIBRARY_PATH': str(self.libraries), 'GI_TYPELIB_PATH': str(self.typelibs)}

    def compile(self, source, package, *flags, compiler='cc'):
        words = subprocess.run(['pkg-config', '--cflags', '--libs', package], check=True, text=True,
                               capture_output=True, env=self.environment()).stdout
        program = self.root / source.stem
        subprocess.run([compiler, *flags, '-Wall', '-Wextra', '-Werror', source, '-o', program,
                        *shlex.split(words)], check=True)
        return program


class Running:
    """A program whose lines are read as they come."""

    def __init__(self, *command, environment):
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True,
                                        stdin=subprocess.DEVNULL, env=environment)
        self.lines = queue.Queue()
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()

    def _read(self):
        for line in self.process.stdout:
            self.lines.put(line.strip())

    def line(self):
        return self.lines.get(timeout=DEADLINE)

    def until(self, wanted):
        while (line := self.line()) != wanted:
            pass

    def close(self):
        self.process.terminate()
        self.process.wait(DEADLINE)
        self.reader.join()
        self.process.stdout.close()


def cable(device, state):
    subprocess.run(['ip', 'link', 'set', device, state], check=True)


def setUpModule():
    global TREE
    service.make_devices()
    TREE = Installed()


class Examples(unittest.TestCase):
    def setUp(self):
        self.service = service.Service()
        self.addCleanup(self.service.close)
        wait_until(lambda: self.service.front()['State'] == 'ok', 'front ok')

    def run_program(self, *command):
        program = Running(*command, environment=TREE.environment())
        self.addCleanup(program.close)
        return program

    def output(self, *command):
        return subprocess.run(command, capture_output=True, text=True, timeout=DEADLINE,
                              env=TREE.environment())

    def test_status(self):
        program = TREE.compile(EXAMPLES / 'status.c', 'ipmp')
        done = self.output(program)
        self.assertEqual((done.returncode, done.stdout), (
            0, 'front: ok\n  eth0: ok, carries 192.0.2.10/24\n  eth1: ok, carries nothing\n'))

    def test_follow(self):
        program = self.run_program('/usr/bin/python3', EXAMPLES / 'follow.py', 'front')
        self.assertEqual(program.line(), 'front is ok')
        cable('peer0', 'down')
        self.addCleanup(cable, 'peer0', 'up')
        program.until('192.0.2.10/24: eth0 -> eth1 (failover)')
        cable('peer0', 'up')
        program.until('192.0.2.10/24: eth1 -> eth0 (failback)')
        self.service.stop()
        program.until('the service is away')
        self.service.start()
        program.until('front is ok')
        cable('peer0', 'down')
        program.until('192.0.2.10/24: eth0 -> eth1 (failover)')

    def test_maintenance(self):
        done = self.output('gjs', '-m', EXAMPLES / 'maintenance.js', 'eth0')
        self.assertEqual((done.returncode, done.stderr), (0, ''))
        self.assertIn('eth0: the cable may be pulled\n', done.stdout)
        self.assertIn('eth0: ok -> offline (offline)\n', done.stdout)
        self.assertTrue(done.stdout.rstrip().splitlines()[-1].startswith('eth0: '), done.stdout)
        cable('peer1', 'down')
        self.addCleanup(cable, 'peer1', 'up')
        wait_until(lambda: self.service.front()['State'] == 'degraded', 'eth1 without its cable')
        done = self.output('gjs', '-m', EXAMPLES / 'maintenance.js', 'eth0')
        self.assertEqual((done.returncode, done.stdout), (1, 'eth0: too few would remain\n'))
        done = self.output('gjs', '-m', EXAMPLES / 'maintenance.js', 'eth7')
        self.assertEqual((done.returncode, done.stderr.strip()), (1, 'eth7 is in no group'))

    def test_wait_failover(self):
        program = TREE.compile(EXAMPLES / 'wait-failover.c', 'ipmp-sd-bus', '-std=c11')
        running = self.run_program(program, 'front')
        self.assertEqual(running.line(), 'front is ok')
        self.assertEqual(running.line(), 'waiting')
        cable('peer0', 'down')
        self.addCleanup(cable, 'peer0', 'up')
        self.assertEqual(running.line(), '192.0.2.10/24 is on eth1 now (failover)')
        self.assertEqual(running.process.wait(DEADLINE), 0)
        done = self.output(program, 'nobody')
        self.assertEqual(done.returncode, 1)
        self.assertIn('nobody', done.stderr)


class Package(unittest.TestCase):
    """What else is installed."""

    def test_interfaces(self):
        for name in members.PATHS:
            path = TREE.one(f'org.ipmp.{name}.xml')
            self.assertEqual(path.parent.parts[-3:], ('share', 'dbus-1', 'interfaces'))
            self.assertEqual(path.read_bytes(), (members.XML / path.name).read_bytes())

    def test_exported_symbols_are_those_of_the_headers(self):
        exported = subprocess.run(['nm', '-D', '--defined-only', TREE.one('libipmp.so.0')],
                                  check=True, capture_output=True, text=True).stdout
        exported = set(re.findall(r' T (\w+)@@LIBIPMP_0$', exported, re.MULTILINE))
        declared = set()
        for path in TREE.root.rglob('include/ipmp/*.h'):
            if path.name == 'ipmp-sd-bus.h':
                continue
            text = re.sub(r'/\*.*?\*/', '', path.read_text(encoding='utf-8'), flags=re.DOTALL)
            declared |= set(re.findall(r'\b(ipmp_\w+)\s*\(', text))
            declared |= {name + '_get_type' for name in
                         re.findall(r'G_DECLARE_FINAL_TYPE\(\w+, (\w+),', text)}
        self.assertGreater(len(declared), 100)
        self.assertEqual(exported, declared)

    def test_soname(self):
        text = subprocess.run(['readelf', '-d', TREE.one('libipmp.so.0')], check=True,
                              capture_output=True, text=True).stdout
        self.assertIn('soname: [libipmp.so.0]', text)

    def test_each_call_has_its_three_forms(self):
        """Waiting, not waiting, and the end of that; for each method of the API."""
        gir = TREE.one('Ipmp-1.0.gir').read_text(encoding='utf-8')
        found = set(re.findall(r'c:identifier="ipmp_(?:client|group|interface)_(\w+)"', gir))
        renamed = {'GetGroup': 'find_group', 'GetInterface': 'find_interface'}
        for member in members.members('method'):
            word = member.partition('.')[2]
            name = renamed.get(word, re.sub(r'(?<=[a-z])(?=[A-Z])', '_', word).lower())
            for form in ('sync', 'async', 'finish'):
                self.assertIn(f'{name}_{form}', found)
        self.assertIn('glib:error-domain="ipmp-error-quark"', gir)


if __name__ == '__main__':
    tap.main()
