import { defineDictionary, type TranslationOf } from '../i18n/dictionary.ts';

const en = {
  couldNotStart: 'The system could not start.',
  ended: 'The run ended.',
  found: 'Problems',
  more: (count: number) => `and ${count} more`,
  dismiss: 'Dismiss',
};

const zhCn: TranslationOf<typeof en> = {
  couldNotStart: '系统无法启动。',
  ended: '运行已结束。',
  found: '问题',
  more: (count) => `另有 ${count} 个`,
  dismiss: '关闭',
};

export const problemsTexts = defineDictionary(en, { 'zh-cn': zhCn });
