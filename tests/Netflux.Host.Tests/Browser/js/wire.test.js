import assert from 'node:assert/strict';
import { test } from 'node:test';
import { concat, fromHex, hex, randomBytes } from '../../../../Netflux.Host/wwwroot/netflux/bytes.js';
import * as codes from '../../../../Netflux.Host/wwwroot/netflux/wire/codes.js';
import { closeBody, FrameFlags, FrameKind, isDisplayName, readCloseBody, readHeader, readNumber, writeHeader } from '../../../../Netflux.Host/wwwroot/netflux/wire/frames.js';
import * as messages from '../../../../Netflux.Host/wwwroot/netflux/wire/messages.js';
import { frame, sourceOf } from './vectors.js';

const network = Uint8Array.from({ length: 20 }, (_, at) => at + 1);

test('the golden header and numbers', () => {
  const header = readHeader(frame('header'));
  assert.deepEqual({ ...header, sequence: 0 }, { kind: FrameKind.Message, flags: FrameFlags.Broadcast | FrameFlags.ConfirmSoon, channel: 7, length: 3, sequence: 0 });
  const written = new Uint8Array(16);
  writeHeader(written, 0, { ...header, sequence: 77 });
  assert.equal(hex(written), '40030007000000030000000000000000'.slice(0, -2) + '4d');
  assert.equal(readNumber(frame('ack')), 0x1122334455667788n);
  assert.equal(readHeader(frame('header').subarray(0, 15)), null);
});

const bodies = {
  resume: [messages.Resume, { sessionId: fromHex('0102030405060708090a0b0c0d0e0f10'), receivedUpTo: 300n, birth: 5n }],
  attach: [messages.Attach, { channel: 3, network, epoch: 2, member: Uint8Array.of(9, 8, 7), windowBytes: 1n << 20n }],
  'attach-refused': [messages.AttachRefused, { network, code: codes.ErrorCode.NotAdmitted }],
  detach: [messages.Detach, { network, reason: codes.LeavingReason.WentOffline }],
  credit: [messages.Credit, { channel: 3, messagesConsumed: 64n, costConsumed: 10_496n }],
  'message-grant': [messages.MessageGrant, { channel: 3, message: 65n }],
  'join-request': [messages.JoinRequestFrame, { id: 42n, invitation: Uint8Array.of(1, 2, 3, 4) }],
  'join-answer': [messages.JoinAnswerFrame, { id: 42n, answer: codes.DeclinedReason.Declined, why: 'not today' }],
  end: [messages.SessionEnd, { reason: codes.LeavingReason.WentOffline }],
  refused: [messages.RefusedFrame, { kind: 0x70 }],
};

for (const [name, [type, value]] of Object.entries(bodies)) {
  test(`the golden ${name} is read, and written again byte for byte`, () => {
    assert.deepEqual(type.decode(frame(name)), value);
    assert.equal(hex(type.encode(value)), hex(frame(name)));
  });

  test(`every truncation of ${name} is read as something shorter or refused, and nothing throws`, () => {
    for (let length = 0; length < frame(name).length; length++) type.decode(frame(name).subarray(0, length));
  });
}

test('the golden close', () => {
  assert.deepEqual(readCloseBody(frame('close').subarray(1)), { code: codes.CloseCode.Replaced, text: 'newer', seen: 1_700_000_000_000n });
  assert.equal(hex(closeBody(codes.CloseCode.Replaced, 'newer', 1_700_000_000_000n)), hex(frame('close').subarray(1)));
});

test('random bytes never make a decoder throw', () => {
  for (let round = 0; round < 2_000; round++) {
    const bytes = randomBytes(round % 97);
    for (const type of [messages.MemberControl, messages.IntroductionBody, messages.ToClient, messages.SignedRecord, messages.Hello]) type.decode(bytes);
  }
});

test('of a oneof the last that came counts', () => {
  const both = concat(messages.ToClient.encode({ done: {} }), messages.ToClient.encode({ renewed: { unknown: [] } }));
  assert.deepEqual([messages.ToClient.decode(both).say, messages.ToClient.decode(both).done], ['renewed', null]);
});

test('a field of a later version is skipped, and a known one with another encoding too', () => {
  assert.equal(messages.SessionEnd.decode(concat(fromHex('7a0201027000'), frame('end'))).reason, 2);
  assert.equal(messages.SessionEnd.decode(fromHex('0a0101')).reason, 0);
});

test('names of one line are taken, others are not', () => {
  for (const name of ['ann', 'böb', '名前', '😀', '']) assert.ok(isDisplayName(name), name);
  for (const name of ['a\nb', 'a\u202eb', 'a\u2028b', '\ud800', 'x'.repeat(65), 'a\u200fb']) assert.ok(!isDisplayName(name), JSON.stringify(name));
});

// ---- The tables are those of the sources ----

const protoMessages = (path, renamed) => [...sourceOf(path).replaceAll(/\/\/.*/g, '').matchAll(/message (\w+) \{((?:[^{}]|\{[^{}]*\})*)\}/g)]
  .map(([, name, body]) => [renamed[name] ?? name, [...body.replaceAll(/enum \w+ \{[^}]*\}/g, '').matchAll(/(repeated )?(\w+) (\w+) = (\d+);/g)]
    .filter(([, , type]) => type !== 'reserved').map(([, many, type, field, number]) => [Number(number), field.replaceAll(/_(\w)/g, (_, letter) => letter.toUpperCase()), type, many !== undefined])]);

for (const [path, renamed] of [['Netflux.Actors/Wire/netflux.proto', { Refused: 'RefusedFrame' }], ['Netflux.Actors/Wire/signaling.proto', { Refused: 'RefusedByServer' }]]) {
  test(`the tables are those of ${path}`, () => {
    const declared = protoMessages(path, renamed);
    assert.ok(declared.length > 15);
    for (const [name, fields] of declared) {
      const table = messages[name];
      assert.ok(table, `${name} is missing`);
      assert.deepEqual(table.fields.map(([field, of]) => [of.number, field, typeof of.type === 'string' ? of.type : 'message', of.repeated ?? false]),
        fields.sort(([one], [other]) => one - other).map(([number, field, type, many]) => [number, field, { Mode: 'uint32' }[type] ?? (/^[A-Z]/.test(type) ? 'message' : type), many]), name);
    }
  });
}

const enumOf = (path, name) => Object.fromEntries([...new RegExp(`enum ${name}[^{]*\\{([^}]*)\\}`).exec(sourceOf(path))[1].replaceAll(/\/\/.*/g, '').matchAll(/(\w+) = (0x\w+|\d+)/g)].map(([, key, value]) => [key, Number(value)]));

for (const [table, path, name] of [
  [codes.CloseCode, 'Netflux.Actors/Links/LinkTypes.cs', 'CloseCode'], [codes.ErrorCode, 'Netflux.Actors/Messages/NetfluxError.cs', 'NetfluxError'],
  [codes.LeavingReason, 'Netflux.Actors/Messages/CommonMessages.cs', 'PeerLeavingReason'], [codes.DeclinedReason, 'Netflux.Actors/Messages/JoinRequestMessages.cs', 'JoinRequestDeclinedReason'],
  [FrameKind, 'Netflux.Actors/Wire/FrameKind.cs', 'FrameKind'], [FrameFlags, 'Netflux.Actors/Wire/FrameKind.cs', 'FrameFlags'],
]) test(`the numbers of ${name} are those of .NET`, () => assert.deepEqual({ ...table }, enumOf(path, name)));
