// Watching, copying and walking files; no packages.
import fs, { watch } from 'node:fs';
import fsp from 'node:fs/promises';

const dir = fs.mkdtempSync('/tmp/watch-');
const seen = [];
const note = (name) => {
  if (seen.at(-1) !== name) seen.push(name);
};
const watcher = watch(dir, (type, name) => note(`${type} ${name}`));
await sleep(20);
fs.writeFileSync(`${dir}/a.txt`, '1');
await sleep(20);
fs.appendFileSync(`${dir}/a.txt`, '2');
await sleep(20);
fs.renameSync(`${dir}/a.txt`, `${dir}/b.txt`);
await sleep(20);
fs.unlinkSync(`${dir}/b.txt`);
await sleep(20);
log('a', seen);
watcher.close();
await new Promise((resolve) => watcher.on('close', resolve));
fs.writeFileSync(`${dir}/c.txt`, 'x');
await sleep(20);
log('a', seen.length);
const one = fs.watch(`${dir}/c.txt`);
const first = new Promise((resolve) => one.once('change', (...args) => resolve(args)));
await sleep(20);
fs.writeFileSync(`${dir}/c.txt`, 'yy');
log('a', await first);
one.close();
await attempt('a', () => {
  try {
    fs.watch(`${dir}/none`);
  } catch (e) {
    return [e.code, e.syscall];
  }
});
const controller = new AbortController();
setTimeout(() => fs.writeFileSync(`${dir}/d.txt`, ''), 20);
setTimeout(() => controller.abort(), 80);
await attempt('a', async () => {
  try {
    for await (const event of fsp.watch(dir, { signal: controller.signal })) {
      note(`p ${event.eventType} ${event.filename}`);
    }
  } catch (e) {
    return [e.name, seen.includes('p rename d.txt')];
  }
});
const polls = [];
fs.watchFile(`${dir}/c.txt`, { interval: 30 }, (now, old) => polls.push([now.size, old.size]));
await sleep(50);
fs.writeFileSync(`${dir}/c.txt`, 'three');
await sleep(120);
log('a', polls);
fs.unwatchFile(`${dir}/c.txt`);
fs.mkdirSync(`${dir}/x/y`, { recursive: true });
fs.writeFileSync(`${dir}/x/y/z`, 'deep');
fs.cpSync(`${dir}/x`, `${dir}/copy`, { recursive: true });
log('a', fs.readFileSync(`${dir}/copy/y/z`, 'utf8'));
await attempt('a', () => {
  try {
    fs.cpSync(`${dir}/x`, `${dir}/w`);
  } catch (e) {
    return e.code;
  }
});
await fsp.cp(`${dir}/c.txt`, `${dir}/e/f.txt`);
log('a', fs.readdirSync(`${dir}/e`));
const names = [];
for await (const entry of await fsp.opendir(dir)) names.push(entry.name + (entry.isDirectory() ? '/' : ''));
log('a', names.sort());
const d = fs.opendirSync(`${dir}/x`);
log('a', d.readSync().name, d.readSync());
d.closeSync();
fs.rmSync(dir, { recursive: true });
