# SPDX-License-Identifier: LGPL-2.1-or-later
"""What the tests of the page share: one browser, and for each test a network and a cockpit-ws."""
import json
import unittest

from browser import Browser, Cockpit, install_page
from front import front_lab, wait_group

CONFIG = '''[Group]
FailureDetectionTime=500ms
[Interface eth0]
Addresses=10.2.0.10/24 fd00:2::10/64
TestAddresses=10.2.0.210/24
[Interface eth1]
Addresses=10.2.0.11/24 fd00:2::11/64
TestAddresses=10.2.0.211/24
[Interface eth2]
Standby=yes
TestAddresses=10.2.0.212/24
'''


class Page(unittest.TestCase):
    browser = None

    @classmethod
    def setUpClass(cls):
        install_page()
        cls.browser = Browser()

    @classmethod
    def tearDownClass(cls):
        cls.browser.close()

    def setUp(self):
        self.browser.goto('about:blank')
        self.browser.do('size', width=1280, height=900)
        self.browser.do('complaints')
        self.cockpit = self.as_user(None)

    def lab(self, config=CONFIG, **options):
        lab = front_lab(config, **{'members': 4, **options})
        self.addCleanup(lab.close)
        wait_group(lab, 'ok')
        return lab

    def show(self, *texts, cockpit=None):
        self.browser.goto((cockpit or self.cockpit).page())
        self.browser.says(*texts)

    def as_user(self, user):
        """Each for one test: without a page for some seconds it ends its session."""
        cockpit = Cockpit(user)
        self.addCleanup(cockpit.close)
        return cockpit

    def assert_well(self, shot=None):
        if shot:
            self.browser.shot(shot)
        self.assertEqual(self.browser.faults(), [])

    def menu(self, label, item):
        self.browser.click('button', label)
        self.browser.click('menuitem', item)

    def confirm(self, action):
        self.browser.click('button', action, within='dialog')
        self.browser.until('!document.querySelector("dialog")', f'the dialog is done: {action}')

    def refused(self, action, field, *words):
        """The dialog stays, and says why at the field."""
        self.browser.click('button', action, within='dialog')
        self.browser.until('document.querySelector("dialog [aria-invalid=true], dialog .pf-m-error")')
        told = self.browser.evaluate(
            f'[...document.querySelectorAll("dialog .pf-v6-c-form__group")]'
            f'.find(group => group.innerText.startsWith({json.dumps(field)}))?.innerText')
        for word in words:
            self.assertIn(word, told)
