/*
 * The frame around the monitor: folds away, and its height is the user's.
 */
import { narrowScreen } from '../lib/screen.js';
import { settingGet, settingPut } from '../lib/settings.js';

const HEIGHT_DEFAULT = 230;
const HEIGHT_MIN = 90;
const GRID_MIN = 180;
const KEY_STEP = 20;

/* folded(): it was folded away or back. dom: panel, toggle, content, grip */
export function startMonitorPanel(folded, dom) {
    let height = Number(settingGet('monitor-height', HEIGHT_DEFAULT));
    let from = null;

    const otherwise = narrowScreen.matches ? 'no' : 'yes';
    const limit = (value) => Math.round(Math.max(HEIGHT_MIN,
        Math.min(value, innerHeight - GRID_MIN)));
    const apply = () => {
        dom.panel.style.setProperty('--monitor-height', `${limit(height)}px`);
        dom.grip.setAttribute('aria-valuenow', String(limit(height)));
        dom.grip.setAttribute('aria-valuemin', String(HEIGHT_MIN));
        dom.grip.setAttribute('aria-valuemax', String(limit(Infinity)));
    };
    const open = (isOpen) => {
        dom.toggle.setAttribute('aria-expanded', String(isOpen));
        dom.content.hidden = !isOpen;
        dom.grip.hidden = !isOpen;
        dom.panel.classList.toggle('is-folded', !isOpen);
        folded();
    };
    const keep = () => {
        height = limit(height);
        settingPut('monitor-height', height);
        apply();
    };

    if (!Number.isFinite(height)) {
        height = HEIGHT_DEFAULT;
    }
    apply();
    open(settingGet('monitor-open', otherwise) === 'yes');
    addEventListener('resize', apply);
    dom.toggle.addEventListener('click', () => {
        const isOpen = dom.toggle.getAttribute('aria-expanded') !== 'true';

        open(isOpen);
        settingPut('monitor-open', isOpen ? 'yes' : 'no');
    });
    dom.grip.addEventListener('pointerdown', (event) => {
        from = { y: event.clientY, height: limit(height) };
        dom.grip.setPointerCapture(event.pointerId);
        event.preventDefault();
    });
    dom.grip.addEventListener('pointermove', (event) => {
        if (from) {
            height = from.height + from.y - event.clientY;
            apply();
        }
    });
    dom.grip.addEventListener('lostpointercapture', () => {
        if (from) {
            from = null;
            keep();
        }
    });
    dom.grip.addEventListener('keydown', (event) => {
        const step = { ArrowUp: KEY_STEP, ArrowDown: -KEY_STEP }[event.key];

        if (step) {
            height = limit(height) + step;
            event.preventDefault();
            keep();
        }
    });
}
