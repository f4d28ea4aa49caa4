/**
 * A Firefox without network, driven over WebDriver BiDi (https://w3c.github.io/webdriver-bidi/): just what the tests
 * need, a page, an expression evaluated in it, a mouse and a keyboard.
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';

export interface FirefoxPage {
  readonly version: string;
  goto(url: string): Promise<void>;
  /** The expression's value, or what its promise settles to; text only. Throws what it throws. */
  evaluate(expression: string): Promise<string>;
  /** Waits until the expression is true, at most `withinMs`; throws with the expression in its words. */
  until(expression: string, withinMs?: number): Promise<void>;
  /** A click of the mouse on the middle of the element that the expression gives; waits until there is one in view. */
  click(expression: string): Promise<void>;
  /** Keys pressed together, as `['Control', 'a']`. */
  press(keys: readonly string[]): Promise<void>;
  close(): Promise<void>;
}

/** Nothing may be asked of the outside, and nothing be shown on a first start. */
const PREFS = {
  'app.normandy.enabled': false,
  'app.update.enabled': false,
  'browser.safebrowsing.downloads.enabled': false,
  'browser.safebrowsing.malware.enabled': false,
  'browser.safebrowsing.phishing.enabled': false,
  'browser.shell.checkDefaultBrowser': false,
  'browser.startup.homepage_override.mstone': 'ignore',
  'datareporting.policy.dataSubmissionEnabled': false,
  'extensions.update.enabled': false,
  'network.captive-portal-service.enabled': false,
  'network.connectivity-service.enabled': false,
  'network.dns.disablePrefetch': true,
  'services.settings.server': 'http://localhost:1',
  'toolkit.telemetry.enabled': false,
};
const START_MS_MAX = 60_000;

export async function launchFirefox(): Promise<FirefoxPage> {
  const profile = mkdtempSync(join(tmpdir(), 'loadbearing-firefox-'));
  const prefs = Object.entries(PREFS).map(([name, value]) => `user_pref("${name}", ${JSON.stringify(value)});`);
  writeFileSync(join(profile, 'user.js'), prefs.join('\n'));
  const args = ['--headless', '--no-remote', '--profile', profile, '--remote-debugging-port', '0'];
  const child = spawn(ensureFirefox(), args, { stdio: ['ignore', 'ignore', 'pipe'] });
  try {
    const bidi = await BiDi.connect(`${await addressOf(child)}/session`);
    const session = await bidi.send('session.new', { capabilities: {} });
    const { contexts } = await bidi.send('browsingContext.getTree', {});
    const context = contexts[0].context;
    const evaluate = (expression: string) => evaluateIn(bidi, context, expression);
    await bidi.send('browsingContext.setViewport', { context, viewport: { width: 1440, height: 900 } });
    return {
      version: session.capabilities.browserVersion,
      goto: async (url) => void (await bidi.send('browsingContext.navigate', { context, url, wait: 'complete' })),
      evaluate,
      until: (expression, withinMs = 60_000) => until(bidi, context, expression, withinMs),
      async click(expression) {
        await until(bidi, context, `(${expression})?.getClientRects().length > 0`, 60_000);
        const at = await evaluate(`(() => {
          const element = ${expression};
          element.scrollIntoView({ block: 'nearest' });
          const { left, top, width, height } = element.getBoundingClientRect();
          return JSON.stringify({ x: Math.round(left + width / 2), y: Math.round(top + height / 2) });
        })()`);
        const actions = [
          { type: 'pointerMove', ...JSON.parse(at) },
          { type: 'pointerDown', button: 0 },
          { type: 'pointerUp', button: 0 },
        ];
        await bidi.send('input.performActions', { context, actions: [{ type: 'pointer', id: 'mouse', actions }] });
      },
      async press(keys) {
        const values = keys.map((key) => KEYS[key] ?? key);
        const actions = [
          ...values.map((value) => ({ type: 'keyDown', value })),
          ...[...values].reverse().map((value) => ({ type: 'keyUp', value })),
        ];
        await bidi.send('input.performActions', { context, actions: [{ type: 'key', id: 'keyboard', actions }] });
      },
      async close() {
        bidi.close();
        await end(child);
        rmSync(profile, { recursive: true, force: true });
      },
    };
  } catch (error) {
    await end(child);
    rmSync(profile, { recursive: true, force: true });
    throw error;
  }
}

/** WebDriver's code points of keys without a character (https://w3c.github.io/webdriver/#keyboard-actions). */
const KEYS: Readonly<Record<string, string>> = {
  Control: '\ue009',
  Shift: '\ue008',
  Enter: '\ue007',
  Escape: '\ue00c',
};

const LOOK_AGAIN_MS = 100;

async function evaluateIn(bidi: BiDi, context: string, expression: string): Promise<string> {
  const target = { context };
  const answer = await bidi.send('script.evaluate', { expression, target, awaitPromise: true });
  if (answer.type === 'exception') throw new Error(answer.exceptionDetails.text);
  return String(answer.result.value);
}

/** The page itself looks again and again; here nothing waits but for its answer. */
async function until(bidi: BiDi, context: string, expression: string, withinMs: number): Promise<void> {
  const isSo = await evaluateIn(
    bidi,
    context,
    `new Promise((resolve) => {
      const endMs = performance.now() + ${withinMs};
      const look = () => {
        let isSo = false;
        try { isSo = Boolean(${expression}); } catch {}
        if (isSo || performance.now() > endMs) resolve(isSo);
        else setTimeout(look, ${LOOK_AGAIN_MS});
      };
      look();
    })`,
  );
  if (isSo !== 'true') throw new Error(`In ${withinMs} ms it did not become true: ${expression}`);
}

/** FIREFOX_PATH, then PATH; on Debian as root it is installed where it is missing. Throws one sentence that tells what to do. */
function ensureFirefox(): string {
  const found = findFirefox() ?? (install() ? findFirefox() : null);
  if (found !== null) return found;
  throw new Error('No Firefox was found and none could be installed: install firefox-esr, or set FIREFOX_PATH to one.');
}

function findFirefox(): string | null {
  const named = process.env.FIREFOX_PATH;
  if (named !== undefined && named !== '') {
    if (existsSync(named)) return named;
    throw new Error(`FIREFOX_PATH is ${named}, where nothing is: set it to a Firefox’s executable or unset it.`);
  }
  const folders = (process.env.PATH ?? '').split(delimiter).filter((folder) => folder !== '');
  const paths = ['firefox-esr', 'firefox'].flatMap((name) => folders.map((folder) => join(folder, name)));
  return [...paths, '/Applications/Firefox.app/Contents/MacOS/firefox'].find((path) => existsSync(path)) ?? null;
}

function install(): boolean {
  if (process.getuid?.() !== 0 || !existsSync('/usr/bin/apt-get')) return false;
  console.log('Installing Firefox with apt-get …');
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const run = (...args: string[]) =>
    spawnSync('apt-get', args, { stdio: ['ignore', 'ignore', 'inherit'], env }).status === 0;
  return run('update', '-qq') && run('install', '-y', '-qq', '--no-install-recommends', 'firefox-esr');
}

/** Firefox says on stderr where it listens. */
function addressOf(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let said = '';
    const timer = setTimeout(() => reject(new Error(`Firefox did not start in a minute: ${said}`)), START_MS_MAX);
    child.once('error', reject);
    child.once('exit', (code) => reject(new Error(`Firefox ended with ${code} before it listened: ${said}`)));
    child.stderr!.setEncoding('utf8').on('data', (text: string) => {
      said += text;
      const address = /WebDriver BiDi listening on (ws:\S+)/.exec(said)?.[1];
      if (address === undefined) return;
      clearTimeout(timer);
      resolve(address);
    });
  });
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGKILL');
  await ended;
}

class BiDi {
  private readonly socket: WebSocket;
  private readonly waiting = new Map<number, { resolve(value: any): void; reject(error: Error): void }>();
  private ids = 0;

  private constructor(socket: WebSocket) {
    this.socket = socket;
    socket.onmessage = ({ data }) => {
      const { id, type, result, error, message } = JSON.parse(data);
      const call = this.waiting.get(id);
      if (call === undefined) return;
      this.waiting.delete(id);
      if (type === 'success') call.resolve(result);
      else call.reject(new Error(`${error}: ${message}`));
    };
    socket.onclose = () => {
      for (const call of this.waiting.values()) call.reject(new Error('Firefox closed the connection.'));
    };
  }

  static connect(url: string): Promise<BiDi> {
    const socket = new WebSocket(url);
    return new Promise((resolve, reject) => {
      socket.onopen = () => resolve(new BiDi(socket));
      socket.onerror = () => reject(new Error(`No WebDriver BiDi at ${url}.`));
    });
  }

  send(method: string, params: object): Promise<any> {
    const id = ++this.ids;
    return new Promise((resolve, reject) => {
      this.waiting.set(id, { resolve, reject });
      this.socket.send(JSON.stringify({ id, method, params }));
    });
  }

  close(): void {
    this.socket.close();
  }
}
