# SPDX-License-Identifier: LGPL-2.1-or-later
"""The lab inside of container.sh: the host is the container itself, the daemon its systemd's service
with the files that it has on any machine."""
import os
import pathlib
import subprocess

os.environ.setdefault('PRIVBUS_DIR', '/run')

from lab import Bus, Lab, wait_until  # noqa: E402  (it looks at the environment)

UNIT = 'ipmpd.service'
DROP_INS = pathlib.Path('/run/systemd/system/ipmpd.service.d')


def systemctl(*arguments, check=True):
    done = subprocess.run(['systemctl', *arguments], stdin=subprocess.DEVNULL, capture_output=True,
                          text=True, timeout=120)
    if check and done.returncode != 0:
        raise AssertionError(f'systemctl {arguments}: {done.returncode}: {done.stdout}{done.stderr}')
    return done


def show(name, unit=UNIT):
    return systemctl('show', '--value', '-p', name, unit).stdout.strip()


def main_pid():
    return int(show('MainPID'))


def journal(*matches):
    return subprocess.run(['journalctl', '-q', '--no-pager', '-u', UNIT, *matches],
                          stdin=subprocess.DEVNULL, capture_output=True, text=True,
                          timeout=60).stdout


def drop_in(text):
    """Settings for the unit that last until the container's end or the next call; None: none."""
    DROP_INS.mkdir(parents=True, exist_ok=True)
    path = DROP_INS / 'test.conf'
    if text is None:
        path.unlink(missing_ok=True)
    else:
        path.write_text(f'[Service]\n{text}\n', encoding='utf-8')
    systemctl('daemon-reload')


class ContainedLab(Lab):
    def __init__(self, **options):
        super().__init__(**options)
        self.config_dir = pathlib.Path('/etc/ipmp')
        self.runtime_dir = pathlib.Path('/run/ipmp')

    def make_namespace(self, name):
        if name != 'host':  # container.sh has named it
            super().make_namespace(name)

    def remove_namespace(self, name):
        if name == 'host':
            for link in self.ip_json('host', 'link', 'show', 'type', 'veth'):
                self.run(None, 'ip', 'link', 'del', link['ifname'], check=False)
        else:
            super().remove_namespace(name)

    def start_daemon(self):
        systemctl('start', UNIT)
        if self.bus is None:
            self.bus = Bus()
        wait_until(self.bus.owner, 'org.ipmp on the bus')

    def log_text(self):
        return journal()

    def ipmpctl(self, *arguments, check=True, user=None):
        return self.run(None, 'ipmpctl', *arguments, check=check, user=user)

    def close(self):
        if self.failed:
            print(systemctl('status', UNIT, check=False).stdout)
        super().close()
        systemctl('stop', UNIT, check=False)
