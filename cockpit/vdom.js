// SPDX-License-Identifier: LGPL-2.1-or-later
// A view is a function from state to a tree of plain values; patch() makes the document agree with
// it and touches nothing that is so already, so that focus, selection and open menus stay.
//
//   h(tag, props, ...children)    props: attributes, on* handlers, key, value, checked, and
//                                 move: [x, y] (moved by CSS, so that it can glide),
//                                 mounted: element => {} (called once, in the document)
//   memo(key, view, subject, inputs)   view(subject), drawn again only when one of the inputs, which
//                                 are all of the subject that the view looks at, is another

const SVG = "http://www.w3.org/2000/svg";
const OWN = new Set(["key", "mounted", "move"]);
const LIVE = new Set(["value", "checked", "indeterminate"]);

export function h(tag, props, ...children) {
    return { tag, props: props || {}, key: props?.key, children: flat(children, []) };
}

export function memo(key, view, subject, inputs) {
    return { tag: null, key, view, subject, inputs };
}

function flat(list, out) {
    for (const item of list) {
        if (Array.isArray(item))
            flat(item, out);
        else if (item !== null && item !== undefined && item !== false)
            out.push(typeof item === "object" ? item : { text: String(item) });
    }
    return out;
}

const sameInputs = (a, b) => a.length === b.length && a.every((value, i) => Object.is(value, b[i]));

/* A memo stands for the one node that its view makes. */
function settle(node, old) {
    if (node.tag !== null)
        return node;
    if (old?.memo && old.memo.view === node.view && sameInputs(old.memo.inputs, node.inputs))
        return old;
    const made = node.view(node.subject);
    return { ...made, key: node.key, memo: node };
}

function setProp(element, name, value, old) {
    if (name.startsWith("on")) {
        const type = name.slice(2);
        if (!element.ipmpHandlers)
            element.ipmpHandlers = {};
        if (!(type in element.ipmpHandlers))
            element.addEventListener(type, event => element.ipmpHandlers[type]?.(event));
        element.ipmpHandlers[type] = value;
    } else if (LIVE.has(name)) {
        if (element[name] !== value)
            element[name] = value;
    } else if (value !== old) {
        if (value === null || value === undefined || value === false)
            element.removeAttribute(name);
        else
            element.setAttribute(name, value === true ? "" : value);
    }
}

function setProps(element, props, old) {
    for (const name in old)
        if (!(name in props) && !OWN.has(name))
            setProp(element, name, LIVE.has(name) ? "" : null, old[name]);
    for (const name in props)
        if (!OWN.has(name))
            setProp(element, name, props[name], old[name]);
    if (props.move && String(props.move) !== String(old.move))
        element.style.transform = `translate(${props.move[0]}px, ${props.move[1]}px)`;
}

function create(node, namespace, mounted) {
    if (node.text !== undefined) {
        node.element = document.createTextNode(node.text);
        return node.element;
    }
    const space = node.tag === "svg" ? SVG : namespace;
    const element = space ? document.createElementNS(space, node.tag) : document.createElement(node.tag);
    node.element = element;
    patchChildren(element, [], node, space, mounted);
    setProps(element, node.props, {});
    if (node.props.mounted)
        mounted.push(() => node.props.mounted(element));
    return element;
}

const isSame = (a, b) => a.tag === b.tag && a.key === b.key && (a.text === undefined) === (b.text === undefined);

function update(old, node, namespace, mounted) {
    node.element = old.element;
    if (old === node)
        return;
    if (node.text !== undefined) {
        if (old.text !== node.text)
            node.element.data = node.text;
        return;
    }
    const space = node.tag === "svg" ? SVG : namespace;
    patchChildren(node.element, old.children, node, space, mounted);
    setProps(node.element, node.props, old.props);
}

function patchChildren(parent, before, node, namespace, mounted) {
    const keyed = new Map();
    const loose = [];
    for (const old of before) {
        if (old.key === undefined)
            loose.push(old);
        else
            keyed.set(old.key, old);
    }
    const kept = new Set();
    const children = node.children.map(child => {
        const candidate = child.key === undefined ? loose.find(old => !kept.has(old) && isSame(old, child))
            : keyed.get(child.key);
        const settled = settle(child, candidate);
        if (candidate && isSame(candidate, settled)) {
            kept.add(candidate);
            update(candidate, settled, namespace, mounted);
        } else {
            create(settled, namespace, mounted);
        }
        return settled;
    });
    node.children = children;
    for (const old of before)
        if (!kept.has(old))
            old.element.remove();
    let place = parent.firstChild;
    for (const child of children) {
        if (child.element === place)
            place = place.nextSibling;
        else
            parent.insertBefore(child.element, place);
    }
}

/** Make the children of `parent` what `children` say; `before` is what this returned the last time. */
export function patch(parent, before, children) {
    const mounted = [];
    const root = { children: flat([children], []) };
    patchChildren(parent, before || [], root, null, mounted);
    for (const call of mounted)
        call();
    return root.children;
}
