# SPDX-License-Identifier: LGPL-2.1-or-later
"""The Cockpit page for who has no mouse, long words on a small screen, or a group of many members: to be run
inside privbus.sh."""
import gettext
import json

import tap
from browser import BUILD
from lab import Lab, wait_until
from page_case import Page

FOCUS = '(document.activeElement.id || document.activeElement.getAttribute("aria-label") || document.activeElement.innerText.trim())'
MEMBERS = 20
# Words that do not fit into what they are in, and are cut or run over it.
CUT = '''[...document.querySelectorAll("body *")].filter(element => {
    const style = getComputedStyle(element);
    return element.clientWidth && element.scrollWidth > element.clientWidth + 1 && !element.closest("svg")
        && [...element.childNodes].some(node => node.nodeType === 3 && node.data.trim())
        && style.display !== "inline" && style.position !== "absolute" && style.overflowX !== "auto";
}).map(element => element.innerText)'''
# Pairs of texts in the drawing of which one lies on the other, and texts outside of it.
OVERLAPS = '''(() => {
    const all = document.querySelector(".ipmp-topology").getBoundingClientRect();
    const boxes = [...document.querySelectorAll(".ipmp-topology text")].map(text => [text.textContent, text.getBoundingClientRect()]);
    const outside = boxes.filter(([, b]) => b.left < all.left - 1 || b.right > all.right + 1 || b.top < all.top - 1 || b.bottom > all.bottom + 1);
    const pairs = boxes.flatMap(([one, a], i) => boxes.slice(i + 1).filter(([, b]) =>
        a.left < b.right - 1 && b.left < a.right - 1 && a.top < b.bottom - 2 && b.top < a.bottom - 2).map(([other]) => `${one} / ${other}`));
    return [...outside.map(([text]) => text), ...pairs];
})()'''


class Reach(Page):
    def press(self, *keys):
        for key in keys:
            self.browser.do('press', key=key)

    def tab_to(self, wanted):
        seen = []
        while not seen or seen[-1] != wanted:
            self.press('Tab')
            seen.append(self.browser.evaluate(FOCUS))
            self.assertLess(len(seen), 60, f'{wanted} is not reached: {seen}')

    def type(self, text):
        self.press(*text)

    def test_a_group_by_the_keyboard_alone(self):
        """Made, refused, made right, deleted; not a click."""
        lab = Lab(members=3)
        self.addCleanup(lab.close)
        lab.start_daemon()
        self.show('No groups yet')
        self.tab_to('Create the first group')
        self.press('Enter')
        self.browser.until(f'{FOCUS} === "ipmp-field-name"', 'the first field')
        self.browser.until('document.querySelector("#ipmp-field-eth1-use")', 'the interfaces')
        self.type('-back')
        self.tab_to('ipmp-field-eth0-use')
        self.press('Space')
        self.tab_to('ipmp-field-eth1-use')
        self.press('Space')
        self.tab_to('ipmp-field-addresses')
        self.type('10.2.0.20/24')
        self.press('Enter')
        self.browser.says('"-back" cannot name a group')
        self.assertIsNone(lab.bus.group('-back'))
        self.tab_to('ipmp-field-name')
        self.press('Home', 'Delete')
        self.tab_to('Create')
        self.press('Enter')
        self.browser.until('!document.querySelector("dialog")', 'the dialog is done')
        self.browser.says('back', '10.2.0.20')
        wait_until(lambda: lab.devices_with('10.2.0.20') in (['eth0'], ['eth1']), '10.2.0.20 on a member')
        self.assertEqual([path.rpartition('/')[2] for path in lab.bus.group('back')['Interfaces']], ['eth0', 'eth1'])
        self.tab_to('Actions for group back')
        self.press('Enter')
        self.browser.until('document.activeElement.getAttribute("role") === "menuitem"', 'the menu')
        self.press('End')
        self.browser.until(f'{FOCUS} === "Delete group…"', 'its last entry')
        self.press('Enter')
        self.browser.until('document.querySelector("dialog").contains(document.activeElement)', 'the question')
        self.tab_to('Delete')
        self.press('Enter')
        self.browser.says('No groups yet')
        wait_until(lambda: not lab.devices_with('10.2.0.20'), '10.2.0.20 gone')
        self.assertEqual(lab.ip_json('host', 'nexthop', 'show'), [])
        self.assert_well()

    def fits(self, shot):
        self.assert_well(shot)
        self.assertEqual(self.browser.evaluate('document.documentElement.scrollWidth - window.innerWidth'), 0, shot)
        self.assertEqual(self.browser.evaluate(CUT), [], shot)

    def test_german_on_the_smallest_screen(self):
        """All that is written, and each dialog."""
        words = gettext.translation('ipmp', BUILD / 'po', ['de'])

        def _(text, *values):
            text = words.gettext(text)
            for number, value in enumerate(values):
                text = text.replace(f'${number}', value)
            return text

        for value, when in (('de', lambda f, **k: f(**k)), ('en-us', self.addCleanup)):
            when(self.browser.do, what='cookie', name='CockpitLang', value=value, url=self.cockpit.url)
        self.browser.do('size', width=320, height=800)
        lab = self.lab()
        self.assertNotEqual(_('All is well'), 'All is well')
        self.show(_('All is well'))
        self.browser.until('document.querySelectorAll(".ipmp-spark polyline").length >= 2', 'round trips are drawn')
        self.fits('german-320')
        lab.cable(0, False)
        self.browser.says('front: eth0 – ' + _('no link'))
        self.fits('german-320-cable')
        for menu, items in ((_('Actions for group $0', 'front'), ('Add interface…', 'Add address…', 'Settings…', 'Delete group…')),
                            (_('Actions for $0', 'eth1'), ('Take offline…', 'Make standby…', 'Test address…', 'Remove from group…'))):
            for item in items:
                with self.subTest(item):
                    self.menu(menu, _(item))
                    self.browser.until('document.querySelector("dialog[open]")')
                    self.fits(f'german-320-{item[:-1].lower().replace(" ", "-")}')
                    self.press('Escape')
                    self.browser.until('!document.querySelector("dialog")')
        self.browser.click('button', _('Create group'))
        self.browser.until('document.querySelector("#ipmp-field-eth3-use")', 'the interfaces')
        self.fits('german-320-create')

    def test_twenty_members(self):
        """All of them are there, in their order, and nothing lies on another."""
        numbers = range(MEMBERS)
        lab = self.lab('[Group]\nProbeMethod=none\n' + ''.join(
            f'[Interface eth{n}]\nAddresses=10.2.0.{10 + n}/24 fd00:2::{10 + n}/64\n' for n in numbers), members=MEMBERS)
        self.show('front', f'{MEMBERS} interfaces')
        self.browser.until(f'document.querySelectorAll(".ipmp-topology .ipmp-row").length === {MEMBERS}', 'all are drawn')
        names = '[...document.querySelectorAll(".ipmp-row .ipmp-name")].map(text => text.textContent)'
        self.assertEqual(self.browser.evaluate(names), [f'eth{n}' for n in numbers])
        for width in (320, 800, 1280, 1920):
            self.browser.do('size', width=width, height=900)
            with self.subTest(width=width):
                self.browser.until(f'!{OVERLAPS}.length', 'nothing lies on another')
                self.fits(f'twenty-{width}')
        lab.cable(7, False)
        self.browser.says('front: eth7 – no link')
        self.browser.until(f'!{OVERLAPS}.length', 'what moved has come to rest, beside the others')
        self.fits('twenty-cable')
        self.assertEqual(json.loads(lab.ipmpctl('status', 'front', '--json', check=False).stdout)['state'], 'degraded')


if __name__ == '__main__':
    tap.main()
