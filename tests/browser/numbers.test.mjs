// Numbers as they are typed, and exact arithmetic on them: no browser needed.
import assert from 'node:assert/strict';
import test from 'node:test';
import { canonical, compareDecimals, distance, multiplyDecimals,
         subtractDecimals } from '../../assets/js/decimal.js';
import { readNumber, searchWords, typedNumber, wireFault }
  from '../../assets/js/number_input.js';

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
  ['en-US', '1e3', /“1e3” is not taken.*power of ten/],
  ['de-DE', '1,5E-3', /power of ten/],
  ['en-US', '1k', /“1k” is not taken.*without “k”/],
  ['en-US', '2.5m', /without “m”/],
  ['en-US', '3 bn', /without “bn”/], ['en-US', '0x10', /must be a/],
  ['en-US', '--5', /must be a/], ['en-US', 'Infinity', /must be a/],
];

test('what is shown is what is read', () => {
  for (const [locale, text, value] of READ)
    assert.deepEqual(readNumber(text, locale), { value }, `${locale} ${text}`);
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
