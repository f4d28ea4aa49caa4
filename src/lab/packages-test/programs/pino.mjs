// packages: pino
import pino from 'pino';

const fix = (line) => {
  const { time, pid, hostname, err, ...rest } = JSON.parse(line);
  return {
    ...rest,
    ...(err ? { err: { type: err.type, message: err.message, code: err.code, hasStack: /at /.test(err.stack) } } : {}),
    timed: typeof time === 'number',
    pid: typeof pid,
    hostname: typeof hostname,
  };
};
const sink = { write: (line) => log('log', fix(line)) };
const logger = pino(
  { level: 'debug', redact: ['password', 'user.token'], serializers: { req: (req) => ({ url: req.url }) } },
  sink,
);
logger.info('plain');
logger.info({ a: 1 }, 'with %s and %d %j', 'words', 5, { o: 1 });
logger.trace('hidden');
logger.debug({ password: 'x', user: { token: 'y', name: 'z' } }, 'redacted');
logger.error(Object.assign(new TypeError('bad'), { code: 'E' }));
logger.warn({ err: new Error('inner') }, 'outer');
logger.fatal('end');
const child = logger.child({ module: 'orders', req: { url: '/x', secret: 1 } }, { level: 'warn' });
child.info('no');
child.warn({ n: 1n.toString() }, 'yes');
log('log', child.bindings(), child.level, logger.isLevelEnabled('trace'));
const custom = pino(
  {
    customLevels: { audit: 35 },
    messageKey: 'm',
    base: { service: 's' },
    timestamp: () => ',"time":1',
    formatters: { level: (label) => ({ level: label }) },
  },
  { write: (line) => log('log', line.trim()) },
);
custom.audit({ deep: { a: [1, { b: undefined }] } }, 'audited');
custom.info(null);
custom.info(undefined, 'u');
custom.info([1, 2]);
custom.info({
  circular: (() => {
    const o = {};
    o.self = o;
    return o;
  })(),
});
logger.level = 'silent';
logger.fatal('never');
logger.on('level-change', (...a) => log('log', a.slice(0, 4)));
logger.level = 'info';
log(
  'log',
  pino.levels.values.warn,
  typeof pino.stdTimeFunctions.isoTime(),
  pino.symbols !== undefined,
  Object.keys(pino.stdSerializers),
);
const multi = pino(
  { level: 'info' },
  pino.multistream([
    { stream: { write: (l) => log('a', JSON.parse(l).msg) } },
    { level: 'error', stream: { write: (l) => log('b', JSON.parse(l).msg) } },
  ]),
);
multi.info('one');
multi.error('two');
pino({ base: null, timestamp: false }).info('to stdout');
const dest = pino.destination({ sync: true });
pino({ base: null, timestamp: false }, dest).info('@["stdout","x"]');
dest.flushSync();
const async = pino({ base: null, timestamp: false }, pino.destination({ sync: false, minLength: 4096 }));
async.info('later');
async.flush();
log('log', 'flushed');
