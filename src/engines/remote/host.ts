import type { PageMessage, WorkerMessage } from './messages.ts';

/** The other side of a system that runs elsewhere: one program that is told messages and tells some. */
export interface RemoteHost {
  /** Only of messages that were read and found to be such; none after `terminate`. */
  onMessage: (message: WorkerMessage) => void;
  /** It could not start, or has ended by itself; a sentence. */
  onFailure: (message: string) => void;
  post(message: PageMessage): void;
  /** Ends it whatever it is doing. */
  terminate(): void;
}
