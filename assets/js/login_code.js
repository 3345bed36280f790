/*
 * The form of the code: a second submit does nothing. Works without this file
 * too.
 */
import { submitOnce } from './lib/submit_once.js';

const form = document.getElementById('login');
const { code } = form.elements;

submitOnce(form);
code.focus();
