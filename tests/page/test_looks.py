# SPDX-License-Identifier: LGPL-2.1-or-later
"""The Cockpit page by keyboard, in the dark, on a phone, in languages, hidden, with many groups: to be
run inside privbus.sh."""
import json
import os
import pathlib

from gi.repository import GLib

import tap
from front import wait_group
from lab import Bus, wait_until
from page_case import CONFIG, Page

GROUPS = 8
# One message of a language that is written from the right.
HEBREW = ('cockpit.locale({"": {"plural-forms": n => n != 1, "language": "he", "language-direction": "rtl"}, '
          '"Multipathing": [null, "ריבוי נתיבים"], "All is well": [null, "הכול תקין"], "Interfaces": [null, "ממשקים"]});\n')


class Looks(Page):
    def shown(self, lab_config=CONFIG, **options):
        lab = self.lab(lab_config, **options)
        self.show('front')
        self.browser.until('document.querySelectorAll(".ipmp-spark polyline").length >= 2', 'round trips are drawn')
        return lab

    def no_sideways(self):
        """Nothing is wider than the window."""
        self.assertEqual(self.browser.evaluate('document.documentElement.scrollWidth - window.innerWidth'), 0)

    def test_dark(self):
        lab = self.shown()
        background = 'getComputedStyle(document.body).backgroundColor'
        light = self.browser.evaluate(background)
        self.browser.evaluate('window.dispatchEvent(new CustomEvent("cockpit-style", { detail: { style: "dark" } }))')
        self.assertNotEqual(self.browser.evaluate(background), light)
        lab.cable(0, False)
        self.browser.says('front: eth0 – no link')
        self.browser.until('document.getAnimations().length === 0', 'what moved has come to rest')
        self.assert_well('dark')

    def test_phone(self):
        self.shown()
        for width in (320, 390, 800, 1000):
            self.browser.do('size', width=width, height=800)
            self.no_sideways()
            self.assert_well(f'width-{width}')
        self.browser.do('size', width=390, height=800)
        self.browser.click('button', 'Add interface')
        self.browser.wait('radio', 'eth3')
        self.no_sideways()
        self.assert_well('phone-dialog')

    def test_from_the_right(self):
        self.in_language('he', HEBREW)
        self.lab()
        self.show('ריבוי נתיבים', 'הכול תקין')
        self.assertEqual(self.browser.evaluate('[document.documentElement.dir, document.documentElement.lang]'), ['rtl', 'he'])
        host, switch = (self.browser.evaluate(f'document.querySelector("{css}").getBoundingClientRect().left')
                        for css in ('.ipmp-host', '.ipmp-net'))
        self.assertGreater(host, switch, 'the drawing is mirrored')
        self.no_sideways()
        self.assert_well('rtl')

    def in_language(self, language, text):
        """For this test: a translation beside the page, and the choice of it."""
        path = pathlib.Path(os.environ['PRIVBUS_DIR']) / f'page/cockpit/ipmp/po.{language}.js'
        path.write_text(text, encoding='utf-8')
        self.addCleanup(path.unlink)
        for value, when in ((language, lambda f, **k: f(**k)), ('en-us', self.addCleanup)):
            when(self.browser.do, what='cookie', name='CockpitLang', value=value, url=self.cockpit.url)

    def test_keyboard(self):
        self.shown()
        self.browser.evaluate('document.querySelector("[aria-label=\'Actions for eth1\']").focus()')
        focus = '(document.activeElement.innerText.trim() || document.activeElement.getAttribute("aria-label") || document.activeElement.id)'
        self.press('Enter')
        self.browser.until(f'{focus} === "Take offline…"')
        self.assert_well('menu')
        self.press('ArrowDown', 'ArrowDown')
        self.browser.until(f'{focus} === "Test address…"', 'its third entry')
        self.press('Escape')
        self.browser.until(f'{focus} === "Actions for eth1"')
        self.browser.until('!document.querySelector("[role=menu]")', 'the menu closed')
        self.press('Enter')
        self.browser.until(f'{focus} === "Take offline…"', 'the menu, open again')
        self.press('ArrowDown', 'ArrowDown')
        self.browser.until(f'{focus} === "Test address…"', 'its third entry')
        self.press('Enter')
        self.browser.until('document.activeElement.id === "ipmp-field-test"', 'the first field of the dialog')
        self.press('Escape')
        self.browser.until('!document.querySelector("dialog")')
        self.browser.until(f'{focus} === "Actions for eth1"')
        self.browser.evaluate('document.activeElement.blur()')
        seen = self.tab_through(focus)
        for label in ('Check', 'Create group', 'Details of front', 'Actions for group front', 'Actions for eth0', 'Remove 10.2.0.10/24', '1 hour'):
            self.assertIn(label, seen)

    def press(self, *keys):
        for key in keys:
            self.browser.do('press', key=key)

    def tab_through(self, focus):
        seen = []
        for _ in range(60):
            self.press('Tab')
            seen.append(self.browser.evaluate(focus))
        return seen

    def test_a_hidden_page_watches_nothing(self):
        self.shown()
        samples = ('[...document.querySelectorAll(".ipmp-spark polyline")].map(line => line.getAttribute("points").split(" ").length)'
                   '.reduce((a, b) => a + b)')
        few = self.browser.evaluate(samples)
        self.browser.until(f'{samples} > {few}', 'round trips go on while it is shown')
        for hidden in (True, False):
            self.browser.evaluate(f'Object.defineProperty(document, "hidden", {{ configurable: true, get: () => {json.dumps(hidden)} }})')
            self.browser.evaluate('document.dispatchEvent(new Event("visibilitychange"))')
            if hidden:
                self.quiet()
        few = self.browser.evaluate(samples)
        self.browser.until(f'{samples} > {few}', 'and again when it is shown again')

    def quiet(self):
        """Nobody watches: of one user two may, and these are the two."""
        others = [Bus(), Bus()]
        wait_until(lambda: all(self.may_watch(bus) for bus in others), 'the page has ended its watch')
        for bus in others:
            bus.close()

    @staticmethod
    def may_watch(bus):
        try:
            bus.call('/org/ipmp', 'org.ipmp.Manager', 'WatchProbes', '(a{sv})', {})
        except GLib.Error as error:
            assert 'LimitReached' in error.message, error.message
            return False
        return True

    def test_advice(self):
        lab = self.shown(members=3)
        self.browser.click('button', 'Check')
        self.browser.says('Nothing stands in the way of a failover')
        lab.plug(3)
        wait_until(lambda: self.advice_on('eth3, which is in no group'), 'advice on the new card')
        self.browser.says('ipmpctl add front eth3')
        self.assert_well('advice')

    def advice_on(self, text):
        """What the service heard is good for a second: asked again until then."""
        self.browser.click('button', 'Check')
        self.browser.until('!document.querySelector(".ipmp-head-actions [disabled]")', 'the check is done')
        return text in self.browser.text('.ipmp-advice')

    def test_many_groups(self):
        lab = self.lab('[Group]\n[Interface eth0]\nAddresses=10.2.0.10/24\n', members=GROUPS)
        for number in range(1, GROUPS):
            lab.configure(**{f'g{number}': f'[Group]\n[Interface eth{number}]\nAddresses=10.2.0.{10 + number}/24\n'})
        lab.bus.call('/org/ipmp', 'org.ipmp.Manager', 'Reload', '(a{sv})', {})
        for number in range(1, GROUPS):
            wait_group(lab, 'ok', f'g{number}')
        self.show(f'{GROUPS} groups', 'front')
        names = '[...document.querySelectorAll(".ipmp-card h2")].map(head => head.innerText)'
        self.assertEqual(self.browser.evaluate(names), ['front', *(f'g{number}' for number in range(1, GROUPS))])
        self.assertEqual(self.browser.do('count', css='.ipmp-topology'), 0)
        lab.cable(5, False)
        self.browser.until(f'{names}[0] === "g5"', 'the worst is the first')
        self.browser.says('1 group has failed')
        self.browser.click('button', 'Details of g5')
        self.browser.wait('heading', 'History')
        self.assert_well('many')
        self.browser.do('fill', role='searchbox', name='Filter groups', value='10.2.0.13')
        self.browser.until(f'{names}.join() === "g3"')
        self.browser.do('fill', role='searchbox', name='Filter groups', value='nothing')
        self.browser.says('No group matches.')


if __name__ == '__main__':
    tap.main()
