// Numbers as they are typed, and exact arithmetic on them: no browser needed.
import assert from 'node:assert/strict';
import test from 'node:test';
import { canonical, compareDecimals, distance, middleTwo, multiplyDecimals,
         subtractDecimals, timesIn } from '../../assets/js/lib/decimal.js';
import { edits } from '../../assets/js/lib/edits.js';
import { isInParts, readField, readNumber, searchWords, typedIn, typedNumber,
         wireFault } from '../../assets/js/lib/number_input.js';

const READ = [
  ['en-US', '1234', '1234'], ['en-US', '1,234', '1234'],
  ['en-US', '1,234.50', '1234.5'], ['en-US', '1.234', '1.234'],
  ['de-DE', '.5', '0.5'], ['de-DE', '-.25', '-0.25'], ['en-US', ',5', '0.5'],
  ['fr-FR', '.500', '0.5'], ['de-CH', ',5', '0.5'], ['de-DE', ',500', '0.5'],
  ['en-US', '  12.5\u00a0', '12.5'], ['en-US', '.5', '0.5'],
  ['en-US', '-.5', '-0.5'], ['en-US', '\u22122.5', '-2.5'],
  ['en-US', '007', '7'], ['en-US', '-0.00', '0'],
  ['en-US', '92,233,720,368.54775807', '92233720368.54775807'],
  ['de-DE', '1.234', '1234'], ['de-DE', '1.234,5', '1234.5'],
  ['de-DE', '1234,5', '1234.5'], ['de-DE', ',5', '0.5'],
  ['de-DE', '\u22121.234.567', '-1234567'],
  ['fr-FR', '1 234,5', '1234.5'], ['fr-FR', '1\u202f234,5', '1234.5'],
  ['de-CH', "1'234.5", '1234.5'], ['de-CH', '1\u2019234.5', '1234.5'],
  ['en-IN', '12,34,567', '1234567'], ['es-ES', '1.234', '1234'],
  ['es-ES', '12.345,6', '12345.6'], ['ar-EG', '١٬٢٣٤٫٥', '1234.5'],
];

const REFUSED = [
  ['en-US', '1,5', /two ways.*“\.” is the decimal mark.*“,” groups/],
  ['en-US', '1.234,5', /two ways/], ['en-US', '12,34', /two ways/],
  ['en-US', '1234,567', /two ways/], ['en-US', '0,123', /two ways/],
  ['en-US', '1,,234', /two ways/], ['en-US', '1.2.3', /two ways/],
  ['de-DE', '1.5', /two ways.*“,” is the decimal mark.*1\.234,5/],
  ['de-DE', '.500', /two ways/], ['de-DE', '1.23', /two ways/],
  ['en-US', ',500', /two ways/], ['en-US', '.', /must be a number/],
  ['de-DE', '1,234.5', /two ways/], ['fr-FR', '1.5', /two ways/],
  ['en-IN', '1,234,567', /two ways/],
  ['en-US', '1 234', /must be a number/], ['en-US', 'dear', /must be a/],
  ['en-US', '', /must be a number, as in 1,234\.5/],
  ['en-US', '-', /must be a number/], ['en-US', '5.', /two ways/],
  ['en-US', '1e3', /“1e3” is not accepted.*power of ten/],
  ['de-DE', '1,5E-3', /power of ten/],
  ['en-US', '1k', /“1k” is not accepted.*without “k”/],
  ['en-US', '2.5m', /without “m”/],
  ['en-US', '3 bn', /without “bn”/], ['en-US', '0x10', /must be a/],
  ['en-US', '--5', /must be a/], ['en-US', 'Infinity', /must be a/],
];

test('what is shown is what is read', () => {
  for (const [locale, text, value] of READ)
    assert.deepEqual(readNumber(text, locale), { value }, `${locale} ${text}`);
});

test('in a field of whole numbers three digits behind the mark are refused', () => {
  const whole = (value) => ({ value, dataset: { whole: 'yes' } });
  const parts = (value) => ({ value, dataset: { whole: 'no' } });
  const price = (value) => ({ value, dataset: {} });
  for (const [locale, typed, words] of [
    ['en-US', '1.000', /“1\.000” could be read two ways: write 1000, or 1\.0000 where “\.” is meant as the decimal mark/],
    ['en-US', '12.345', /write 12345, or 12\.3450/],
    ['de-DE', '1,000', /write 1000, or 1,0000 where “,”/],
    ['fr-FR', '100,125', /write 100125/], ['ar-EG', '١٫٠٠٠', /١٠٠٠/]]) {
    assert.match(readField(whole(typed), locale).fault, words);
    for (const field of [parts, price])
      assert.deepEqual(readField(field(typed), locale), readNumber(typed, locale));
  }
  assert.deepEqual(readField(price('1.125'), 'en-US'), { value: '1.125' });
  for (const typed of ['1.5', '1.0000', '0.125', '.125', '1234.567', '1.00',
    '1,000', '1,234.567', '−1.000'])
    assert.deepEqual(readField(whole(typed), 'en-US'), readNumber(typed, 'en-US'));
  // What is filled in reads as it was.
  for (const locale of ['en-US', 'de-DE', 'ar-EG', 'de-CH'])
    for (const value of ['1.125', '999.001', '1', '1000.125', '0.125', '1.5'])
      assert.deepEqual(readField(whole(typedIn(whole(), value, locale)), locale),
                       { value }, `${locale} ${value}`);
  assert.deepEqual(['1', '0.5', '10', null, undefined].map(isInParts),
                   [false, true, false, false, false]);
});

test('what could mean something else is refused, and it is said why', () => {
  for (const [locale, text, fault] of REFUSED) {
    const read = readNumber(text, locale);
    assert.equal(read.value, undefined, `${locale} ${text}`);
    assert.match(read.fault, fault);
  }
});

test('every number reads as it was, shown or made ready to be typed', () => {
  const numbers = ['0', '5', '-5', '999', '1000', '12345', '-1234567.5',
    '0.00000001', '92233720368.54775807'];
  for (const locale of ['en-US', 'de-DE', 'fr-FR', 'de-CH', 'en-IN', 'es-ES',
    'pl-PL', 'sv-SE', 'ar-EG', 'fa-IR', 'hi-IN', 'ja-JP', 'pt-PT', 'bn-BD']) {
    for (const number of numbers) {
      const typed = typedNumber(number, locale);
      assert.deepEqual(readNumber(typed, locale), { value: number },
                       `${locale} ${typed}`);
      const [whole, fraction] = number.replace('-', '').split('.');
      const shown = (number.startsWith('-') ? '\u2212' : '') +
        BigInt(whole).toLocaleString(locale) +
        typedNumber(fraction ? `.${fraction}` : '', locale);
      assert.deepEqual(readNumber(shown, locale), { value: number },
                       `${locale} ${shown}`);
    }
  }
});

test('a search for a number as it is shown is one for it as it is stored',
  () => {
    for (const [locale, text, words] of [
      ['en-US', '1,234 EDF01', '1234 EDF01'],
      ['de-DE', '1.234,5 !2.000', '1234.5 !2000'],
      ['de-DE', '"1.234" EDF-1.5 007', '"1.234" EDF-1.5 007'],
      ['en-US', '\u22122.5 Über', '-2.5 Über'],
      ['en-US', 'a,b 10.50 %', 'a,b 10.5 %'],
    ]) assert.equal(searchWords(text, locale), words);
  });

test('arithmetic is exact', () => {
  assert.equal(multiplyDecimals('1234', '12.5'), '15425');
  assert.equal(multiplyDecimals('0.1', '0.2'), '0.02');
  assert.equal(multiplyDecimals('3', '-0.00000001'), '-0.00000003');
  assert.equal(multiplyDecimals('92233720368.54775807', '92233720368.54775807'),
               '8507059173023461584739.6907784232501249');
  assert.equal(multiplyDecimals('x', '1'), null);
  assert.equal(subtractDecimals('100', '99.99999999'), '0.00000001');
  assert.equal(subtractDecimals('0.3', '0.3'), '0');
  assert.equal(compareDecimals('10', '9.99'), 1);
  assert.equal(compareDecimals('-1', '0.0'), -1);
  assert.equal(compareDecimals('1.50', '1.5'), 0);
  assert.equal(canonical('-000.0500'), '-0.05');
});

test('how far a price is from another', () => {
  for (const [a, b, percent, isBeyond] of [
    ['110', '100', 10, false], ['110.00000001', '100', 10, true],
    ['89', '100', 11, true], ['-12', '-10', 20, true], ['0', '0', 0, false],
    ['1', '0', Infinity, true], ['1234', '1.234', 99900, true],
    ['200.3', '100', 100.3, true], ['13.76', '12.5', 10.1, true],
  ]) assert.deepEqual(distance(a, b, 10), { percent, isBeyond });
});

test('a number as the wire has it is doubted where it may be meant otherwise',
  () => {
    for (const [locale, text, fault] of [
      ['de-DE', '1.234', /“1\.234” could be read two ways: as 1234.*1\.2340$/],
      ['de-DE', '-12.345', /two ways: as -12345/],
      ['de-DE', '1.2340', null], ['de-DE', '1.5', null], ['de-DE', '1234', null],
      ['en-US', '1.234', null], ['fr-FR', '1.234', null],
      ['es-ES', '1.234', /two ways/], ['en-US', '1e3', /power of ten/],
      ['en-US', '1.5E-3', /power of ten/], ['en-US', '+7', /without the plus/],
      ['en-US', '1,234', null], ['en-US', 'x', null], ['en-US', '', null],
    ]) {
      const found = wireFault(text, locale);
      if (fault) assert.match(found, fault, `${locale} ${text}`);
      else assert.equal(found, null, `${locale} ${text}`);
    }
  });

test('the middle of a list, and how often a number goes into another', () => {
  assert.deepEqual(middleTwo(['10', '9', '100']), ['10']);
  assert.deepEqual(middleTwo(['10', '9', '100', '-5']), ['9', '10']);
  assert.deepEqual(middleTwo(['7']), ['7']);
  assert.deepEqual(middleTwo([]), []);
  for (const [a, b, times] of [['100', '10', 10], ['99.99', '10', 9],
    ['1', '0.1', 10], ['1', '0', 0], ['-5', '1', 0], ['dear', '1', 0]])
    assert.equal(timesIn(a, b), times);
});

test('slips of the finger are counted', () => {
  for (const [a, b, count] of [['EDF01', 'EDF01', 0], ['EDF0', 'EDF01', 1],
    ['EFD01', 'EDF01', 1], ['EDFO1', 'EDF01', 1], ['EDDF01', 'EDF01', 1],
    ['', 'AB', 2], ['AXA', 'EDF', 3], ['EDF10', 'EDF01', 1]])
    assert.deepEqual([edits(a, b), edits(b, a)], [count, count], `${a} ${b}`);
});
