/*
 * What is pasted or dropped into the field of a number may be several of them,
 * as cells of a spreadsheet are. Where a line ends the browser would put a blank,
 * and 100 and 250 were one number where blanks group thousands. A semicolon
 * stands there instead, so that it is refused.
 */
const ENDS = /\s*[\t\n\v\f\r\u2028\u2029]\s*/g;

export function keepNumbersApart() {
    document.addEventListener('beforeinput', (event) => {
        const { target: field, data } = event;
        const text = data?.trim() ?? '';

        if (field.inputMode !== 'decimal' || text.search(ENDS) < 0) {
            return;
        }
        event.preventDefault();
        field.setRangeText(text.replace(ENDS, '; '),
            field.selectionStart, field.selectionEnd, 'end');
        field.dispatchEvent(new Event('input', { bubbles: true }));
    });
}
