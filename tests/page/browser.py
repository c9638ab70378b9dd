# SPDX-License-Identifier: LGPL-2.1-or-later
"""A browser with the installed page through a real cockpit-ws: to be used inside privbus.sh."""
import itertools
import json
import os
import pathlib
import shutil
import subprocess
import tempfile
import urllib.error
import urllib.request

from lab import wait_until

BUILD = pathlib.Path(os.environ['BUILD'])
SOURCE = pathlib.Path(__file__).resolve().parents[2]
MODULES = BUILD / 'cockpit/npm/node_modules'
DRIVER = pathlib.Path(__file__).with_name('driver.mjs')
SHOTS = pathlib.Path(os.environ.get('SHOTS') or BUILD / 'cockpit/screenshots')
# A step of the browser on a busy machine.
STEP_MS = 60000
PORTS = itertools.count(9090)


def install_page():
    """The page as it is installed, below a directory that Cockpit looks into; that directory."""
    assert (MODULES / 'playwright-core').is_dir(), \
        'the page was left out of the build: npm could not get what cockpit/package-lock.json names'
    place = pathlib.Path(os.environ['PRIVBUS_DIR']) / 'page'
    if not place.exists():
        meson = subprocess.run(['meson', 'install', '-C', BUILD, '--no-rebuild', '--tags', 'cockpit',
                                '--destdir', place / 'root'], capture_output=True, text=True, check=False,
                               env={**os.environ, 'PATH': '/usr/bin:' + os.environ['PATH']})
        assert meson.returncode == 0, meson.stdout + meson.stderr
        found = list((place / 'root').rglob('cockpit/ipmp'))
        assert len(found) == 1, f'installed: {found}'
        (place / 'cockpit').mkdir()
        shutil.move(found[0], place / 'cockpit/ipmp')
    return place


class Cockpit:
    """cockpit-ws without a login, as a user (root by default)."""

    def __init__(self, user=None):
        data = install_page()
        home = pathlib.Path(tempfile.mkdtemp(dir=os.environ['PRIVBUS_DIR']))
        home.chmod(0o777)
        port = next(PORTS)
        self.url = f'http://127.0.0.1:{port}'
        become = ['setpriv', f'--reuid={user}', '--regid=nogroup', '--clear-groups'] if user else []
        self.log = open(home / 'log', 'w', encoding='utf-8')
        self.process = subprocess.Popen(
            [*become, '/usr/lib/cockpit/cockpit-ws', '--no-tls', '--address=127.0.0.1', f'--port={port}',
             '--local-session=/usr/bin/cockpit-bridge'],
            stdin=subprocess.DEVNULL, stdout=self.log, stderr=subprocess.STDOUT,
            env={**os.environ, 'HOME': str(home), 'XDG_DATA_HOME': str(data), 'XDG_RUNTIME_DIR': str(home)})
        wait_until(self.answers, f'cockpit-ws on {self.url}')

    def answers(self):
        assert self.process.poll() is None, f'cockpit-ws ended with {self.process.returncode}'
        try:
            with urllib.request.urlopen(f'{self.url}/ping', timeout=5) as answer:
                return answer.status == 200
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            return False

    def page(self):
        return f'{self.url}/cockpit/@localhost/ipmp/index.html'

    def close(self):
        self.process.terminate()
        self.process.wait(30)
        self.log.close()


class Browser:
    def __init__(self):
        profile = tempfile.mkdtemp(dir=os.environ['PRIVBUS_DIR'])
        self.process = subprocess.Popen(
            ['node', DRIVER, MODULES, profile], stdin=subprocess.PIPE, stdout=subprocess.PIPE, encoding='utf-8',
            env={**os.environ, 'HOME': profile, 'XDG_CONFIG_HOME': profile, 'XDG_CACHE_HOME': profile})
        self.answer('the start of the browser')

    def answer(self, what):
        line = self.process.stdout.readline()
        assert line, f'{what}: the browser is gone'
        answer = json.loads(line)
        assert 'error' not in answer, f'{what}: {answer["error"]}'
        return answer['value']

    def do(self, what, **order):
        self.process.stdin.write(json.dumps({'do': what, **order}) + '\n')
        self.process.stdin.flush()
        return self.answer(f'{what} {order}')

    def goto(self, url):
        self.do('goto', url=url)

    def click(self, role, name, **more):
        self.do('click', role=role, name=name, **more)

    def fill(self, name, value):
        self.do('fill', role='textbox', name=name, value=value)

    def check(self, name, value=True):
        self.do('check', role='checkbox', name=name, value=value)

    def choose(self, name, value):
        self.do('choose', role='combobox', name=name, value=value)

    def wait(self, role, name, **more):
        self.do('waitFor', role=role, name=name, timeout=STEP_MS, **more)

    def until(self, code, what='', timeout=STEP_MS):
        """The value of a JavaScript expression, once it is something true."""
        try:
            return self.do('until', code=code, timeout=timeout)
        except AssertionError as error:
            seen = self.do('evaluate', code='document.body?.innerText')
            raise AssertionError(f'{what or code}: {error}\nthe page says:\n{seen}') from None

    def says(self, *texts):
        """Once the page has all of these words."""
        code = ' && '.join(f'document.body.innerText.includes({json.dumps(text)})' for text in texts)
        self.until(code, f'the page says {texts}')

    def evaluate(self, code, argument=None):
        return self.do('evaluate', code=code, argument=argument)

    def text(self, css):
        return self.do('text', css=css)

    def shot(self, name, **more):
        SHOTS.mkdir(parents=True, exist_ok=True)
        self.do('shot', path=str(SHOTS / f'{name}.png'), **more)

    def faults(self):
        """What is wrong with the page as it is: axe-core's violations, errors, refused by the CSP."""
        return self.do('complaints') + self.do('axe')

    def close(self):
        if self.process.poll() is None:
            self.do('quit')
        self.process.wait(30)
        self.process.stdin.close()
        self.process.stdout.close()
