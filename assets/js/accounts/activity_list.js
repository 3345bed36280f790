/*
 * What was done to one's own account lately: logins, failed ones too, and
 * changes, by oneself or by staff.
 */
import { Problem, getRows } from '../lib/api.js';
import { whenCell } from '../lib/cells.js';
import { changesOf } from '../orders/changes_list.js';
import { at } from '../lib/dom.js';
import { sentence } from '../lib/form.js';
import { PlainTable } from '../lib/plain_table.js';

const SHOWN = 10;

const ACTIONS = {
    login: 'Login',
    'login.failed': 'Failed login',
    'login.confirm': 'Password confirmed',
    'password.change': 'Password changed',
    'password.set': 'Password set',
    'session.end': 'Login ended',
    'socket.end': 'Socket closed',
    'view.end': 'Live view ended',
    'token.create': 'Token created',
    'token.end': 'Token revoked',
    'user.change': 'Account changed',
    'user.create': 'Account created',
};
const BY = { you: 'you', staff: 'staff', command: 'the operator' };

const table = new PlainTable(at('activity').querySelector('table'), [
    { title: 'When', name: 'when', cell: ({ time }) => whenCell(time) },
    { title: 'What', name: 'action', cell: ({ action }) =>
        ACTIONS[action] ?? action },
    { title: 'By', name: 'actor', cell: ({ by }) => BY[by] ?? 'somebody' },
    { title: 'From', name: 'address', cell: ({ address, by }) =>
        by === 'command' ? '' : address ?? '' },
    { title: 'Changes', name: 'changes', cell: ({ action, changes }) =>
        action === 'user.change' ? changesOf(changes) : '' },
], 'Nothing yet.');

export async function readActivity() {
    try {
        table.show(await getRows(`/api/me/activity/?page_size=${SHOWN}`));
    } catch (error) {
        if (!(error instanceof Problem)) {
            throw error;
        }
        table.fail(`${sentence(error.message)}.`);
    }
}
