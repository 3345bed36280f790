/*
 * The password again, where the server asks for it (403 with the code
 * "confirm"), and a code where the account turns out to need one: once given, what was refused is sent again.
 */
import { confirmWith, send } from '../lib/api.js';
import { answerOf, startDialog } from '../lib/dialogs.js';
import { at } from '../lib/dom.js';
import { Form } from '../lib/form.js';

const dialog = at('password-question');
const form = new Form(dialog.querySelector('form'), {
    check: ({ password }) => password ? {} : { password: ['is required'] },
    async send({ password, code }) {
        try {
            return await send('POST', '/api/confirm/', { password, code });
        } catch (error) {
            if (error.fields?.code) {
                showCode();
            }
            throw error;
        }
    },
    done: () => dialog.close('confirmed'),
});

/* Left out while it is switched off. */
function showCode() {
    at('code-again').disabled = false;
    at('code-again').closest('.field').hidden = false;
}

startDialog(dialog);
confirmWith(async () => {
    form.reset();
    return await answerOf(dialog) === 'confirmed';
});
