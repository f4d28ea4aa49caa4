import { readable } from '../wire/bytes.ts';
import type { MethodArgs } from '../wire/methods.ts';

/** What a person wants to read of a method. */
export function summary(name: string, args: MethodArgs, bytes: number): string {
  const text = (value: unknown) => readable(String(value ?? ''));
  switch (name) {
    case 'basic.publish':
      return `${text(args.exchange || '(default)')} → ${text(args.routingKey)} (${bytes} bytes)`;
    case 'basic.ack':
    case 'basic.nack':
    case 'basic.reject':
      return `${args.multiple ? 'up to ' : ''}${args.deliveryTag}${args.requeue ? ', requeue' : ''}`;
    case 'queue.bind':
    case 'queue.unbind':
      return `${text(args.exchange)} → ${text(args.queue)} ${text(args.routingKey)}`.trimEnd();
    case 'exchange.bind':
    case 'exchange.unbind':
      return `${text(args.source)} → ${text(args.destination)} ${text(args.routingKey)}`.trimEnd();
    case 'basic.qos':
      return `${args.prefetchCount}${args.global ? ' for the channel' : ''}`;
    case 'basic.cancel':
      return text(args.consumerTag);
    default:
      return text(args.queue ?? args.exchange);
  }
}
