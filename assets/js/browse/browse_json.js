/*
 * JSON as it came, laid out over lines: each token stays the text that was on
 * the wire, so no number or escape is bent. Addresses of ours become links.
 */
import { element } from '../lib/dom.js';
import { own } from '../lib/base.js';

const TOKEN = /"(?:[^"\\]|\\.)*"|[{}[\],:]|[^\s{}[\],:"]+/g;
const INDENT = '  ';

/* link(text, key, path) -> an address, or null. path: the keys and indexes
 * around the value. Returns a fragment. */
export function layOut(text, link = () => null) {
    const out = document.createDocumentFragment();
    const tokens = text.match(TOKEN) ?? [];
    const stack = []; // {array, key, index}
    let key = null;

    for (let i = 0; i < tokens.length; i++) {
        const token = tokens[i];
        const top = stack.at(-1);

        if (token === '{' || token === '[') {
            const end = token === '{' ? '}' : ']';

            if (tokens[i + 1] === end) {
                out.append(token + end);
                i++;
                continue;
            }
            out.append(`${token}\n${INDENT.repeat(stack.length + 1)}`);
            stack.push({ array: token === '[', key: null, index: 0 });
        } else if (token === '}' || token === ']') {
            stack.pop();
            out.append(`\n${INDENT.repeat(stack.length)}${token}`);
        } else if (token === ',') {
            top.index++;
            out.append(`,\n${INDENT.repeat(stack.length)}`);
        } else if (token === ':') {
            out.append(': ');
        } else if (top && !top.array && tokens[i + 1] === ':') {
            key = JSON.parse(token);
            top.key = key;
            out.append(element('span', { class: 'json-key' }, token));
        } else {
            out.append(valueOf(token, link, stack));
        }
    }
    return out;
}

function valueOf(token, link, stack) {
    const kind = token.startsWith('"') ? 'text'
        : /^[-\d]/.test(token) ? 'number'
            : 'word';
    const path = stack.map(({ array, key, index }) => array ? index : key);
    const href = link(kind === 'text' ? plain(token) : token, path);

    return href
        ? element('a', { class: `json-${kind}`, href }, token)
        : element('span', { class: `json-${kind}` }, token);
}

function plain(token) {
    try {
        return JSON.parse(token);
    } catch {
        return token;
    }
}

/* The path of an address of the API, whatever host it names: the server may
 * know itself by another name than this page does. null: anything else. */
export function ownAddress(text) {
    if (!/^(https?:\/\/[^/?#]+)?\/(?!\/)/.test(text)) {
        return null;
    }
    try {
        const { pathname, search } = new URL(text, location.origin);
        const path = own(pathname);

        /* Dots in it may have led elsewhere. */
        return path.startsWith('/api/') ? path + search : null;
    } catch {
        return null;
    }
}
