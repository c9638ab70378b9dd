#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""po-to-js.py LANGUAGE.po PAGE.js MANIFEST.js: translations as Cockpit reads them: those of the page's
own texts for the page, those of its menu for the shell. With --list LINGUAS: the languages."""
import gettext
import json
import pathlib
import re
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
RIGHT_TO_LEFT = {'ar', 'fa', 'he', 'ur', 'yi'}


def languages(path):
    lines = pathlib.Path(path).read_text(encoding='utf-8').splitlines()
    return ' '.join(line.strip() for line in lines if line.strip() and not line.startswith('#'))


def menu_texts():
    manifest = json.loads((HERE / 'manifest.json').read_text(encoding='utf-8'))
    return {entry['label'] for entry in manifest['menu'].values()}


def catalogue(po, template):
    """What of the template is translated: a dictionary of gettext's."""
    with tempfile.TemporaryDirectory() as directory:
        merged, compiled = f'{directory}/po', f'{directory}/mo'
        subprocess.run(['msgmerge', '--quiet', '--no-fuzzy-matching', '-o', merged, po, template], check=True)
        subprocess.run(['msgattrib', '--no-obsolete', '--no-fuzzy', '--translated', '-o', merged, merged], check=True)
        subprocess.run(['msgfmt', '-o', compiled, merged], check=True)
        with open(compiled, 'rb') as file:
            return gettext.GNUTranslations(file)


def page_template(path):
    sources = sorted(str(source) for source in HERE.glob('*.js'))
    subprocess.run(['xgettext', '--from-code=UTF-8', '--language=JavaScript', '--keyword=_', '-o', path, *sources],
                   check=True)


def entries(translations):
    """{msgid: [null, forms...]}"""
    found = {}
    for key, text in translations._catalog.items():  # pylint: disable=protected-access
        message, number = key if isinstance(key, tuple) else (key, 0)
        if message:
            forms = found.setdefault(message, [None])
            forms.extend([None] * (number + 2 - len(forms)))
            forms[number + 1] = text
    return found


def script(language, plural, texts):
    head = {'language': language, 'language-direction': 'rtl' if language.split('_')[0] in RIGHT_TO_LEFT else 'ltr'}
    body = json.dumps({'': head, **texts}, ensure_ascii=False, sort_keys=True, indent=0)
    return 'cockpit.locale(' + body.replace('"": {', f'"": {{"plural-forms": n => {plural},', 1) + ');\n'


def plural_of(po):
    text = pathlib.Path(po).read_text(encoding='utf-8')
    match = re.search(r'plural=([^;\\]+(?:\\n"\n"[^;\\]+)*);', text)
    return match[1].strip() if match else 'n != 1'


def main(po, page, manifest):
    language = pathlib.Path(po).stem
    with tempfile.TemporaryDirectory() as directory:
        template = f'{directory}/page.pot'
        page_template(template)
        translations = catalogue(po, template)
    texts = entries(translations)
    plural = plural_of(po)
    menu = {text: texts[text] for text in menu_texts() if text in texts}
    pathlib.Path(page).write_text(script(language, plural, texts), encoding='utf-8')
    pathlib.Path(manifest).write_text(script(language, plural, menu), encoding='utf-8')


if __name__ == '__main__':
    if sys.argv[1] == '--list':
        print(languages(sys.argv[2]))
    else:
        main(*sys.argv[1:])
