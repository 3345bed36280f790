/*
 * What a cell shows becomes what another node says. Where both are a text in an
 * element of the same kind, the one that is there says it: nothing is styled
 * anew for it.
 */
export function renewCell(cell, node) {
    const there = cell.firstChild;

    if (cell.childNodes.length !== 1 || !isAlike(there, node)) {
        cell.replaceChildren(node);
        return;
    }
    if (there.firstChild.data !== node.firstChild.data) {
        there.firstChild.data = node.firstChild.data;
    }
    if (there.style.cssText !== node.style.cssText) {
        there.style.cssText = node.style.cssText;
    }
    for (const name of namesOf(there, node)) {
        tell(there, name, node.getAttribute(name));
    }
}

const isAlike = (one, other) => isText(one) && isText(other) &&
    one.localName === other.localName && one.className === other.className;

const isText = (node) => node.nodeType === Node.ELEMENT_NODE &&
    node.childNodes.length === 1 &&
    node.firstChild.nodeType === Node.TEXT_NODE;

/* A style that is written as an attribute is refused (CSP). */
const namesOf = (...nodes) => new Set(nodes.flatMap(
    (node) => node.getAttributeNames()).filter((name) => name !== 'style'));

function tell(node, name, value) {
    if (value === null) {
        node.removeAttribute(name);
    } else if (node.getAttribute(name) !== value) {
        node.setAttribute(name, value);
    }
}
