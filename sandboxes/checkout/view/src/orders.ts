/** The read model: the last known state of each order, in memory. Lost with the process, and built again from the log. */
export interface Order {
  readonly id: string;
  readonly customer: string;
  readonly status: string;
  readonly version: number;
}

const orders = new Map<string, Order>();
const byCustomer = new Map<string, Set<string>>();

/** Takes news in any order and any number of times: only a higher version changes anything. */
export function take(order: Order): void {
  if (order.version <= (orders.get(order.id)?.version ?? 0)) return;
  orders.set(order.id, order);
  const ids = byCustomer.get(order.customer) ?? new Set();
  byCustomer.set(order.customer, ids.add(order.id));
}

export const get = (id: string) => orders.get(id) ?? null;

export const ofCustomer = (customer: string) => [...(byCustomer.get(customer) ?? [])].map((id) => orders.get(id)!);

export function counts(): Record<string, number> {
  const result: Record<string, number> = {};
  for (const { status } of orders.values()) result[status] = (result[status] ?? 0) + 1;
  return result;
}
