import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readCloseText, writeCloseText } from '../../../../Netflux.Host/wwwroot/netflux/links/closeText.js';

// docs/WIRE.md, "Data channels"; the same as in CloseTextTests.cs.
for (const [code, text, expected] of [[4000, '', '4000 '], [4016, 'The nonce was used before.', '4016 The nonce was used before.'], [4043, 'zu voll, héhé', '4043 zu voll, héhé']]) {
  test(`code, blank and sentence: ${expected}`, () => {
    assert.equal(writeCloseText(code, text), expected);
    assert.deepEqual(readCloseText(expected), { code, text });
  });
}

for (const other of ['', '4000', '4000-bye', '400 bye', '40000 bye', '3999 bye', '5000 bye', '+400 bye', '-400 bye', ' 400 bye', '4e03 bye', 'abcd bye', '٤٠٠٠ bye', `4000 ${'x'.repeat(124)}`]) {
  test(`other text does not close a link: ${other.slice(0, 12)}`, () => assert.equal(readCloseText(other), null));
}

test('a sentence is as long as the reason of a WebSocket may be, and ends with a whole character', () => {
  assert.equal(writeCloseText(4000, 'é'.repeat(100)), `4000 ${'é'.repeat(61)}`);
  assert.equal(writeCloseText(4000, 'x'.repeat(200)), `4000 ${'x'.repeat(123)}`);
});
