/** Moments of a run as sentences; the event list and the time axis say the same words. */
import { defineDictionary, type TranslationOf } from '../i18n/dictionary.ts';
import type { Moment } from '../session/moments.ts';
import { type FaultTexts, faultText } from './fault-text.ts';
import { outcomeTexts } from './outcome-texts.ts';

const en = {
  states: {
    created: 'waits for what it depends on',
    starting: 'starts',
    running: 'runs',
    healthy: 'is healthy',
    unhealthy: 'is unhealthy',
    paused: 'is paused',
    exited: 'exited',
  },
  process: (endpoint: string, state: string, reason: string) => `${endpoint} ${state}${reason && `: ${reason}`}`,
  faultOn: (what: string) => `Fault: ${what}`,
  faultOff: (what: string) => `Healed: ${what}`,
  probe: (endpoint: string, why: string) => `${endpoint}: health check failed${why && `: ${why}`}`,
  failures: (from: string, to: string, failed: number, count: number, outcome: string) =>
    `${from} → ${to}: ${failed} of ${count} calls in this second failed (${outcome})`,
  outcomes: outcomeTexts.en,
  recovered: (from: string, to: string) => `${from} → ${to}: calls succeed again`,
  lost: (from: string, to: string, lost: number, resent: number) =>
    `${from} → ${to}: ${lost === 1 ? '1 packet' : `${lost} packets`} lost in this second, ${resent} sent again`,
  arriving: (from: string, to: string) => `${from} → ${to}: no packet is lost any more`,
  outside: 'users',
};

const zhCn: TranslationOf<typeof en> = {
  states: {
    created: '等待依赖',
    starting: '启动中',
    running: '已运行',
    healthy: '健康',
    unhealthy: '不健康',
    paused: '已暂停',
    exited: '已退出',
  },
  process: (endpoint, state, reason) => `${endpoint} ${state}${reason && `：${reason}`}`,
  faultOn: (what) => `故障：${what}`,
  faultOff: (what) => `已恢复：${what}`,
  probe: (endpoint, why) => `${endpoint}：健康检查失败${why && `：${why}`}`,
  failures: (from, to, failed, count, outcome) =>
    `${from} → ${to}：这一秒 ${count} 个调用中有 ${failed} 个失败（${outcome}）`,
  outcomes: outcomeTexts['zh-cn'],
  recovered: (from, to) => `${from} → ${to}：调用恢复成功`,
  lost: (from, to, lost, resent) => `${from} → ${to}：这一秒丢失 ${lost} 个数据包，重发 ${resent} 个`,
  arriving: (from, to) => `${from} → ${to}：不再丢包`,
  outside: '用户',
};

export const momentTexts = defineDictionary(en, { 'zh-cn': zhCn });

export function momentText(moment: Moment, texts: TranslationOf<typeof en>, faults: FaultTexts): string {
  const name = (service: string) => (service === 'client' ? texts.outside : service);
  switch (moment.kind) {
    case 'process':
      return texts.process(moment.endpoint, texts.states[moment.state], moment.reason);
    case 'fault':
      return moment.on
        ? texts.faultOn(faultText(moment.fault, faults))
        : texts.faultOff(faultText(moment.fault, faults));
    case 'note':
      return moment.text;
    case 'probe':
      return texts.probe(moment.endpoint, moment.text);
    case 'failures':
      return texts.failures(
        name(moment.from),
        name(moment.to),
        moment.failed,
        moment.count,
        moment.code || texts.outcomes[moment.outcome],
      );
    case 'recovered':
      return texts.recovered(name(moment.from), name(moment.to));
    case 'lost':
      return texts.lost(name(moment.from), name(moment.to), moment.lost, moment.resent);
    case 'arriving':
      return texts.arriving(name(moment.from), name(moment.to));
  }
}
