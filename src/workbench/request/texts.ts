import { defineDictionary, type TranslationOf } from '../i18n/dictionary.ts';

const en = {
  method: 'Method',
  url: 'URL',
  body: 'Body',
  send: 'Send',
  sending: 'waiting for a reply…',
  history: 'Sent before',
  empty: 'Send a request into the running system. Service names are host names, as in compose.',
  notRunning: 'The system is not running, so nobody can answer. Press Run first.',
  reply: 'Reply',
  headers: 'Headers',
  noReply: (code: string) => `No reply: ${code}`,
  took: (ms: string) => `after ${ms}`,
  noBody: '(empty body)',
};

const zhCn: TranslationOf<typeof en> = {
  method: '方法',
  url: 'URL',
  body: '请求体',
  send: '发送',
  sending: '等待响应…',
  history: '历史请求',
  empty: '向运行中的系统发送请求。服务名就是主机名，与 compose 中一致。',
  notRunning: '系统没有运行，无人应答。请先点击“运行”。',
  reply: '响应',
  headers: '响应头',
  noReply: (code) => `无响应：${code}`,
  took: (ms) => `用时 ${ms}`,
  noBody: '（空响应体）',
};

export const requestTexts = defineDictionary(en, { 'zh-cn': zhCn });
