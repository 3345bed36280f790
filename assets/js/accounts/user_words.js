/*
 * What a user may, in words.
 */
import { pillCell } from '../lib/cells.js';

export function roleWords(user) {
    return user.is_superuser ? 'superuser' : user.is_staff ? 'staff' : 'trader';
}

export function rightsWords(user) {
    const rights = ['add', 'change', 'delete'].filter(
        (right) => user[`may_${right}`]);

    return rights.length === 3 ? 'all' : rights.join(', ') || 'view only';
}

export function activeCell(user) {
    return user.is_active ? pillCell('active', 'new')
        : pillCell('deactivated', 'rejected');
}

export function nameWords(user) {
    return [user.first_name, user.last_name].filter(Boolean).join(' ');
}
