import { defineDictionary, type TranslationOf } from '../i18n/dictionary.ts';

const en = {
  label: 'Load',
  rate: 'Rate',
  unit: 'requests per virtual second',
  method: 'Method',
  url: 'URL',
  body: 'Body',
  start: 'Start load',
  stop: 'Stop load',
  withRun: 'Start with each run',
  why: 'Arrivals do not wait for answers: users come at this rate however slow the system is.',
};

const zhCn: TranslationOf<typeof en> = {
  label: '负载',
  rate: '速率',
  unit: '每虚拟秒请求数',
  method: '方法',
  url: 'URL',
  body: '请求体',
  start: '开始负载',
  stop: '停止负载',
  withRun: '每次运行时自动开始',
  why: '到达不等待应答：无论系统多慢，用户都按此速率到来。',
};

export const loadTexts = defineDictionary(en, { 'zh-cn': zhCn });
