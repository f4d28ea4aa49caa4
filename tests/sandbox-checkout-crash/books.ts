/** What the four databases and the broker hold, and what must be true of it at any moment and at the end. */

export const SERVICES = ['order', 'inventory', 'payment', 'shipping'] as const;
export type ServiceName = (typeof SERVICES)[number];

interface Sent {
  readonly id: number;
  readonly message: string;
  readonly type: string;
  readonly body: { readonly orderId: string };
  readonly isSent: boolean;
}

/** A database's committed rows, without moments in time. */
export interface Books {
  readonly outbox: readonly Sent[];
  /** Messages that have been handled. */
  readonly inbox: readonly string[];
  readonly orders?: readonly { readonly id: string; readonly status: string; readonly version: number }[];
  readonly stock?: Readonly<Record<string, number>>;
  readonly reservations?: readonly { readonly state: string }[];
  readonly cards?: Readonly<Record<string, number>>;
  readonly charges?: readonly { readonly cents: number; readonly state: string }[];
  readonly shipments?: readonly { readonly country: string }[];
}

const BUS = `
  (SELECT coalesce(json_agg(json_build_object('id', id, 'message', message_id, 'type', type, 'body', body, 'isSent', sent_at IS NOT NULL) ORDER BY id), '[]') FROM outbox) AS outbox,
  (SELECT coalesce(json_agg(message_id ORDER BY message_id), '[]') FROM inbox) AS inbox`;

const rows = (table: string, columns: readonly string[], order: string) =>
  `(SELECT coalesce(json_agg(json_build_object(${columns.map((name) => `'${name}', ${name}`).join(', ')}) ORDER BY ${order}), '[]') FROM ${table}) AS ${table}`;
const map = (table: string, key: string, value: string, name: string) =>
  `(SELECT json_object_agg(${key}, ${value} ORDER BY ${key}) FROM ${table}) AS ${name}`;

/** One statement, so that it sees one moment. */
export const QUERIES: Readonly<Record<ServiceName, string>> = {
  order: `SELECT ${BUS}, ${rows('orders', ['id', 'status', 'version'], 'id')}`,
  inventory: `SELECT ${BUS}, ${map('stock', 'sku', 'available', 'stock')}, ${rows('reservations', ['state'], 'order_id')}`,
  payment: `SELECT ${BUS}, ${map('cards', 'customer', 'credit_cents', 'cards')}, ${rows('charges', ['cents', 'state'], 'order_id')}`,
  shipping: `SELECT ${BUS}, ${rows('shipments', ['country'], 'order_id')}`,
};

const MUGS = 500;
const CREDIT_CENTS = 100_000_000;

/** How many questions an order has asked when it has come so far; by the way that ends well, or back by a refusal of shipping. */
const ASKED: Readonly<Record<string, number>> = {
  PENDING: 1,
  RESERVED: 2,
  PAID: 3,
  CONFIRMED: 3,
  REFUNDING: 4,
  RELEASING: 5,
  CANCELLED: 5,
};

/** What is half done in one database: parts of a transaction without the others. */
export function halves(service: ServiceName, books: Books): string[] {
  const problems: string[] = [];
  const must = (what: string, actual: unknown, expected: unknown) => {
    if (actual !== expected) problems.push(`${service}: ${what} is ${actual}, expected ${expected}`);
  };
  const { outbox, inbox } = books;
  const sum = (numbers: readonly number[]) => numbers.reduce((all, each) => all + each, 0);
  if (service === 'order') {
    const orders = books.orders!;
    must(
      'news of orders',
      outbox.filter(({ type }) => type === 'order.changed').length,
      sum(orders.map(({ version }) => version)),
    );
    must(
      'questions',
      outbox.filter(({ type }) => type !== 'order.changed').length,
      sum(orders.map(({ status }) => ASKED[status]!)),
    );
    must('answers that were taken', inbox.length, sum(orders.map(({ version }) => version - 1)));
    return problems;
  }
  must('answers given', outbox.length, inbox.length);
  const given = (type: string) => outbox.filter((row) => row.type === type).length;
  if (service === 'inventory') {
    const reserved = books.reservations!.filter(({ state }) => state === 'reserved').length;
    must('mugs', books.stock!.mug, MUGS - reserved);
    must('reservations', books.reservations!.length, given('inventory.reserved'));
    must('released', books.reservations!.length - reserved, given('inventory.released'));
  }
  if (service === 'payment') {
    const charged = books.charges!.filter(({ state }) => state === 'charged');
    must("ada's credit", books.cards!.ada, CREDIT_CENTS - sum(charged.map(({ cents }) => cents)));
    must('charges', books.charges!.length, given('payment.charged'));
    must('refunds', books.charges!.length - charged.length, given('payment.refunded'));
  }
  if (service === 'shipping') must('shipments', books.shipments!.length, given('shipping.shipped'));
  return problems;
}

/** Messages in a queue, ready or with a consumer. */
export type Queues = Readonly<Record<string, number>>;

/** Which queue a type of message goes to. */
const receiverOf = (type: string): ServiceName =>
  (/^(inventory|payment|shipping)\.(?:reserve|release|charge|refund|ship)$/.exec(type)?.[1] ?? 'order') as ServiceName;

/**
 * A message that the broker has confirmed and nobody has handled must be in its queue.
 * @param before books read before the queues, `after` them: what has moved on meanwhile is in the later ones
 */
export function lost(
  before: Readonly<Record<ServiceName, Books>>,
  queues: Queues,
  after: Readonly<Record<ServiceName, Books>>,
): string[] {
  const problems: string[] = [];
  for (const receiver of SERVICES) {
    const handled = new Set(after[receiver].inbox);
    const open = SERVICES.flatMap((sender) => before[sender].outbox).filter(
      ({ isSent, type, message }) =>
        isSent && type !== 'order.changed' && receiverOf(type) === receiver && !handled.has(message),
    );
    if ((queues[receiver] ?? 0) < open.length)
      problems.push(
        `rabbit: ${open.map(({ type }) => type).join()} confirmed and not handled, but the queue ${receiver} holds ${queues[receiver] ?? 'no such queue'}`,
      );
  }
  return problems;
}

/** Handled, and sent by nobody. @param before books read before those of the senders, `after` */
export function invented(
  before: Readonly<Record<ServiceName, Books>>,
  after: Readonly<Record<ServiceName, Books>>,
): string[] {
  const sent = new Set(SERVICES.flatMap((sender) => after[sender].outbox).map(({ message }) => message));
  return SERVICES.flatMap((service) =>
    before[service].inbox
      .filter((message) => !sent.has(message))
      .map((message) => `${service}: handled ${message}, which nobody sent`),
  );
}
