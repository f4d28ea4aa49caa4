import { defineDictionary, type TranslationOf } from './i18n/dictionary.ts';

const en = {
  label: (title: string) => `Workbench: ${title}`,
  panels: {
    topology: 'Structure',
    brief: 'Brief',
    code: 'Code',
    logs: 'Logs',
    request: 'Request',
    terminal: 'Terminal',
    stores: 'Stores',
    packets: 'Packets',
    charts: 'Charts',
    faults: 'Faults',
    load: 'Load',
    checks: 'Checks',
    events: 'Events',
    trace: 'Traces',
    keep: 'Keep',
  },
  work: 'Code, logs, requests, terminal',
  task: 'Task, checks, faults, load',
  all: 'Panels',
  splits: {
    hero: 'Height of the structure',
    charts: 'Width of the charts',
    task: 'Width of the task',
  },
};

const zhCn: TranslationOf<typeof en> = {
  label: (title) => `工作台：${title}`,
  panels: {
    topology: '结构',
    brief: '任务',
    code: '代码',
    logs: '日志',
    request: '请求',
    terminal: '终端',
    stores: '存储',
    packets: '抓包',
    charts: '图表',
    faults: '故障',
    load: '负载',
    checks: '检查',
    events: '事件',
    trace: '追踪',
    keep: '保存',
  },
  work: '代码、日志、请求、终端',
  task: '任务、检查、故障、负载',
  all: '面板',
  splits: {
    hero: '结构图高度',
    charts: '图表宽度',
    task: '任务区宽度',
  },
};

export const workbenchTexts = defineDictionary(en, { 'zh-cn': zhCn });
