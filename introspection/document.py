# SPDX-License-Identifier: LGPL-2.1-or-later
"""document.py OUTPUT XML...: one file of the introspection data whose comments are annotations, so
that the service tells them to who introspects it, as org.gtk.GDBus.DocString of each interface,
member and argument, which gdbus-codegen and others read."""
import re
import sys
import xml.etree.ElementTree as ElementTree

# gdbus-codegen takes annotations of its own prefix for itself and leaves them out of what it makes;
# names and values go into C strings as they are, where \107 is a G.
DOC = r'org.gtk.\107DBus.DocString'
SHORT = DOC + '.Short'


def parts(comment):
    """Of the comment before a member: {argument or "short_description": text}, free text."""
    arguments, rest = {}, []
    _, _, body = comment.strip().partition(':')
    for line in body.splitlines():
        found = re.match(r'\s*@(\w+):\s*(.*)', line)
        if found:
            arguments[found[1]] = found[2].strip()
        else:
            rest.append(line.strip())
    free = '\n'.join(rest).strip().split('\n\n')
    return arguments, '\n\n'.join(' '.join(part.split()) for part in free)


def annotate(node, name, text):
    if not text:
        return
    value = text.replace('\\', '\\\\').replace('"', '\\"').replace('\n', '\\n')
    node.insert(0, ElementTree.Element('annotation', name=name, value=value))


def document(node, comment):
    arguments, text = parts(comment)
    for argument in node.findall('arg'):
        annotate(argument, DOC, arguments.get(argument.get('name')))
    annotate(node, SHORT, arguments.get('short_description'))
    annotate(node, DOC, text)


def document_all(nodes):
    """Each of them has its comment before it; one of an annotation belongs to what comes next."""
    comment = ''
    for node in list(nodes):
        if node.tag is ElementTree.Comment:
            comment = node.text
        elif node.tag in ('interface', 'method', 'signal', 'property'):
            document(node, comment)
            comment = ''


def main(output, *paths):
    root = ElementTree.Element('node')
    for path in paths:
        parser = ElementTree.XMLParser(target=ElementTree.TreeBuilder(insert_comments=True))
        top = ElementTree.parse(path, parser).getroot()
        document_all(top)
        document_all(top.find('interface'))
        root.append(top.find('interface'))
    ElementTree.ElementTree(root).write(output, encoding='utf-8', xml_declaration=True)


if __name__ == '__main__':
    main(*sys.argv[1:])
