import { defineDictionary, type TranslationOf } from '../i18n/dictionary.ts';

const en = {
  slowest: 'show the slowest requests',
  failures: 'show the requests with failures',
  guess: 'guess',
  latency: 'Latency',
  latencyWhat: 'what users wait, per second',
  rate: 'Rate',
  rateWhat: 'answers to users, per second',
  inFlight: 'In flight',
  inFlightWhat: 'sent by users and not yet answered',
  ok: 'ok',
  failed: 'failed',
  waiting: 'wait',
  empty: 'Charts begin with the first whole virtual second of load.',
  notRunning: 'Run the system under load to see latency, errors and what piles up.',
  describeLatency: (p50: string, p95: string, p99: string) => `Last 10 seconds: p50 ${p50}, p95 ${p95}, p99 ${p99}.`,
  describeRate: (rate: string, errors: string) => `Last 10 seconds: ${rate}, ${errors} failed.`,
  describeInFlight: (count: number) => `Now ${count}.`,
  last10: 'last 10 s',
  errors: 'errors',
};

const zhCn: TranslationOf<typeof en> = {
  slowest: '查看最慢的请求',
  failures: '查看有失败的请求',
  guess: '预测',
  latency: '延迟',
  latencyWhat: '用户每秒等待多久',
  rate: '速率',
  rateWhat: '每秒对用户的应答',
  inFlight: '处理中',
  inFlightWhat: '用户已发出、尚未应答',
  ok: '成功',
  failed: '失败',
  waiting: '等待',
  empty: '有负载的第一个完整虚拟秒之后开始绘图。',
  notRunning: '在负载下运行系统，可看到延迟、错误与堆积。',
  describeLatency: (p50, p95, p99) => `最近 10 秒：p50 ${p50}，p95 ${p95}，p99 ${p99}。`,
  describeRate: (rate, errors) => `最近 10 秒：${rate}，失败 ${errors}。`,
  describeInFlight: (count) => `当前 ${count}。`,
  last10: '最近 10 秒',
  errors: '错误',
};

export const chartsTexts = defineDictionary(en, { 'zh-cn': zhCn });
