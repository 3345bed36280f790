/*
 * What was done, by whom, to whom: the rows of the audit.
 */
import { changesOf } from '../orders/changes_list.js';
import { agentWords, whenCell } from '../lib/cells.js';
import { element, link } from '../lib/dom.js';
import { formatDecimal, sideWord } from '../lib/format.js';
import { nameNode, shorten } from '../lib/names.js';
import { besideNumber } from '../orders/order_words.js';
import { formatWhen } from '../lib/times.js';

const NAME_MAX = 40;

const ACTIONS = {
    'order.new': 'placed an order',
    'order.update': 'changed an order',
    'order.delete': 'removed an order',
    'order.correct': 'corrected an order',
    'user.create': 'added a user',
    'user.change': 'changed a user',
    'password.set': 'set a password',
    'password.change': 'changed their own password',
    'factor.add': 'set up a second factor',
    'factor.codes': 'created new recovery codes',
    'factor.recover': 'used a recovery code',
    'factor.remove': 'turned off their second factor',
    'factor.reset': 'removed a second factor',
    login: 'logged in',
    'login.failed': 'failed to log in',
    'session.end': 'ended a login',
    'socket.end': 'ended a socket',
    'view.end': 'ended a live view',
    'token.create': 'created a token',
    'token.end': 'revoked a token',
    'login.confirm': 'confirmed their password',
    'instrument.create': 'added an instrument',
    'instrument.change': 'changed an instrument',
    'instrument.remove': 'removed an instrument',
    'layout.create': 'added a shared layout',
    'layout.change': 'changed a shared layout',
    'layout.remove': 'removed a shared layout',
    export: 'exported orders',
    'refused.login': 'failed to log in: unknown name',
    'refused.forbidden': 'was refused: not allowed',
    'refused.csrf': 'was refused: CSRF token',
    'refused.origin': 'was refused: foreign origin',
    'refused.throttled': 'was refused: too many requests',
    'refused.confirm': 'was refused: password needed again',
    'refused.second_factor_required': 'was refused: second factor required',
};

export const AUDIT_COLUMNS = [
    { title: 'When', name: 'when', cell: ({ time }) => whenCell(time) },
    {
        title: 'Who', name: 'actor', cell: ({ actor, address }) =>
            (actor === null ? element('span', { class: 'second' }, address
                ? 'unknown' : 'a command') : nameNode('', actor)),
    },
    { title: 'From', name: 'address', cell: ({ address }) => address },
    {
        title: 'Action', name: 'action', cell: ({ action }) =>
            ACTIONS[action] ?? action.replaceAll('.', ': ')
                .replaceAll('_', ' '),
    },
    { title: 'Target', name: 'subject', cell: subjectCell },
    {
        title: 'What', name: 'changed', cell: whatCell,
    },
];

/* A change says what it changed, all else what it was about. */
function whatCell({ changes, state }) {
    const list = changesOf(counted(shortened(changes)));

    if (state) {
        list.prepend(element('li', {}, `${sideWord(state.side)} ` +
            `${formatDecimal(state.quantity)} ` +
            `${besideNumber(shorten(state.instrument, NAME_MAX))} at ` +
            formatDecimal(state.price)));
    }
    return list;
}

/* Of a user agent what it comes to. */
function shortened({ user_agent: agent, ...others }) {
    return agent === undefined ? others : {
        ...others,
        device: Array.isArray(agent) ? agent.map((one) =>
            one === null ? null : agentWords(one)) : agentWords(agent),
    };
}

/* What was refused again and again has a row for each minute. */
function counted(changes) {
    const { count, minute, ...others } = changes;

    return minute === undefined ? changes : {
        ...others, times: count, 'in the minute from':
            [].concat(minute).map((text) => text && formatWhen(text)),
    };
}

function subjectCell({ subject, order }) {
    const node = element('span', { class: 'subject' });

    if (order) {
        node.append(link(`order ${order}`, `/admin/audit/?order=${order}`));
    }
    if (subject) {
        node.append(order ? ' of ' : '', nameNode('', subject));
    }
    return node;
}
