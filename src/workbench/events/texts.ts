import { defineDictionary, type TranslationOf } from '../i18n/dictionary.ts';

const en = {
  label: 'What happened, in order',
  empty: 'Nothing has happened yet.',
  notRunning: 'Run the system: everything the picture shows is also told here as a list.',
  figures: 'Now',
  outside: 'Users',
  state: (rate: string, p99: string, errors: string) => `${rate}, p99 ${p99}, ${errors} failed`,
  none: 'no requests',
};

const zhCn: TranslationOf<typeof en> = {
  label: '按顺序发生的事件',
  empty: '还没有事件。',
  notRunning: '运行系统后，图中的一切也会以列表形式写在这里。',
  figures: '当前',
  outside: '用户',
  state: (rate, p99, errors) => `${rate}，p99 ${p99}，失败 ${errors}`,
  none: '没有请求',
};

export const eventsTexts = defineDictionary(en, { 'zh-cn': zhCn });
