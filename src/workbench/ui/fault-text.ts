/** Faults in words, in the reader's language. The trace has its own English text; the picture says it shorter. */
import type { FaultSpec } from '../../lab/core/events.ts';
import { defineDictionary, type TranslationOf } from '../i18n/dictionary.ts';
import { formatMs, formatShare } from '../session/format.ts';

const en = {
  kinds: {
    kill: 'Kill',
    restart: 'Restart',
    pause: 'Pause',
    refuse: 'Refuse connections',
    cpu: 'CPU per request',
    latency: 'Latency',
    loss: 'Packet loss',
    partition: 'Partition',
    reset: 'Reset connections',
  },
  values: {
    kill: 'SIGKILL',
    restart: 'SIGTERM, then start',
    pause: 'SIGSTOP',
    refuse: 'ECONNREFUSED',
    bothWays: 'both ways',
    oneWay: 'one way',
    all: 'all',
  },
  marks: {
    pause: 'paused',
    refuse: 'refuses',
    cpu: (ms: string) => `+${ms} CPU/request`,
    latency: (ms: string) => `+${ms}`,
    latencyJitter: (ms: string, jitter: string) => `+${ms} ± ${jitter}`,
    loss: (share: string) => `${share} lost`,
    partition: 'cut',
    partitionOneWay: 'cut, one way',
    reset: 'reset',
    resetShare: (share: string) => `${share} reset`,
    kill: 'killed',
    restart: 'restarted',
  },
  on: (what: string, where: string) => `${where}: ${what}`,
};

const zhCn: TranslationOf<typeof en> = {
  kinds: {
    kill: '杀死进程',
    restart: '重启',
    pause: '暂停',
    refuse: '拒绝连接',
    cpu: '每请求 CPU 开销',
    latency: '延迟',
    loss: '丢包',
    partition: '网络分区',
    reset: '重置连接',
  },
  values: {
    kill: 'SIGKILL',
    restart: 'SIGTERM 后启动',
    pause: 'SIGSTOP',
    refuse: 'ECONNREFUSED',
    bothWays: '双向',
    oneWay: '单向',
    all: '全部',
  },
  marks: {
    pause: '已暂停',
    refuse: '拒绝连接',
    cpu: (ms) => `每请求 CPU +${ms}`,
    latency: (ms) => `+${ms}`,
    latencyJitter: (ms, jitter) => `+${ms} ± ${jitter}`,
    loss: (share) => `丢包 ${share}`,
    partition: '切断',
    partitionOneWay: '单向切断',
    reset: '重置',
    resetShare: (share) => `${share} 被重置`,
    kill: '已杀死',
    restart: '已重启',
  },
  on: (what, where) => `${where}：${what}`,
};

export const faultTexts = defineDictionary(en, { 'zh-cn': zhCn });
export type FaultTexts = TranslationOf<typeof en>;

/** On its button, beside the kind: "500 ms ± 100 ms". */
export function faultValue(fault: FaultSpec, texts: FaultTexts): string {
  const { values } = texts;
  switch (fault.kind) {
    case 'kill':
      return values.kill;
    case 'restart':
      return values.restart;
    case 'pause':
      return values.pause;
    case 'refuse':
      return values.refuse;
    case 'cpu':
      return formatMs(fault.perRequestMs);
    case 'latency':
      return formatRound(fault.latencyMs);
    case 'loss':
      return formatShare(fault.probability);
    case 'partition':
      return fault.oneWay ? values.oneWay : values.bothWays;
    case 'reset':
      return (fault.probability ?? 1) >= 1 ? values.all : formatShare(fault.probability ?? 1);
  }
}

/** Where it is drawn: "+2 s ± 200 ms". */
export function faultMark(fault: FaultSpec, texts: FaultTexts): string {
  const { marks } = texts;
  switch (fault.kind) {
    case 'cpu':
      return marks.cpu(formatMs(fault.perRequestMs));
    case 'latency':
      return fault.jitterMs
        ? marks.latencyJitter(formatRound(fault.latencyMs), formatRound(fault.jitterMs))
        : marks.latency(formatRound(fault.latencyMs));
    case 'loss':
      return marks.loss(formatShare(fault.probability));
    case 'partition':
      return fault.oneWay ? marks.partitionOneWay : marks.partition;
    case 'reset':
      return fault.probability === undefined || fault.probability >= 1
        ? marks.reset
        : marks.resetShare(formatShare(fault.probability));
    default:
      return marks[fault.kind];
  }
}

/** Standing alone: "gateway → inventory: +2 s ± 200 ms". */
export function faultText(fault: FaultSpec, texts: FaultTexts): string {
  return texts.on(faultMark(fault, texts), faultPlace(fault));
}

export function faultPlace(fault: FaultSpec): string {
  return 'service' in fault ? fault.service : `${fault.from} → ${fault.to}`;
}

/** A chosen value, not a measured one: 2 s and not 2.00 s. */
function formatRound(ms: number): string {
  return ms >= 1000 && ms % 100 === 0 ? `${ms / 1000} s` : formatMs(ms);
}
