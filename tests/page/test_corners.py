# SPDX-License-Identifier: LGPL-2.1-or-later
"""The Cockpit page where it is hard: no room to watch, a service that goes while a dialog is open, each dialog
by itself: to be run inside privbus.sh."""
import json

from gi.repository import GLib

import tap
from front import wait_group
from lab import Bus
from page_case import Page

FOCUS = 'document.activeElement.id || document.activeElement.getAttribute("aria-label") || document.activeElement.innerText.trim()'
DIALOGS = {
    'Actions for group front': ('Add interface…', 'Add address…', 'Settings…', 'Keep after restart…', 'Delete group…'),
    'Actions for eth0': ('Take offline…', 'Make standby…', 'Test address…', 'Remove from group…'),
}


class Corners(Page):
    def press(self, *keys):
        for key in keys:
            self.browser.do('press', key=key)

    def focused(self, wanted):
        self.browser.until(f'({FOCUS}) === {json.dumps(wanted)}', f'focus on {wanted}')

    def test_no_room_to_watch(self):
        """Two of one user may watch: the third is told, and watches as soon as one of them has left."""
        lab = self.lab()
        others = [Bus(), Bus()]
        for bus in others:
            bus.call('/org/ipmp', 'org.ipmp.Manager', 'WatchProbes', '(a{sv})', {})
        self.show('All is well', 'Round trips are not live', cockpit=self.cockpit)
        self.assert_well('unwatched')
        for bus in others:
            bus.close()
        self.browser.until('document.querySelectorAll(".ipmp-spark polyline").length >= 2', 'round trips are drawn after all')
        self.browser.until('!document.body.innerText.includes("Round trips are not live")')
        lab.cable(0, False)
        self.browser.says('front: eth0 – no link')

    def test_the_service_goes_while_a_dialog_is_open(self):
        lab = self.lab()
        self.show('All is well')
        self.browser.click('button', 'Create group')
        self.browser.wait('checkbox', 'eth3')
        lab.stop_daemon()
        self.browser.says('The service is not installed')
        self.assertEqual(self.browser.do('count', css='dialog'), 0)
        lab.start_daemon()
        self.browser.says('All is well', '10.2.0.10')
        self.browser.until('document.querySelectorAll(".ipmp-spark polyline").length >= 2', 'round trips are drawn again')
        self.assert_well()

    def test_every_dialog_is_accessible(self):
        lab = self.lab()
        lab.bus.call('/org/ipmp/group/front', 'org.ipmp.Group', 'Delete', '(a{sv})', {})
        lab.bus.call('/org/ipmp', 'org.ipmp.Manager', 'CreateGroup', '(sasa{sv})', 'front', ['eth0', 'eth1'],
                     {'temporary': GLib.Variant('b', True)})
        wait_group(lab, 'ok')
        self.show('All is well', 'until restart')
        for menu, items in DIALOGS.items():
            for item in items:
                self.menu(menu, item)
                self.browser.until('document.querySelector("dialog[open]") && document.querySelector("dialog").contains(document.activeElement)')
                self.assertEqual(self.browser.faults(), [], item)
                self.press('Escape')
                self.browser.until('!document.querySelector("dialog")')
                self.focused(menu)


if __name__ == '__main__':
    tap.main()
