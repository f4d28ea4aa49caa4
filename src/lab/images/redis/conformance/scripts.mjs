// packages: ioredis, redis
// 103 commands, each by ioredis in RESP2 and by node-redis in RESP3: EVAL, functions, the Lua sandbox.
import { Redis } from 'ioredis';
import { createClient } from 'redis';

// One command a line, words as in a shell; "~" before it: the order of the reply means nothing.
const COMMANDS = String.raw`
EVAL "return 1" 0
EVAL "return 1" 1
EVAL "return 1" -1
EVAL "return 1" abc
EVAL "return {KEYS[1],ARGV[1],#KEYS,#ARGV}" 1 a b
EVAL "return redis.call('set',KEYS[1],ARGV[1])" 1 ek ev
EVAL "return redis.call('get',KEYS[1])" 1 ek
EVALSHA e0e1f9fabfc9d4800c877a703b823ac0578ff8db 0
EVALSHA ffffffffffffffffffffffffffffffffffffffff 0
EVALSHA abc 0
SCRIPT LOAD "return 42"
SCRIPT LOAD "return +"
SCRIPT EXISTS 1fa00e76656cc152ad327c13fe365858fd7be306 ffff
EVALSHA 1fa00e76656cc152ad327c13fe365858fd7be306 0
EVALSHA 1FA00E76656CC152AD327C13FE365858FD7BE306 0
SCRIPT FLUSH FOO
SCRIPT FLUSH
SCRIPT EXISTS 1fa00e76656cc152ad327c13fe365858fd7be306
SCRIPT KILL
SCRIPT FOO
EVAL_RO "return redis.call('set','a','b')" 0
EVAL_RO "return redis.call('get','ek')" 0
FUNCTION LOAD "#!lua name=mylib\nredis.register_function('f1', function(keys, args) return {keys[1], args[1]} end)"
FUNCTION LOAD "#!lua name=mylib\nredis.register_function('f1', function(keys, args) return {keys[1], args[1]} end)"
FUNCTION LOAD REPLACE "#!lua name=mylib\nredis.register_function('f1', function(keys, args) return {keys[1], args[1]} end)"
FUNCTION LOAD "return 1"
FUNCTION LOAD "#!lua\nreturn 1"
FUNCTION LOAD "#!js name=x\nreturn 1"
FUNCTION LOAD "#!lua name=x\nreturn 1"
FUNCTION LOAD "#!lua name=x\nreturn +"
FCALL f1 1 k a
FCALL nof 0
FCALL_RO f1 0
FUNCTION LIST
FUNCTION LIST WITHCODE LIBRARYNAME nope
FUNCTION DELETE mylib
FUNCTION DELETE mylib
FUNCTION FLUSH
FUNCTION FOO
SET str abc
EVAL "return redis.call('foo')" 0
EVAL "return redis.call('get')" 0
EVAL "return redis.pcall('incr','x','y')" 0
EVAL "return redis.call('incr','str')" 0
EVAL "return redis.pcall('incr','str')" 0
EVAL "local x = nil\nreturn x.y" 0
EVAL "return foo" 0
EVAL "foo = 1" 0
EVAL "error('boom')" 0
EVAL "error({err='MY thing'})" 0
EVAL "return redis.error_reply('My Err')" 0
EVAL "return redis.error_reply('MYERR')" 0
EVAL "return {err='abc def'}" 0
EVAL "return redis.status_reply('FINE')" 0
EVAL "return 3.99" 0
EVAL "return {1,2,nil,4}" 0
EVAL "return tostring(1e15) .. ' ' .. tostring(0.1) .. ' ' .. 10/2 .. ' ' .. 1e100" 0
EVAL "return {pcall(function() error('x') end)}" 0
EVAL "return {pcall(redis.call,'foo')}" 0
EVAL "local ok,e = pcall(redis.call,'incr','str') return {type(e), e.err}" 0
EVAL "return cjson.encode({1,2,{a=1.5,b='x'}})" 0
EVAL "return cjson.encode({})" 0
EVAL "return cjson.decode('[1,2,{\"a\":null}]')[3].a == cjson.null" 0
EVAL "local x = {} return x < 1" 0
EVAL "return 'a' .. {}" 0
EVAL "return #nil" 0
EVAL "return 1 +" 0
EVAL "local f = function() return g() end return f()" 0
EVAL "return string.format('%5.2f|%d|%s|%q|%x', 3.14159, 42, 'hi', 'a\"b', 255)" 0
EVAL "return string.rep('ab', 3)" 0
EVAL "return redis.sha1hex('abc')" 0
EVAL "return bit.band(5, 3)" 0
EVAL "while true do local x = redis.call('subscribe','a') end" 0
EVAL "return redis.call('blpop','nolist',0)" 0
EVAL "return {redis.REDIS_VERSION, redis.LOG_WARNING, _VERSION}" 0
EVAL "redis.log(redis.LOG_NOTICE,'x')" 0
EVAL "return redis.call()" 0
EVAL "return redis.call({})" 0
EVAL "return redis.call('set','a',1.5) " 0
EVAL "return redis.call('get','a')" 0
EVAL "return math.floor(3.7) .. tostring(math.huge) .. tostring(0/0) .. tostring(-1/0)" 0
EVAL "return tostring(print)" 0
EVAL "return type(os) .. type(os.clock) .. tostring(os.time)" 0
EVAL "return loadstring('return 1+1')()" 0
EVAL "return tonumber('0x10') + tonumber('10',2) + tonumber(' 5 ')" 0
EVAL "return select('#', unpack({1,2,3}))" 0
EVAL "setmetatable(_G, {})" 0
EVAL "redis.call = 1" 0
EVAL "return KEYS[1]" 0
EVAL "return redis.setresp(3)" 0
EVAL "return {double=3.5}" 0
EVAL "return cjson.decode('{bad')" 0
EVAL "return string.gsub('hello world', 'o', '0')" 0
EVAL "return {string.find('hello', 'l+')}" 0
EVAL "return table.concat({1,2,3}, ',')" 0
EVAL "return table.concat({1,{},3}, ',')" 0
EVAL "return string.rep('x', -1)" 0
EVAL "return ('x'):rep(3)" 0
EVAL "local t = {5,2,8} table.sort(t) return t" 0
EVAL "return redis.call('get', 'str') == false" 0
EVAL "error()" 0
EVAL "return nil + 1" 0
EVAL "local a = {} ; return a.b.c" 0
`;
const host = process.env.HOST;
const port = Number(process.env.PORT);
const old = new Redis({ host, port, lazyConnect: true });
const modern = createClient({ socket: { host, port }, RESP: 3 });
old.on('error', (error) => log('ioredis', 'error', error.message));
modern.on('error', (error) => log('redis', 'error', error.message));
await old.connect();
await modern.connect();
const wordsOf = (line) =>
  [...line.matchAll(/"((?:[^"\\]|\\.)*)"|(\S+)/g)].map(([all, quoted]) =>
    quoted === undefined ? all : JSON.parse(all),
  );
const sorted = (value) =>
  Array.isArray(value) ? value.map(sorted).sort((a, b) => (show(a) < show(b) ? -1 : 1)) : value;
for (const [who, send] of [
  ['ioredis', (words) => old.call(...words)],
  ['redis', (words) => modern.sendCommand(words)],
]) {
  for (const words of [['FLUSHALL'], ['SCRIPT', 'FLUSH'], ['FUNCTION', 'FLUSH']]) await send(words);
  for (const line of COMMANDS.trim().split('\n')) {
    const isLoose = line.startsWith('~ ');
    const words = wordsOf(isLoose ? line.slice(2) : line);
    try {
      const reply = await send(words);
      log(who, line, isLoose ? sorted(reply) : reply);
    } catch (error) {
      log(who, line, 'refused', error.message);
    }
  }
}
old.disconnect();
modern.destroy();
