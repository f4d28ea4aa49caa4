import { defineDictionary, type TranslationOf } from '../i18n/dictionary.ts';

const en = {
  active: 'Broken now',
  none: 'Nothing is broken.',
  heal: 'Heal',
  healWhat: (what: string) => `Heal ${what}`,
  healAll: 'Heal all',
  since: (clock: string) => `since ${clock}`,
  add: 'Break something',
  service: 'Service',
  link: 'Link',
  where: 'Where',
  what: 'What',
  value: 'Value',
  forHowLong: 'For',
  untilHealed: 'until healed',
  seconds: (n: number) => `${n} s`,
  inject: 'Break',
  notRunning: 'Run the system, then break it: here, or by a click on a service or link in the picture.',
  past: 'Earlier',
};

const zhCn: TranslationOf<typeof en> = {
  active: '当前故障',
  none: '没有故障。',
  heal: '恢复',
  healWhat: (what) => `恢复 ${what}`,
  healAll: '全部恢复',
  since: (clock) => `自 ${clock}`,
  add: '注入故障',
  service: '服务',
  link: '链路',
  where: '位置',
  what: '类型',
  value: '数值',
  forHowLong: '持续',
  untilHealed: '直到恢复',
  seconds: (n) => `${n} 秒`,
  inject: '注入',
  notRunning: '先运行系统再破坏它：在这里，或点击图中的服务与链路。',
  past: '之前',
};

export const faultsTexts = defineDictionary(en, { 'zh-cn': zhCn });
