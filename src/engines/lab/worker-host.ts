/** A worker in an origin of its own: an invisible frame, a worker in it, one port to it. */
import type { RemoteHost } from '../remote/host.ts';
import { type PageMessage, readWorkerMessage, type WorkerMessage } from '../remote/messages.ts';

export class WorkerHost implements RemoteHost {
  onMessage: (message: WorkerMessage) => void = () => {};
  /** The worker could not start or threw where nothing catches. */
  onFailure: (message: string) => void = () => {};
  isTerminated = false;
  private readonly frame: HTMLIFrameElement;
  private readonly port: MessagePort;
  private readonly onWindowMessage: (event: MessageEvent) => void;

  /** `code` is the worker's script. Messages posted before it runs are kept for it. */
  constructor(frameUrl: string, code: string) {
    const channel = new MessageChannel();
    this.port = channel.port1;
    this.port.onmessage = (event) => {
      const message = readWorkerMessage(event.data);
      if (message !== null && !this.isTerminated) this.onMessage(message);
    };
    this.frame = document.createElement('iframe');
    this.frame.setAttribute('sandbox', 'allow-scripts');
    this.frame.title = 'Lab';
    this.frame.hidden = true;
    this.frame.setAttribute('aria-hidden', 'true');
    this.onWindowMessage = (event) => {
      if (event.source !== this.frame.contentWindow || this.isTerminated) return;
      // The frame's origin is opaque, so there is no other target than '*'; only our own frame gets it.
      if (event.data?.kind === 'frame-ready')
        this.frame.contentWindow!.postMessage({ kind: 'start', code }, '*', [channel.port2]);
      else if (event.data?.kind === 'worker-failed') this.onFailure(String(event.data.message));
    };
    addEventListener('message', this.onWindowMessage);
    this.frame.src = frameUrl;
    document.body.append(this.frame);
  }

  post(message: PageMessage): void {
    if (!this.isTerminated) this.port.postMessage(message);
  }

  /** Ends the worker whatever it is doing; nothing more is heard of it. */
  terminate(): void {
    if (this.isTerminated) return;
    this.isTerminated = true;
    this.frame.contentWindow?.postMessage({ kind: 'terminate' }, '*');
    removeEventListener('message', this.onWindowMessage);
    this.port.close();
    // Removing the frame ends its workers even when the message above is never taken.
    this.frame.remove();
  }
}
