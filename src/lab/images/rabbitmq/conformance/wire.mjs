// packages: amqplib
// 49 scenarios: the protocol by hand: headers, versions, handshakes out of order, frames that are no frames.

const u16 = (n) => [(n >> 8) & 255, n & 255];
const u32 = (n) => [...u16(n >>> 16), ...u16(n & 65535)];
const bytes = (text) => [...Buffer.from(text)];
const short = (text) => [bytes(text).length, ...bytes(text)];
const long = (text) => [...u32(bytes(text).length), ...bytes(text)];
const frame = (type, channel, payload, end = 206) => [type, ...u16(channel), ...u32(payload.length), ...payload, end];
const method = (channel, classId, methodId, payload = []) =>
  frame(1, channel, [...u16(classId), ...u16(methodId), ...payload]);

const HEADER = [...bytes('AMQP'), 0, 0, 9, 1];
const capable = (() => {
  const capability = (name) => [...short(name), 0x74, 1];
  const list = ['authentication_failure_close', 'connection.blocked', 'consumer_cancel_notify'].flatMap(capability);
  const table = [...short('capabilities'), 0x46, ...u32(list.length), ...list];
  return [...u32(table.length), ...table];
})();
const startOk = (mechanism = 'PLAIN', response = '\0guest\0guest', properties = capable) =>
  method(0, 10, 11, [...properties, ...short(mechanism), ...long(response), ...short('en_US')]);
const tuneOk = (channelMax = 2047, frameMax = 131072, heartbeat = 0) =>
  method(0, 10, 31, [...u16(channelMax), ...u32(frameMax), ...u16(heartbeat)]);
const openVhost = (vhost = '/') => method(0, 10, 40, [...short(vhost), ...short(''), 0]);
const openChannel = (channel) => method(channel, 20, 10, short(''));
const CLOSE_OK = method(0, 10, 51);

const NAMES = {
  '10.10': 'start',
  '10.30': 'tune',
  10.41: 'open-ok',
  '10.50': 'connection.close',
  10.51: 'connection.close-ok',
  20.11: 'channel.open-ok',
  20.21: 'flow-ok',
  '20.40': 'channel.close',
  20.41: 'channel.close-ok',
  30.11: 'access-ok',
  50.11: 'queue.declare-ok',
  60.11: 'qos-ok',
  60.72: 'get-empty',
  '60.80': 'ack',
  60.111: 'recover-ok',
  '60.50': 'return',
  40.11: 'exchange.declare-ok',
  '60.60': 'deliver',
  60.21: 'consume-ok',
};
/** What the bytes of the server say, one word a frame; of closes the code, the text and the method. */
const read = (data) => {
  const seen = [];
  let at = 0;
  if (data.subarray(0, 4).toString() === 'AMQP') {
    seen.push(`AMQP ${[...data.subarray(4, 8)].join('.')}`);
    at = 8;
  }
  while (at + 7 <= data.length) {
    const [type, channel, size] = [data[at], data.readUInt16BE(at + 1), data.readUInt32BE(at + 3)];
    const payload = data.subarray(at + 7, at + 7 + size);
    at += 8 + size;
    if (type !== 1) {
      seen.push(`${type === 8 ? 'heartbeat' : type === 2 ? 'header' : 'body'} on ${channel}`);
      continue;
    }
    const ids = `${payload.readUInt16BE(0)}.${payload.readUInt16BE(2)}`;
    const name = NAMES[ids] ?? ids;
    if (name !== 'connection.close' && name !== 'channel.close') {
      seen.push(`${name} on ${channel}`);
      continue;
    }
    const code = payload.readUInt16BE(4);
    const text = payload.subarray(7, 7 + payload[6]).toString();
    const [c, m] = [payload.readUInt16BE(7 + payload[6]), payload.readUInt16BE(9 + payload[6])];
    seen.push(`${name} on ${channel}: ${code} ${text} (${c}.${m})`);
  }
  return seen;
};

/** Sends the parts, each when the answer to the one before is there, and logs what came, and whether the end came. */
const talkNow = async (who, parts, options = {}) => {
  const socket = net.connect({ host: process.env.HOST, port: Number(process.env.PORT), noDelay: true });
  let data = Buffer.alloc(0);
  let isEnded = false;
  socket.on('data', (chunk) => {
    data = Buffer.concat([data, chunk]);
  });
  socket.on('error', () => {});
  const ended = new Promise((resolve) => {
    socket.on('end', () => resolve((isEnded = true)));
    socket.on('close', () => resolve((isEnded = true)));
  });
  await once(socket, 'connect');
  for (const part of parts) {
    const before = data.length;
    socket.write(Buffer.from(part));
    for (let tries = 0; tries < 16 && data.length === before && !isEnded; tries++) await sleep(5);
    await sleep(10);
  }
  if (options.waitMs) await Promise.race([ended, sleep(options.waitMs)]);
  log(who, ...read(data), isEnded ? 'ended' : 'open');
  socket.destroy();
};
/** They have nothing to do with each other, so ten of them go on at once. */
const talks = [];
const talk = (...args) => {
  talks.push(args);
};
const READY = [HEADER, startOk(), [...tuneOk(), ...openVhost()]];
const CHANNEL = [...READY, openChannel(1)];

talk('handshake', [...READY, method(0, 10, 50, [...u16(200), ...short('bye'), ...u16(0), ...u16(0)])]);
talk('channel opened and closed', [
  ...CHANNEL,
  method(1, 20, 40, [...u16(200), ...short(''), ...u16(0), ...u16(0)]),
  openChannel(1),
]);
talk('version 0-10', [[...bytes('AMQP'), 1, 1, 0, 10]], { waitMs: 100 });
talk('version 0-9', [[...bytes('AMQP'), 1, 1, 0, 9]]);
talk('version 9-9', [[...bytes('AMQP'), 9, 9, 9, 9]], { waitMs: 100 });
talk('http', [bytes('GET / HTTP/1.1\r\nHost: x\r\n\r\n')], { waitMs: 100 });
talk('header in pieces', [HEADER.slice(0, 3), HEADER.slice(3)]);
talk('AMQPLAIN', [
  HEADER,
  startOk(
    'AMQPLAIN',
    Buffer.from([...short('LOGIN'), 0x53, ...long('guest'), ...short('PASSWORD'), 0x53, ...long('guest')]).toString(
      'latin1',
    ),
  ),
  tuneOk(),
  openVhost(),
]);
talk('wrong password', [HEADER, startOk('PLAIN', '\0guest\0wrong')]);
talk('frame_max too small', [HEADER, startOk(), tuneOk(2047, 100)]);
talk('frame_max too large', [HEADER, startOk(), tuneOk(2047, 1_000_000)]);
talk('frame_max without limit', [HEADER, startOk(), tuneOk(2047, 0)]);
talk('channel_max too large', [HEADER, startOk(), tuneOk(65535)]);
talk('channel_max without limit', [HEADER, startOk(), tuneOk(0)]);
talk('virtual host that is not there', [HEADER, startOk(), tuneOk(), openVhost('nowhere')]);
talk('tune-ok and open in one piece', [HEADER, startOk(), [...tuneOk(), ...openVhost()]]);
talk('heartbeat frame', [...READY, frame(8, 0, []), openChannel(1)]);
talk('heartbeat on a channel', [...CHANNEL, frame(8, 1, [])]);
talk('heartbeat with a payload', [...READY, frame(8, 0, [1, 2, 3])]);
talk('bad end marker', [...READY, frame(1, 0, [0, 10, 0, 50], 7)]);
talk('frame too large', [...READY, [1, 0, 1, ...u32(131_073)]]);
talk('frame of unknown type', [...READY, frame(9, 1, bytes('hello'))]);
talk('frame of unknown type on channel 0', [...READY, frame(77, 0, bytes('a longer payload than 16 bytes'))]);
talk('body on channel 0', [...READY, frame(3, 0, bytes('x'))]);
talk('second channel.open', [...CHANNEL, openChannel(1)]);
talk('method before channel.open', [...READY, method(3, 60, 10, [...u32(0), ...u16(1), 0])]);
talk('connection method on a channel', [
  ...CHANNEL,
  method(1, 10, 50, [...u16(200), ...short(''), ...u16(0), ...u16(0)]),
]);
talk('channel method on channel 0', [...READY, method(0, 20, 10, short(''))]);
talk('start-ok twice', [...READY, startOk()]);
talk('body without a method', [...CHANNEL, frame(3, 1, bytes('x'))]);
talk('header without a method', [...CHANNEL, frame(2, 1, [...u16(60), ...u16(0), ...u32(0), ...u32(5), ...u16(0)])]);
const publish = method(1, 60, 40, [...u16(0), ...short(''), ...short('nobody'), 0]);
talk('method instead of a header', [...CHANNEL, [...publish, ...method(1, 60, 10, [...u32(0), ...u16(1), 0])]]);
talk('header of another class', [
  ...CHANNEL,
  [...publish, ...frame(2, 1, [...u16(50), ...u16(0), ...u32(0), ...u32(5), ...u16(0)])],
]);
talk('method instead of a body', [
  ...CHANNEL,
  [...publish, ...frame(2, 1, [...u16(60), ...u16(0), ...u32(0), ...u32(5), ...u16(0)]), ...publish],
]);
talk('body in pieces', [
  ...CHANNEL,
  [
    ...publish.slice(0, -1),
    206,
    ...frame(2, 1, [...u16(60), ...u16(0), ...u32(0), ...u32(4), ...u16(0)]),
    ...frame(3, 1, bytes('ab')),
    ...frame(3, 1, []),
    ...frame(3, 1, bytes('cd')),
    ...method(1, 60, 10, [...u32(0), ...u16(1), 0]),
  ],
]);
talk('immediate', [
  ...CHANNEL,
  [
    ...method(1, 60, 40, [...u16(0), ...short(''), ...short('nobody'), 2]),
    ...frame(2, 1, [...u16(60), ...u16(0), ...u32(0), ...u32(0), ...u16(0)]),
  ],
]);
talk('flow', [...CHANNEL, method(1, 20, 20, [1])]);
talk('flow off', [...CHANNEL, method(1, 20, 20, [0])]);
talk('access request', [...CHANNEL, method(1, 30, 10, [...short('/data'), 0])]);
talk('prefetch size', [...CHANNEL, method(1, 60, 10, [...u32(1000), ...u16(1), 0])]);
talk('recover without requeue', [...CHANNEL, method(1, 60, 110, [0])]);
talk('ack of a tag that never was', [...CHANNEL, method(1, 60, 80, [...u32(0), ...u32(7), 0]), method(1, 20, 41)]);
talk('after an error the channel hears nothing', [
  ...CHANNEL,
  method(1, 60, 80, [...u32(0), ...u32(7), 0]),
  [...method(1, 60, 10, [...u32(0), ...u16(1), 0]), ...openChannel(2)],
]);
talk('a channel number can be used again after an error', [
  ...CHANNEL,
  method(1, 60, 80, [...u32(0), ...u32(7), 0]),
  [...method(1, 20, 41), ...openChannel(1)],
]);
talk('a server method', [...CHANNEL, method(1, 60, 21, short('tag'))]);
talk('after connection.close the server hears nothing', [...READY, frame(9, 0, []), openChannel(1), CLOSE_OK], {
  waitMs: 100,
});
talk('arguments missing', [...CHANNEL, method(1, 60, 10, [0, 0])]);
talk('arguments too long', [...CHANNEL, method(1, 60, 10, [...u32(0), ...u16(1), 0, 9, 9])]);
talk('queue name that is no UTF-8', [...CHANNEL, method(1, 50, 10, [...u16(0), 2, 0xc3, 0x28, 0, ...u32(0)])]);
for (let at = 0; at < talks.length; at += 10) {
  await Promise.all(talks.slice(at, at + 10).map((args) => talkNow(...args)));
}
