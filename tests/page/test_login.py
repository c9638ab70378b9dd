# SPDX-License-Identifier: LGPL-2.1-or-later
"""The page as an administrator meets it: installed, in Cockpit's shell, after a login by PAM, with sudo for
administrative access, the service being systemd's. To be run inside container.sh with cockpit.socket."""
import os
import subprocess
import unittest

os.environ.setdefault('SHOTS', '/share')

import tap  # noqa: E402  (what follows looks at the environment)
from contained import UNIT, ContainedLab, systemctl  # noqa: E402
from browser import Browser  # noqa: E402
from front import wait_group, wait_state  # noqa: E402
from lab import wait_until  # noqa: E402

USER, PASSWORD = 'adm1', 'open sesame'
SHELL = 'https://127.0.0.1:9090'
FRONT = '[Group]\n[Interface eth0]\nAddresses=10.2.0.10/24\n[Interface eth1]\n'


class Login(unittest.TestCase):
    def setUp(self):
        subprocess.run(['useradd', '-m', '-s', '/bin/bash', '-G', 'sudo', USER], check=True)
        subprocess.run(['chpasswd'], input=f'{USER}:{PASSWORD}\n', text=True, check=True)
        systemctl('start', 'cockpit.socket')
        self.lab = ContainedLab(members=2)
        self.addCleanup(self.lab.close)
        self.lab.configure(front=FRONT)
        self.lab.start_daemon()
        wait_group(self.lab, 'ok')
        self.browser = Browser()
        self.addCleanup(self.browser.close)

    def test_limited_then_administrative_access(self):
        self.login()
        self.browser.says('front', 'Turn on administrative access to make changes')
        self.assertEqual(self.browser.do('count', role='button', name='Create group'), 0)
        self.browser.shot('login-limited', full=False)
        self.become_administrator()
        self.browser.wait('button', 'Create group')
        self.assertEqual(self.browser.do('count', css='.ipmp-readonly'), 0)
        self.browser.click('button', 'Actions for eth0')
        self.browser.click('menuitem', 'Take offline…')
        self.browser.says('Only eth1 would be left')
        self.browser.click('button', 'Take offline', within='dialog')
        wait_state(self.lab, 'eth0', 'offline')
        self.lab.wait_on('eth1', '10.2.0.10')
        self.browser.shot('login-shell', full=False)
        self.stop_and_start()

    def login(self):
        self.browser.goto(f'{SHELL}/ipmp')
        self.browser.do('fill', css='#login-user-input', value=USER)
        self.browser.do('fill', css='#login-password-input', value=PASSWORD)
        self.browser.do('click', css='#login-button')
        self.browser.do('waitFor', css='#host-apps a:has-text("Multipathing"), nav a:has-text("Multipathing")')
        self.enter()

    def enter(self):
        self.browser.do('frame', name='cockpit1:localhost/ipmp')

    def become_administrator(self):
        self.browser.do('main')
        self.browser.do('click', role='button', name='Limited access')
        self.browser.do('fill', css='[role=dialog] input[type=password]', value=PASSWORD)
        self.browser.do('click', role='button', name='Authenticate')
        self.enter()
        self.browser.wait('button', 'Create group')

    def stop_and_start(self):
        systemctl('stop', UNIT)
        self.browser.says('The service is not running', 'Show its log')
        self.browser.click('button', 'Start the service')
        self.browser.says('taken out of service')
        wait_until(lambda: systemctl('is-active', UNIT, check=False).stdout.strip() == 'active', 'systemd has started it')


if __name__ == '__main__':
    tap.main()
