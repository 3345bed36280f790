/*
 * The password again, where the server asks for it (403 with the code
 * "confirm"): once given, what was refused is sent again.
 */
import { confirmWith, send } from './api.js';
import { answerOf, startDialog } from './dialogs.js';
import { at } from './dom.js';
import { Form } from './form.js';

const dialog = at('password-question');
const form = new Form(dialog.querySelector('form'), {
    check: ({ password }) => password ? {} : { password: ['is required'] },
    send: ({ password }) => send('POST', '/api/confirm/', { password }),
    done: () => dialog.close('confirmed'),
});

startDialog(dialog);
confirmWith(async () => {
    form.reset();
    return await answerOf(dialog) === 'confirmed';
});
