// packages: xstate
import {
  assign,
  createActor,
  createMachine,
  fromCallback,
  fromPromise,
  raise,
  sendTo,
  setup,
  toPromise,
  waitFor,
} from 'xstate';

const machine = setup({
  types: {},
  actors: {
    pay: fromPromise(async ({ input }) => {
      await sleep(5);
      if (input.fail) throw new Error('declined');
      return `paid ${input.amount}`;
    }),
    ticks: fromCallback(({ sendBack, receive }) => {
      const t = setInterval(() => sendBack({ type: 'TICK' }), 4);
      receive((e) => log('m', 'callback got', e.type));
      return () => {
        clearInterval(t);
        log('m', 'stopped ticking');
      };
    }),
  },
  guards: { enough: ({ context }, params) => context.ticks >= params.n },
  delays: { patience: 30 },
  actions: { note: (_, { text }) => log('m', 'note', text) },
}).createMachine({
  id: 'order',
  initial: 'cart',
  context: ({ input }) => ({ amount: input.amount, ticks: 0, tries: 0, result: null }),
  states: {
    cart: {
      on: {
        CHECKOUT: {
          target: 'paying',
          actions: [
            assign({ tries: ({ context }) => context.tries + 1 }),
            { type: 'note', params: { text: 'checkout' } },
          ],
        },
        ADD: { actions: assign({ amount: ({ context, event }) => context.amount + event.n }) },
      },
    },
    paying: {
      invoke: {
        src: 'pay',
        input: ({ context }) => ({ amount: context.amount, fail: context.tries === 1 }),
        onDone: { target: 'preparing', actions: assign({ result: ({ event }) => event.output }) },
        onError: { target: 'cart', actions: ({ event }) => log('m', event.error) },
      },
    },
    preparing: {
      type: 'parallel',
      onDone: 'waiting',
      states: {
        pack: { initial: 'busy', states: { busy: { after: { 5: 'done' } }, done: { type: 'final' } } },
        label: {
          initial: 'busy',
          states: {
            busy: {
              invoke: { src: 'ticks', id: 'ticker' },
              on: {
                TICK: [
                  { guard: { type: 'enough', params: { n: 2 } }, target: 'done' },
                  {
                    actions: [
                      assign({ ticks: ({ context }) => context.ticks + 1 }),
                      sendTo('ticker', { type: 'HELLO' }),
                    ],
                  },
                ],
              },
            },
            done: { type: 'final' },
          },
        },
      },
    },
    waiting: {
      entry: raise({ type: 'NUDGE' }, { delay: 3 }),
      on: { NUDGE: { actions: { type: 'note', params: { text: 'nudged' } } } },
      after: { patience: 'shipped' },
    },
    shipped: { type: 'final', output: ({ context }) => context.result },
  },
  output: ({ context }) => ({ result: context.result, ticks: context.ticks }),
});
const actor = createActor(machine, { input: { amount: 10 } });
actor.subscribe({ next: (s) => log('s', s.value, s.context.tries), complete: () => log('s', 'complete') });
actor.start();
actor.send({ type: 'ADD', n: 5 });
actor.send({ type: 'CHECKOUT' });
await waitFor(actor, (s) => s.matches('cart') && s.context.tries === 1);
log('m', actor.getSnapshot().can({ type: 'CHECKOUT' }), actor.getSnapshot().can({ type: 'NOPE' }));
actor.send({ type: 'CHECKOUT' });
log('m', await toPromise(actor));
log('m', actor.getSnapshot().status, actor.getSnapshot().output);
const persisted = createActor(machine, { input: { amount: 1 } }).start();
persisted.send({ type: 'ADD', n: 1 });
const saved = JSON.parse(JSON.stringify(persisted.getPersistedSnapshot()));
persisted.stop();
log(
  'm',
  saved.value,
  saved.context,
  createActor(machine, { snapshot: saved, input: {} }).start().getSnapshot().context.amount,
);
const bad = createActor(
  createMachine({
    initial: 'a',
    states: {
      a: {
        entry: () => {
          throw new Error('in action');
        },
      },
    },
  }),
);
bad.subscribe({ error: (e) => log('m', 'error', e) });
bad.start();
log('m', bad.getSnapshot().status);
await attempt('m', () => waitFor(createActor(createMachine({})).start(), () => false, { timeout: 5 }));
