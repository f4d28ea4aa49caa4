/**
 * DNS failure: the name of `to` does not resolve for `from`. ENOTFOUND is NXDOMAIN, "there is no such name";
 * EAI_AGAIN is SERVFAIL, "ask again", which is what a resolver says whose upstream is gone. Open connections live on.
 */
import { type FaultDefinition, mustBe, nameRule } from './fault.ts';

export const dnsFailure: FaultDefinition<'dns-failure'> = {
  describe: ({ from, to, error = 'ENOTFOUND' }) => `${from} cannot resolve ${to} (${error})`,
  validate({ error }) {
    const isRight = error === undefined || error === 'ENOTFOUND' || error === 'EAI_AGAIN';
    mustBe(isRight, 'error', error, 'ENOTFOUND or EAI_AGAIN');
  },
  start: (spec, { network }) => network.addNameRule({ ...nameRule(spec, network), error: spec.error ?? 'ENOTFOUND' }),
};
