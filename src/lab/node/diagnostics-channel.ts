/** node:diagnostics_channel. Source: Node 24's lib/diagnostics_channel.js. */
import { codes } from './errors.ts';
import { validateFunction } from './validators.ts';

type Subscriber = (message: unknown, name: string | symbol) => void;

const channels = new Map<string | symbol, Channel>();

export class Channel {
  readonly name: string | symbol;
  #subscribers: readonly Subscriber[] = [];
  readonly #stores = new Map<any, ((data: unknown) => unknown) | undefined>();

  constructor(name: string | symbol) {
    this.name = name;
  }
  get hasSubscribers(): boolean {
    return this.#subscribers.length > 0 || this.#stores.size > 0;
  }
  subscribe(subscriber: Subscriber): void {
    validateFunction(subscriber, 'subscription');
    this.#subscribers = [...this.#subscribers, subscriber];
  }
  unsubscribe(subscriber: Subscriber): boolean {
    const at = this.#subscribers.indexOf(subscriber);
    this.#subscribers = this.#subscribers.filter((_one, i) => i !== at);
    return at !== -1;
  }
  bindStore(store: any, transform?: (data: unknown) => unknown): void {
    this.#stores.set(store, transform);
  }
  unbindStore(store: any): boolean {
    return this.#stores.delete(store);
  }
  publish(message: unknown): void {
    for (const subscriber of this.#subscribers) {
      try {
        subscriber(message, this.name);
      } catch (error) {
        process.nextTick(() => {
          throw error;
        });
      }
    }
  }
  runStores(data: unknown, fn: (...args: any[]) => any, thisArg?: unknown, ...args: any[]): unknown {
    let run = () => {
      this.publish(data);
      return Reflect.apply(fn, thisArg, args);
    };
    for (const [store, transform] of this.#stores) {
      const inner = run;
      run = () => store.run(transform ? transform(data) : data, inner);
    }
    return run();
  }
}

export function channel(name: string | symbol): Channel {
  if (typeof name !== 'string' && typeof name !== 'symbol') {
    throw new codes.ERR_INVALID_ARG_TYPE('channel', ['string', 'symbol'], name);
  }
  const found = channels.get(name) ?? new Channel(name);
  channels.set(name, found);
  return found;
}

const EVENTS = ['start', 'end', 'asyncStart', 'asyncEnd', 'error'] as const;

class TracingChannel {
  declare start: Channel;
  declare end: Channel;
  declare asyncStart: Channel;
  declare asyncEnd: Channel;
  declare error: Channel;

  constructor(nameOrChannels: any) {
    for (const event of EVENTS) {
      this[event] =
        typeof nameOrChannels === 'string' ? channel(`tracing:${nameOrChannels}:${event}`) : nameOrChannels[event];
    }
  }
  get hasSubscribers(): boolean {
    return EVENTS.some((event) => this[event]?.hasSubscribers);
  }
  subscribe(handlers: any): void {
    for (const event of EVENTS) if (handlers[event]) this[event].subscribe(handlers[event]);
  }
  unsubscribe(handlers: any): boolean {
    return EVENTS.every((event) => !handlers[event] || this[event].unsubscribe(handlers[event]));
  }
  traceSync(fn: (...args: any[]) => any, context: any = {}, thisArg?: unknown, ...args: any[]): unknown {
    return this.start.runStores(context, () => {
      try {
        context.result = Reflect.apply(fn, thisArg, args);
        return context.result;
      } catch (error) {
        context.error = error;
        this.error.publish(context);
        throw error;
      } finally {
        this.end.publish(context);
      }
    });
  }
  tracePromise(fn: (...args: any[]) => any, context: any = {}, thisArg?: unknown, ...args: any[]): unknown {
    const settle = (key: 'result' | 'error', value: unknown) => {
      context[key] = value;
      if (key === 'error') this.error.publish(context);
      this.asyncStart.publish(context);
      this.asyncEnd.publish(context);
    };
    return this.start.runStores(context, () => {
      try {
        return Promise.resolve(Reflect.apply(fn, thisArg, args)).then(
          (value) => {
            settle('result', value);
            return value;
          },
          (error) => {
            settle('error', error);
            throw error;
          },
        );
      } catch (error) {
        context.error = error;
        this.error.publish(context);
        throw error;
      } finally {
        this.end.publish(context);
      }
    });
  }
}

export default {
  Channel,
  channel,
  hasSubscribers: (name: string | symbol) => channels.get(name)?.hasSubscribers ?? false,
  subscribe: (name: string | symbol, subscriber: Subscriber) => channel(name).subscribe(subscriber),
  unsubscribe: (name: string | symbol, subscriber: Subscriber) => channel(name).unsubscribe(subscriber),
  tracingChannel: (nameOrChannels: any) => new TracingChannel(nameOrChannels),
};
