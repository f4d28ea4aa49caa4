/**
 * The worker's script: the lab behind one message port. Everything a project does happens in here; what comes out is
 * the trace, in batches, and the answers to the page's calls.
 */
import { checkHosts, type Programs, runChecks } from '../../lab/index.ts';
import { LabRun } from './lab-run.ts';
import type { PageMessage, WorkerMessage } from './messages.ts';
import { rehearse } from './rehearsal.ts';

// The services' code runs in this realm. What the worker itself needs of it is taken before any of that runs.
const now = performance.now.bind(performance);
const hop = new MessageChannel();
const hops: (() => void)[] = [];
hop.port1.onmessage = () => hops.shift()?.();
const clock = {
  nowMs: () => now(),
  soon: (run: () => void) => {
    hops.push(run);
    hop.port2.postMessage(null);
  },
  later: (delayMs: number, run: () => void) => {
    const timer = setTimeout(run, delayMs);
    return () => clearTimeout(timer);
  },
};

let port: MessagePort | null = null;
/** One object for all runs of this worker: a running system sees the full built-ins once they come. */
const scripts: { builtins: string; fullBuiltins?: string } = { builtins: '' };
let run: LabRun | null = null;
let endRehearsal = () => {};

addEventListener('message', (event) => {
  if (port !== null || event.ports[0] === undefined) return;
  port = event.ports[0];
  port.onmessage = ({ data }) => {
    try {
      take(data as PageMessage);
    } catch (error) {
      post({ kind: 'broken', message: error instanceof Error ? (error.stack ?? error.message) : String(error) });
    }
  };
});

function post(message: WorkerMessage): void {
  port?.postMessage(message);
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
      const { exerciseId, files, checks, seeds } = message.job;
      const open = checkHosts({ programs: programsWith(message.packages), realNowMs: now });
      const verdict = runChecks({ exerciseId, files, checks }, seeds, open, (share) =>
        post({ kind: 'progress', share }),
      );
      post({ kind: 'verdict', verdict });
      return;
    }
    default:
      run?.take(message);
  }
}
