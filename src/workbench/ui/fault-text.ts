/** Faults in words, in the reader's language. The trace has its own English text; the picture says it shorter. */
import type { FaultKind, FaultSpec } from '../../lab/core/events.ts';
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
    bandwidth: 'Bandwidth',
    timeout: 'Data vanishes',
    'slow-close': 'Slow close',
    'drop-reply': 'Drop the reply',
    'dns-failure': 'DNS failure',
    'dns-delay': 'Slow DNS',
    'dns-cache': 'Stale DNS',
    'crash-at-io': 'Crash at I/O',
    'clock-skew': 'Clock skew',
    'clock-jump': 'Clock jump',
    'disk-full': 'Disk full',
    'slow-disk': 'Slow disk',
    'memory-limit': 'Memory limit',
    'cpu-throttle': 'CPU throttle',
  },
  /** What each does, in one sentence, for people who choose one. */
  help: {
    kill: 'The process dies at once (SIGKILL); its restart policy brings it back or not.',
    restart: 'Stops it in order (SIGTERM) and starts it afresh.',
    pause: 'The process stands still (SIGSTOP): connections stay open, nothing answers.',
    refuse: 'New connections are refused (ECONNREFUSED); open ones live on.',
    cpu: 'Every request costs this much CPU; above the limit of 1 s per second, a queue grows.',
    latency: 'Every request on this link takes that much longer to arrive.',
    loss: 'This share of packets is lost; TCP notices late and sends them again.',
    partition: 'No packet gets through, and neither side is told.',
    reset: 'Connections are cut (ECONNRESET), now and for this share of later requests.',
    bandwidth: 'Each direction of this link carries only so many bytes a second; large replies queue.',
    timeout: 'Requests are acknowledged by the network and never arrive; connections stay open.',
    'slow-close': 'The end of a connection is noticed that much later; connections pile up.',
    'drop-reply': 'The work is done and the reply lost: the caller cannot know which.',
    'dns-failure': 'The name does not resolve; open connections live on, new ones fail.',
    'dns-delay': 'Each lookup of the name takes that much longer: one for every new connection.',
    'dns-cache': 'Addresses are kept for this long, also of replicas that are gone.',
    'crash-at-io': 'The process dies just before it changes a file or sends bytes for the n-th time.',
    'clock-skew': 'The wall clock is wrong by this much; timers are right.',
    'clock-jump': 'The wall clock is set by this much at once, and stays so.',
    'disk-full': 'Writes to files fail with ENOSPC once this much more is written.',
    'slow-disk': 'Each file operation takes that much longer; a …Sync one stops the whole process.',
    'memory-limit': 'Above this the OOM killer ends the process (exit code 137).',
    'cpu-throttle': 'The process runs for this share of each 100 ms and stands still for the rest.',
  } satisfies Readonly<Record<FaultKind, string>>,
  values: {
    kill: 'SIGKILL',
    restart: 'SIGTERM, then start',
    pause: 'SIGSTOP',
    refuse: 'ECONNREFUSED',
    bothWays: 'both ways',
    oneWay: 'one way',
    all: 'all',
    acknowledged: 'acknowledged and lost',
    reply: (nth: number) => `reply ${nth}`,
    io: (nth: number) => `I/O ${nth}`,
    left: (bytes: string) => `${bytes} left`,
    offset: (ms: string, isAhead: boolean) => `${ms} ${isAhead ? 'ahead' : 'behind'}`,
  },
  marks: {
    bandwidth: (rate: string) => rate,
    timeout: 'data vanishes',
    slowClose: (ms: string) => `closes +${ms}`,
    dropReply: (nth: number) => `reply ${nth} lost`,
    dnsFailure: (code: string) => `DNS: ${code}`,
    dnsDelay: (ms: string) => `DNS +${ms}`,
    dnsCache: (ms: string) => `DNS kept ${ms}`,
    crashAtIo: (nth: number) => `crashes at I/O ${nth}`,
    clock: (offset: string) => `clock ${offset}`,
    diskFull: (left: string) => `disk: ${left}`,
    slowDisk: (ms: string) => `disk +${ms}`,
    memory: (bytes: string) => `memory ≤ ${bytes}`,
    throttle: (share: string) => `CPU ≤ ${share}`,
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
    bandwidth: '带宽限制',
    timeout: '数据消失',
    'slow-close': '缓慢关闭',
    'drop-reply': '丢弃响应',
    'dns-failure': 'DNS 失败',
    'dns-delay': 'DNS 缓慢',
    'dns-cache': 'DNS 过期',
    'crash-at-io': '在 I/O 处崩溃',
    'clock-skew': '时钟偏移',
    'clock-jump': '时钟跳变',
    'disk-full': '磁盘已满',
    'slow-disk': '磁盘缓慢',
    'memory-limit': '内存限制',
    'cpu-throttle': 'CPU 限流',
  },
  help: {
    kill: '进程立即死亡（SIGKILL）；是否恢复取决于重启策略。',
    restart: '先按顺序停止（SIGTERM），再重新启动。',
    pause: '进程停住（SIGSTOP）：连接保持打开，但没有任何应答。',
    refuse: '新连接被拒绝（ECONNREFUSED）；已打开的连接继续可用。',
    cpu: '每个请求消耗这么多 CPU；超过每秒 1 秒的上限后，队列不断增长。',
    latency: '这条链路上的每个请求都要多花这么久才能到达。',
    loss: '按此比例丢包；TCP 较晚才察觉并重传。',
    partition: '没有任何数据包能通过，双方都得不到通知。',
    reset: '连接被切断（ECONNRESET）：先是现有连接，之后是此比例的请求。',
    bandwidth: '这条链路的每个方向每秒只能传这么多字节；大的响应要排队。',
    timeout: '请求被网络确认，却永远到不了；连接保持打开。',
    'slow-close': '连接的关闭要晚这么久才被察觉；连接越积越多。',
    'drop-reply': '工作已完成而响应丢失：调用方无从得知。',
    'dns-failure': '名称无法解析；已打开的连接继续可用，新连接失败。',
    'dns-delay': '每次解析该名称都要多花这么久：每个新连接一次。',
    'dns-cache': '地址会被保留这么久，已经消失的副本也不例外。',
    'crash-at-io': '进程在第 n 次修改文件或发送数据之前死亡。',
    'clock-skew': '墙上时钟偏差这么多；定时器不受影响。',
    'clock-jump': '墙上时钟一次跳变这么多，并保持下去。',
    'disk-full': '再写入这么多之后，写文件会以 ENOSPC 失败。',
    'slow-disk': '每次文件操作都多花这么久；…Sync 操作会让整个进程停住。',
    'memory-limit': '超过此值，OOM killer 会终止进程（退出码 137）。',
    'cpu-throttle': '每 100 ms 中进程只运行这一比例的时间，其余时间停住。',
  },
  values: {
    kill: 'SIGKILL',
    restart: 'SIGTERM 后启动',
    pause: 'SIGSTOP',
    refuse: 'ECONNREFUSED',
    bothWays: '双向',
    oneWay: '单向',
    all: '全部',
    acknowledged: '已确认却丢失',
    reply: (nth) => `第 ${nth} 个响应`,
    io: (nth) => `第 ${nth} 次 I/O`,
    left: (bytes) => `剩余 ${bytes}`,
    offset: (ms, isAhead) => `${isAhead ? '快' : '慢'} ${ms}`,
  },
  marks: {
    bandwidth: (rate) => rate,
    timeout: '数据消失',
    slowClose: (ms) => `关闭 +${ms}`,
    dropReply: (nth) => `丢失第 ${nth} 个响应`,
    dnsFailure: (code) => `DNS：${code}`,
    dnsDelay: (ms) => `DNS +${ms}`,
    dnsCache: (ms) => `DNS 保留 ${ms}`,
    crashAtIo: (nth) => `第 ${nth} 次 I/O 时崩溃`,
    clock: (offset) => `时钟${offset}`,
    diskFull: (left) => `磁盘：${left}`,
    slowDisk: (ms) => `磁盘 +${ms}`,
    memory: (bytes) => `内存 ≤ ${bytes}`,
    throttle: (share) => `CPU ≤ ${share}`,
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
    case 'bandwidth':
      return formatRate(fault.bytesPerSecond);
    case 'timeout':
      return values.acknowledged;
    case 'slow-close':
    case 'dns-delay':
    case 'slow-disk':
      return formatRound(fault.delayMs);
    case 'dns-cache':
      return formatRound(fault.ttlMs);
    case 'drop-reply':
      return values.reply(fault.nth ?? 1);
    case 'dns-failure':
      return fault.error ?? 'ENOTFOUND';
    case 'crash-at-io':
      return values.io(fault.nth);
    case 'clock-skew':
      return offsetText(fault.offsetMs, texts);
    case 'clock-jump':
      return offsetText(fault.byMs, texts);
    case 'disk-full':
      return values.left(formatBytes(fault.freeBytes ?? 0));
    case 'memory-limit':
      return formatBytes(fault.bytes);
    case 'cpu-throttle':
      return formatShare(fault.share);
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
    case 'bandwidth':
      return marks.bandwidth(formatRate(fault.bytesPerSecond));
    case 'slow-close':
      return marks.slowClose(formatRound(fault.delayMs));
    case 'drop-reply':
      return marks.dropReply(fault.nth ?? 1);
    case 'dns-failure':
      return marks.dnsFailure(fault.error ?? 'ENOTFOUND');
    case 'dns-delay':
      return marks.dnsDelay(formatRound(fault.delayMs));
    case 'dns-cache':
      return marks.dnsCache(formatRound(fault.ttlMs));
    case 'crash-at-io':
      return marks.crashAtIo(fault.nth);
    case 'clock-skew':
      return marks.clock(offsetText(fault.offsetMs, texts));
    case 'clock-jump':
      return marks.clock(offsetText(fault.byMs, texts));
    case 'disk-full':
      return marks.diskFull(texts.values.left(formatBytes(fault.freeBytes ?? 0)));
    case 'slow-disk':
      return marks.slowDisk(formatRound(fault.delayMs));
    case 'memory-limit':
      return marks.memory(formatBytes(fault.bytes));
    case 'cpu-throttle':
      return marks.throttle(formatShare(fault.share));
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

/** 48 kB/s: rates count in thousands. */
function formatRate(bytesPerSecond: number): string {
  return bytesPerSecond >= 1e6 ? `${bytesPerSecond / 1e6} MB/s` : `${bytesPerSecond / 1000} kB/s`;
}

/** 96 MiB: memory and files count in 1024s. */
function formatBytes(bytes: number): string {
  const mib = 1024 * 1024;
  return bytes >= mib ? `${Math.round((bytes / mib) * 10) / 10} MiB` : `${Math.round((bytes / 1024) * 10) / 10} KiB`;
}

function offsetText(ms: number, { values }: FaultTexts): string {
  return values.offset(formatRound(Math.abs(ms)), ms >= 0);
}
