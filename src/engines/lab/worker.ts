/**
 * The worker's script: the lab behind one message port. Everything a project does happens in here; what comes out is
 * the trace, in batches, and the answers to the page's calls.
 */
import { checkHosts, type Programs, runChecks } from '../../lab/index.ts';
import type { TraceEvent } from '../engine.ts';
import type { PageMessage, WireMessage } from '../remote/messages.ts';
import { LabRun } from './lab-run.ts';
import { closeRealm } from './realm.ts';
import { rehearse } from './rehearsal.ts';

addEventListener('message', ({ ports: [port] }) => {
  if (send === null && port !== undefined) connect(port);
});
// Nothing of the host may be looked up by name from here on.
const clock = closeRealm();

let send: ((message: WireMessage) => void) | null = null;
/** Of a watched check, in one message. */
const BATCH_EVENTS = 2000;
/** One object for all runs of this worker: a running system sees the full built-ins once they come. */
const scripts: { builtins: string; fullBuiltins?: string; images: Record<string, string> } = {
  builtins: '',
  images: {},
};
let run: LabRun | null = null;
let endRehearsal = () => {};

function connect(port: MessagePort): void {
  // Bound now: whoever gets hold of MessagePort's prototype later does not stand between.
  send = port.postMessage.bind(port);
  port.onmessage = ({ data }) => {
    try {
      take(data as PageMessage);
    } catch (error) {
      post({ kind: 'broken', message: error instanceof Error ? (error.stack ?? error.message) : String(error) });
    }
  };
}

function post(message: WireMessage): void {
  send?.(message);
}

function programsWith(packages: string): Programs {
  return {
    packages,
    get builtins() {
      return scripts.builtins;
    },
    get fullBuiltins() {
      return scripts.fullBuiltins;
    },
    images: scripts.images,
  };
}

function take(message: PageMessage): void {
  switch (message.kind) {
    case 'load':
      scripts.builtins = message.builtins;
      return;
    case 'loadFull':
      scripts.fullBuiltins = message.fullBuiltins;
      return;
    case 'loadImage':
      scripts.images[message.name] = message.code;
      return;
    case 'ping':
      post({ kind: 'pong' });
      return;
    case 'rehearse':
      endRehearsal = rehearse(message.files, programsWith(message.packages), clock, () => post({ kind: 'pong' }));
      return;
    case 'boot': {
      endRehearsal();
      const { files, packages, options } = message;
      const started = LabRun.start({ files, options, programs: programsWith(packages), clock, post });
      if (started !== null) run = started;
      return;
    }
    case 'check': {
      endRehearsal();
      const { exerciseId, files, checks, seeds, without, isWatched } = message.job;
      const programs = programsWith(message.packages);
      let events: TraceEvent[] = [];
      const tell = () => {
        if (events.length > 0) post({ kind: 'trace', nowMs: events.at(-1)!.atMs, json: JSON.stringify(events) });
        events = [];
      };
      const onEvent = (event: TraceEvent) => {
        if (events.push(event) > BATCH_EVENTS) tell();
      };
      const open = checkHosts({
        programs,
        realNowMs: clock.nowMs,
        without,
        onEvent: isWatched ? onEvent : undefined,
      });
      const verdict = runChecks({ exerciseId, files, checks }, seeds, open, (share) =>
        post({ kind: 'progress', share }),
      );
      tell();
      post({ kind: 'verdict', verdict });
      return;
    }
    default:
      run?.take(message);
  }
}
