/** How a call ended, in words: in waterfalls, the event list and on the time axis. */
import { defineDictionary, type TranslationOf } from '../i18n/dictionary.ts';

const en = {
  ok: 'ok',
  'client-error': 'client error',
  'server-error': 'server error',
  refused: 'refused',
  reset: 'reset',
  timeout: 'timeout',
  aborted: 'given up',
};

const zhCn: TranslationOf<typeof en> = {
  ok: '成功',
  'client-error': '客户端错误',
  'server-error': '服务端错误',
  refused: '被拒绝',
  reset: '被重置',
  timeout: '超时',
  aborted: '已放弃',
};

export const outcomeTexts = defineDictionary(en, { 'zh-cn': zhCn });
