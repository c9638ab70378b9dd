# SPDX-License-Identifier: LGPL-2.1-or-later
"""The layer law: cli -> libipmp -> introspection; daemon -> kernel, core, introspection; kernel ->
core; core -> GLib."""
import re
import subprocess
import unittest

import source
import tap

STANDARD_C = {'assert.h', 'ctype.h', 'errno.h', 'inttypes.h', 'limits.h', 'math.h', 'stdarg.h',
              'stdbool.h', 'stddef.h', 'stdint.h', 'stdlib.h', 'string.h'}
# directory: directories whose headers it may use, then its system headers (a pattern)
LAW = {
    'core': ((), r'glib\.h|arpa/inet\.h|netinet/in\.h|sys/socket\.h'),
    'kernel': (('core',), r'glib.*|gio/.*|netlink/.*|linux/.*|net/.*|netinet/.*|sys/.*|arpa/.*'
               r'|unistd\.h|fcntl\.h|sched\.h|poll\.h|dirent\.h|time\.h|endian\.h|stdio\.h'),
    'daemon': (('kernel', 'core', 'introspection'),
               r'glib.*|gio/.*|polkit/.*|systemd/.*|json-glib/.*|sys/.*|unistd\.h|fcntl\.h|locale\.h'
               r'|sched\.h|pthread\.h|signal\.h|stdio\.h|syslog\.h|time\.h|dirent\.h|pwd\.h|malloc\.h'),
    'libipmp': (('introspection',), r'glib.*|gio/.*|json-glib/.*'),
    'sd-bus': ((), r'systemd/sd-bus\.h'),
    'cli': (('libipmp',), r'glib.*|gio/.*|json-glib/.*|polkit.*|locale\.h|unistd\.h|stdio\.h'
            r'|signal\.h|getopt\.h|sys/.*|termios\.h|langinfo\.h|time\.h|wchar\.h|fcntl\.h'),
}
GENERATED = {'ipmp-dbus.h': 'introspection', 'ipmp-enum-types.h': 'libipmp', 'config.h': None}
INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]', re.MULTILINE)
# of arpa/inet.h and its kin the core takes the text form of addresses alone: nm proves it below
CLOCK = re.compile(r'\bg_get_(monotonic|real)_time\b|\bclock_gettime\b|\bg_date_time_new_now')
# the driver; wall-clock times for the bus; sd_notify(RELOADING=1) wants the time with it; how long
# reading a dump may keep the loop; when a packet came in that the kernel has stamped
CLOCK_FILES = {'src/daemon/driver-thread.c', 'src/daemon/clock.c', 'src/daemon/notify.c',
               'src/kernel/netlink.c', 'src/kernel/probes.c'}


def owner_of(name, directory):
    """The directory of a header in quotes, seen from a file of that directory."""
    base = name.rpartition('/')[2]
    if (source.TOP / 'src' / directory / name).exists():
        return directory
    for other in LAW:
        if (source.TOP / 'src' / other / base).exists():
            return other
    return GENERATED.get(base, f'nowhere ({name})')


class Layers(unittest.TestCase):
    def test_every_directory_has_its_law(self):
        there = {p.name for p in (source.TOP / 'src').iterdir() if p.is_dir()}
        self.assertEqual(there, set(LAW))

    def test_includes(self):
        broken = []
        for directory, (below, system) in LAW.items():
            for path in source.files('.c', '.h', under=(f'src/{directory}',)):
                for kind, name in INCLUDE.findall(source.text(path)):
                    if kind == '<' and (name in STANDARD_C or re.fullmatch(system, name)):
                        continue
                    if kind == '<' and name.startswith('ipmp/'):
                        owner = 'libipmp'
                    else:
                        owner = owner_of(name, directory) if kind == '"' else f'system ({name})'
                    if owner != directory and owner not in below:
                        broken.append(f'{source.short(path)}: {name} of {owner}')
        self.assertEqual(broken, [])

    def test_no_bus_below_the_daemon(self):
        broken = [f'{source.short(path)}: {word}'
                  for path in source.files('.c', '.h', under=('src/core', 'src/kernel'))
                  for word in re.findall(r'\bGVariant\w*|\bGDBus\w*|\bg_variant_\w+|\bg_dbus_\w+',
                                         source.without_comments(source.text(path)))]
        self.assertEqual(broken, [])

    def test_no_netlink_in_the_daemon(self):
        broken = [source.short(path)
                  for path in source.files('.c', '.h', under=('src/daemon', 'src/libipmp', 'src/cli'))
                  if re.search(r'#\s*include\s*<(netlink|linux)/', source.text(path))]
        self.assertEqual(broken, [])

    def test_who_knows_the_clock(self):
        broken = [source.short(path)
                  for path in source.files('.c', under=('src/core', 'src/kernel', 'src/daemon'))
                  if CLOCK.search(source.without_comments(source.text(path)))
                  and source.short(path) not in CLOCK_FILES]
        self.assertEqual(broken, [])


def patterns(name):
    lines = source.text(source.TOP / 'tests/lint' / name).splitlines()
    return re.compile('|'.join(f'(?:{line})' for line in lines if line and line[0] != '#'))


class CoreSymbols(unittest.TestCase):
    def test_the_core_takes_nothing_but_what_is_allowed(self):
        library = source.BUILD / 'src/core/libmpcore.a'
        undefined, defined = set(), set()
        table = subprocess.run(['nm', '--format=posix', library], capture_output=True, text=True,
                               check=True).stdout
        for line in table.splitlines():
            fields = line.split()
            if len(fields) >= 2 and not line.endswith(':'):
                (undefined if fields[1] in 'Uwv' else defined).add(fields[0])
        outside = sorted(undefined - defined)
        self.assertGreater(len(outside), 20, 'nm found next to nothing')
        allowed = patterns('allowed-core-symbols.txt')
        forbidden = patterns('forbidden-core-symbols.txt')
        self.assertEqual([name for name in outside
                          if not allowed.fullmatch(name) or forbidden.fullmatch(name)], [])


if __name__ == '__main__':
    tap.main()
