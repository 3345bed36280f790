/*
 * A page that says why there is no other: the way back, where there is one.
 */
import { at } from './lib/dom.js';

at('back').hidden = history.length < 2;
at('back').addEventListener('click', () => history.back());
