#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""manual-from-xml.py POLICY XML... >org.ipmp.5.rst: the manual page of the bus interface, from the
introspection data and its comments, and from the actions of polkit."""
import re
import sys
import textwrap
import xml.etree.ElementTree as ElementTree

HEAD = '''\
========
org.ipmp
========

----------------------------------------------
the bus interface of IP network multipathing
----------------------------------------------

:Manual section: 5
:Manual group: IP multipathing

SYNOPSIS
========

| bus: the system bus
| name: *org.ipmp*
| objects: */org/ipmp*, */org/ipmp/group/LABEL*, */org/ipmp/interface/LABEL*

DESCRIPTION
===========

The service, **ipmpd**\\(8), is seen and steered over D-Bus. **ipmpctl**\\(1), *libipmp* and the header
*<ipmp/ipmp-sd-bus.h>* use nothing else. What stands here is there to stay: members may be added, an
incompatible change would be another interface beside these.

Values are given with their D-Bus types: *s* a string, *b* yes or no, *u* and *t* numbers of 32 and 64
bits, *o* the path of an object, *a* an array of what follows, *a{sv}* a dictionary of named values.
'''
TAIL = '''\
POLKIT ACTIONS
==============

{actions}

The details *group*, *interface* and *address*, empty where they do not apply, are handed to rules.
root is allowed everything without being asked.

FILES
=====

/usr/share/dbus-1/interfaces/org.ipmp.\\*.xml
    The introspection data that this page was made of.

EXAMPLES
========

All that there is, one property, one change, and what happens::

    busctl call org.ipmp /org/ipmp org.freedesktop.DBus.ObjectManager GetManagedObjects
    busctl get-property org.ipmp /org/ipmp org.ipmp.Manager State
    busctl call org.ipmp /org/ipmp/interface/eth0 org.ipmp.Interface Offline 'a{{sv}}' 0
    busctl monitor org.ipmp

SEE ALSO
========

**ipmp**\\(7), **ipmpd**\\(8), **ipmpctl**\\(1), **busctl**\\(1), **polkit**\\(8)
'''


def escape(text):
    return re.sub(r'([\\*`|_])', r'\\\1', text)


def paragraphs(text):
    """Of a comment: what "Name:", "@argument:" and free text say."""
    arguments, rest = [], []
    for line in text.splitlines():
        found = re.match(r'\s*@(\w+):\s*(.*)', line)
        if found:
            arguments.append([found[1], found[2]])
        else:
            rest.append(line.strip())
    name, _, first = rest[1].partition(':') if len(rest) > 1 else ('', '', '')
    body = re.sub(r'\n{3,}', '\n\n', '\n'.join([first.strip(), *rest[2:]])).strip()
    return name, dict(arguments), [' '.join(part.split()) for part in body.split('\n\n') if part]


def wrapped(text, indent):
    return textwrap.fill(escape(text), 100, initial_indent=indent, subsequent_indent=indent,
                         break_long_words=False, break_on_hyphens=False)


def signature(member):
    args = member.findall('arg')
    if member.tag == 'property':
        return f"**{escape(member.get('name'))}** *{member.get('type')}*"
    given = ', '.join(f"*{arg.get('type')}* {escape(arg.get('name'))}" for arg in args
                      if arg.get('direction') != 'out')
    returned = ', '.join(f"*{arg.get('type')}* {escape(arg.get('name'))}" for arg in args
                         if arg.get('direction') == 'out')
    return f"**{escape(member.get('name'))}** ({given})" + (f' -> {returned}' if returned else '')


def member_text(member, comment):
    _, arguments, body = paragraphs(comment)
    lines = [signature(member)]
    lines += [wrapped(part, '    ') + '\n' for part in body]
    for arg in member.findall('arg'):
        text = arguments.get(arg.get('name'))
        if text:
            lines += [f"    *{escape(arg.get('name'))}*", wrapped(text, '        ')]
    return '\n'.join(lines).rstrip() + '\n'


def interface_text(path):
    parser = ElementTree.XMLParser(target=ElementTree.TreeBuilder(insert_comments=True))
    root = ElementTree.parse(path, parser).getroot()
    comment, interface = '', None
    for element in root:
        if element.tag is ElementTree.Comment:
            comment = element.text
        else:
            interface = element
            break
    name, arguments, body = paragraphs(comment)
    title = name.upper()
    text = [title, '=' * len(title), '', wrapped(arguments['short_description'] + '.', ''), '']
    text += [wrapped(part, '') + '\n' for part in body]
    groups = {'method': 'Methods', 'signal': 'Signals', 'property': 'Properties'}
    for tag, heading in groups.items():
        text += [heading, '-' * len(heading), '']
        for element in interface:
            if element.tag is ElementTree.Comment:
                comment = element.text
            elif element.tag == tag:
                text.append(member_text(element, comment))
    return '\n'.join(text)


def actions_text(policy):
    lines = []
    for action in ElementTree.parse(policy).findall('action'):
        defaults = action.find('defaults')
        lines += [action.get('id'),
                  wrapped(f"{action.findtext('description')}. By default: "
                          f"{defaults.findtext('allow_any')} for anyone, "
                          f"{defaults.findtext('allow_active')} at the machine itself.", '    ')]
    return '\n'.join(lines)


def main(policy, *paths):
    print(HEAD)
    for path in paths:
        print(interface_text(path))
    print(TAIL.format(actions=actions_text(policy)))


if __name__ == '__main__':
    main(*sys.argv[1:])
