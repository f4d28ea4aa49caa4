/** Calls back when something accepts connections there; asks until then, or until `isOver`. */
import net from 'node:net';

const ASK_EVERY_MS = 20;

export function waitForPort(host: string, port: number, isOver: () => boolean, onOpen: () => void): void {
  const ask = (): void => {
    if (isOver()) return;
    const socket = net.connect({ host, port });
    socket.once('connect', () => {
      socket.destroy();
      if (!isOver()) onOpen();
    });
    socket.once('error', () => setTimeout(ask, ASK_EVERY_MS));
  };
  // The caller does not know yet what it waits for.
  setImmediate(ask);
}
