import { serve } from './http.ts';
import { follow, hasReadLog, stopFollowing } from './news.ts';
import { counts, get, ofCustomer } from './orders.ts';

serve(
  Number(process.env.PORT ?? 8090),
  {
    'GET /orders': async ({ id, query }) => {
      if (id === '') return { status: 200, body: ofCustomer(query.get('customer') ?? '') };
      const order = get(id);
      return order ? { status: 200, body: order } : { status: 404, body: { error: `no news of order ${id} yet` } };
    },
    'GET /counts': async () => ({ status: 200, body: counts() }),
  },
  hasReadLog,
  async () => stopFollowing(),
);
follow();
