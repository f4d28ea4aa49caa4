/**
 * Drop the reply after commit: `to` does the work and writes its n-th reply to `from`, which never arrives; the
 * connection stays open and silent. The caller cannot know whether the work was done: the reason for idempotency keys.
 *
 * A reply is the first data that `to` sends on a connection after data of `from`, so a streamed body is one reply and
 * `100 Continue` is one, too.
 */
import { PASS, SWALLOW } from '../net/network.ts';
import { type FaultDefinition, isMeant, linkRule, mustBe } from './fault.ts';

export const dropReply: FaultDefinition<'drop-reply'> = {
  describe: ({ from, to, nth = 1 }) => `reply ${nth} of ${to} to ${from} vanishes`,
  validate: ({ nth }) => mustBe(nth === undefined || (Number.isInteger(nth) && nth >= 1), 'nth', nth, '1 or more'),
  start(spec, { network }, _random, finish) {
    const { from, nth = 1 } = spec;
    const asked = new Set<number>();
    let replies = 0;
    return network.addRule(
      linkRule(
        spec,
        'both',
        ({ kind, connection, from: sender }) => {
          if (kind !== 'data') return PASS;
          if (isMeant(from, sender)) asked.add(connection);
          else if (asked.delete(connection) && ++replies === nth) {
            finish();
            return SWALLOW;
          }
          return PASS;
        },
        dropReply.describe(spec),
      ),
    );
  },
};
