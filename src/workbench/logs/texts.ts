import { defineDictionary, type TranslationOf } from '../i18n/dictionary.ts';

const en = {
  label: 'Logs of the services',
  service: 'Service',
  all: 'all',
  errorsOnly: 'stderr only',
  search: 'Search logs',
  empty: 'Nothing was written yet. Services log here as soon as they run.',
  noMatch: 'No line matches.',
  notRunning: 'Run the system to see what its services write.',
  dropped: (count: string) => `${count} older lines were dropped.`,
  follow: 'Follow',
  trace: 'Show the request over time',
  open: (file: string, line: number) => `Open ${file}, line ${line}`,
  lines: (count: number) => (count === 1 ? '1 line' : `${count} lines`),
};

const zhCn: TranslationOf<typeof en> = {
  label: '服务日志',
  service: '服务',
  all: '全部',
  errorsOnly: '仅 stderr',
  search: '搜索日志',
  empty: '还没有输出。服务运行后日志会显示在这里。',
  noMatch: '没有匹配的行。',
  notRunning: '运行系统后可查看各服务的输出。',
  dropped: (count) => `已丢弃较早的 ${count} 行。`,
  follow: '跟随最新',
  trace: '查看该请求随时间的过程',
  open: (file, line) => `打开 ${file} 第 ${line} 行`,
  lines: (count) => `${count} 行`,
};

export const logsTexts = defineDictionary(en, { 'zh-cn': zhCn });
