# SPDX-License-Identifier: LGPL-2.1-or-later
"""All that local users without rights can do to the service, at once: inside privbus.sh."""
import os
import pathlib
import signal
import subprocess

from lab import DEADLINE, Lab, read_line

PROGRAM = pathlib.Path(__file__).with_name('attacker.py')
# What comes after None meets a polkit that hangs. Who watches needs one that answers.
ATTACKS = (('daemon', 'watch'), ('bin', 'watch'), None,
           ('sys', 'connections'), ('man', 'connections'), ('lp', 'connections'),
           ('mail', 'connections'), ('nobody', 'queries'), ('news', 'queries'), ('uucp', 'changes'),
           ('proxy', 'changes'), ('www-data', 'leave'))


def polkitd_pid():
    done = subprocess.run(['gdbus', 'call', '--system', '--dest', 'org.freedesktop.DBus',
                           '--object-path', '/', '--method',
                           'org.freedesktop.DBus.GetConnectionUnixProcessID',
                           'org.freedesktop.PolicyKit1'], capture_output=True, text=True, check=True)
    return int(done.stdout.split()[1].strip(',)'))


class Attacks:
    """All under way inside `with`."""

    def __init__(self):
        self.polkitd = polkitd_pid()
        self.children = []

    def __enter__(self):
        try:
            for attack in ATTACKS:
                if attack is None:
                    self.wait_ready(self.children)
                    os.kill(self.polkitd, signal.SIGSTOP)
                else:
                    self.begin(*attack)
            self.wait_ready(self.children[ATTACKS.index(None):])
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(self, kind, value, trace):
        self.close()

    def begin(self, user, what):
        child = subprocess.Popen(Lab.as_user(user, ['/usr/bin/python3', PROGRAM, what]),
                                 stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True)
        self.children.append((f'{what} by {user}', child))

    @staticmethod
    def wait_ready(children):
        for name, child in children:
            line = read_line(child, name)
            assert line == 'ready', f'{name}: {line}'

    def stop(self):
        """How often each was done."""
        for _, child in self.children:
            child.send_signal(signal.SIGTERM)
        return {name: int(child.communicate(timeout=DEADLINE)[0].split()[-1])
                for name, child in self.children}

    def close(self):
        os.kill(self.polkitd, signal.SIGCONT)
        for _, child in self.children:
            child.kill()
            child.wait()
            child.stdout.close()
