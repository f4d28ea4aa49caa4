/**
 * The course as data: ten modules, fifty lessons, in the order they are meant to be read. A lesson with a `slug` has a
 * page (lessons/<slug>.mdx); one without is planned. Sidebar, course map, page numbers and "next" all read this.
 */
import type { Language } from '../workbench/i18n/dictionary.ts';

export interface Lesson {
  /** Module and place in it, as `5.3`. */
  readonly number: string;
  readonly title: Readonly<Record<Language, string>>;
  /** What the reader plays with, in a few words. */
  readonly play: Readonly<Record<Language, string>>;
  /** As `D14`; several lessons may lead to one drill, and one lesson to several. */
  readonly drills: readonly string[];
  /** Set when the lesson is written. */
  readonly slug?: string;
}

export interface Module {
  readonly number: number;
  readonly title: Readonly<Record<Language, string>>;
  readonly lessons: readonly Lesson[];
}

export const curriculum: readonly Module[] = [
  module(1, 'Before you split', '拆分之前', [
    [
      'What an architect decides',
      '架构师决定什么',
      'from a quality scenario to a tactic',
      '从质量场景到战术',
      '',
      '1-1-what-an-architect-decides',
    ],
    ['Price the split', '给拆分标价', 'one call, in-process and over a network', '同一次调用：进程内与跨网络', 'D05'],
    ['Find the boundaries', '找到边界', 'a co-change map of the shop’s commits', '商店提交记录的共变图', 'D01'],
    ['Strangle one capability', '绞杀一项能力', 'a traffic dial with shadow diffs', '流量旋钮与影子对比', 'D01'],
  ]),
  module(2, 'Contracts', '契约', [
    ['An order service that is correct', '正确的订单服务', 'a fuzzing console', '模糊测试控制台', 'D02'],
    [
      'OpenAPI and consumer contracts',
      'OpenAPI 与消费者契约',
      'a diff that turns red only when it breaks',
      '只在破坏兼容时变红的差异',
      'D03',
    ],
    [
      'Protobuf, gRPC and streaming',
      'Protobuf、gRPC 与流',
      'bytes and round trips per call',
      '每次调用的字节数与往返数',
      'D03',
    ],
    [
      'AMQP: acknowledge, confirm, dead-letter',
      'AMQP：确认、发布确认与死信',
      'kill the consumer mid-message',
      '在消息处理中途杀死消费者',
      'D04',
    ],
    [
      'Choose a protocol from measurements',
      '依据测量选择协议',
      'three protocols against four faults',
      '三种协议对四种故障',
      'D26',
    ],
  ]),
  module(3, 'Performance you can predict', '可预测的性能', [
    [
      'Little’s law and utilisation',
      '利特尔定律与利用率',
      'waiting time against load, live',
      '等待时间随负载变化，实时绘制',
      'D05',
    ],
    ['Replicas and balancing', '副本与负载均衡', 'five policies, one sick replica', '五种策略与一个病副本', 'D06'],
    ['Tails and fan-out', '长尾与扇出', 'a fan-out dial, and hedging', '扇出旋钮与对冲请求', 'D07'],
    ['Caching: what load remains', '缓存：剩下多少负载', 'flush the cache at the peak', '在高峰期清空缓存', 'D08'],
    [
      'Asynchrony: levelling and backlog',
      '异步：削峰与积压',
      'a burst and its drain line',
      '一次突发与它的排空线',
      'D09',
    ],
  ]),
  module(4, 'The edge', '边缘', [
    [
      'The gateway and what it must not own',
      '网关，以及它不该拥有的',
      'kill one of two gateways',
      '杀死两个网关之一',
      'D10',
    ],
    [
      'BFF and API composition',
      'BFF 与 API 组合',
      'a waterfall against a parallel trace',
      '瀑布式与并行式调用的对比',
      'D10',
    ],
    ['Limits, quotas, fairness', '限流、配额与公平', 'a burst across a window’s edge', '跨越窗口边缘的突发', 'D11'],
  ]),
  module(5, 'Failure is normal', '故障是常态', [
    [
      'Timeouts, deadlines, cancellation',
      '超时、截止时间与取消',
      'count the work nobody waits for',
      '数一数没人等待的工作',
      'D12',
      '5-1-timeouts',
    ],
    ['Retries, jitter, budgets', '重试、抖动与预算', 'attempts per layer', '每一层的尝试次数', 'D13', '5-2-retries'],
    [
      'Breakers and honest fallbacks',
      '熔断与诚实的降级',
      'a ribbon of breaker states',
      '熔断器状态带',
      'D14',
      '5-3-breakers',
    ],
    ['Bulkheads', '舱壁', 'who occupies the pool', '谁占着连接池', 'D15'],
    ['Overload and metastability', '过载与亚稳态', 'the loop that does not come back', '回不来的那条曲线', 'D16 D17'],
    [
      'Self-repair: probes, restarts, crash loops',
      '自愈：探针、重启与崩溃循环',
      'pause the database',
      '暂停数据库',
      'D18',
    ],
  ]),
  module(6, 'Data without one transaction', '没有单一事务的数据', [
    ['Data ownership and consistency', '数据所有权与一致性', 'an anomaly explorer', '异常浏览器', 'D24'],
    ['Optimistic and pessimistic control', '乐观与悲观并发控制', 'step through interleavings', '单步执行交错', 'D19'],
    ['Idempotency', '幂等', 'drop the reply after the commit', '提交之后丢掉回复', 'D20'],
    ['Outbox and inbox', '发件箱与收件箱', 'every crash point, one by one', '逐个崩溃点', 'D21'],
    ['Sagas, compensation, two-phase commit', 'Saga、补偿与两阶段提交', 'a saga’s timeline', 'Saga 时间线', 'D22'],
    [
      'CQRS, change data capture, the log',
      'CQRS、变更捕获与日志',
      'projection lag and rebuild',
      '投影延迟与重建',
      'D24',
    ],
    ['Locks, leases, fencing, clocks', '锁、租约、栅栏令牌与时钟', 'pause the lock’s holder', '暂停持锁者', 'D23'],
  ]),
  module(7, 'The platform', '平台', [
    [
      'Discovery: DNS, registry, platform',
      '服务发现：DNS、注册中心与平台',
      'cut the registry off',
      '切断注册中心',
      'D25 D26',
    ],
    [
      'Images that work',
      '能用的镜像',
      'a Dockerfile that fails, then does not',
      '一个先失败后修好的 Dockerfile',
      'D27',
    ],
    [
      'Reconciliation and rolling updates',
      '调谐与滚动更新',
      'the race of endpoint propagation',
      '端点传播的竞态',
      'D27',
    ],
    ['Autoscaling', '自动伸缩', 'compare the signals', '比较各种信号', 'D28'],
    [
      'The mesh: what can leave the code',
      '服务网格：什么能移出代码',
      'two layers that both retry',
      '两层都在重试',
      'D29',
    ],
  ]),
  module(8, 'Delivery', '交付', [
    ['The pipeline as code, build once', '流水线即代码，只构建一次', 'run a pipeline', '运行一条流水线', 'D30'],
    ['A portfolio of tests', '测试组合', 'which test catches which mutant', '哪个测试抓住哪个变异体', 'D03'],
    [
      'Canaries, flags and migrations',
      '金丝雀、开关与迁移',
      'false alarms against detection',
      '误报与检出的权衡',
      'D30 D31',
    ],
    [
      'DORA, team topologies, Conway',
      'DORA、团队拓扑与康威定律',
      'five metrics from one event log',
      '一份事件日志里的五项指标',
      'D30',
    ],
  ]),
  module(9, 'Operate and secure', '运行与安全', [
    ['Logs, metrics, traces', '日志、指标与追踪', 'find the culprit', '找到元凶', 'D32'],
    ['Objectives and burn-rate alerts', '目标与燃烧率告警', 'replay an incident', '重放一次事故', 'D33'],
    ['Capacity and cost', '容量与成本', 'find the knee', '找到拐点', 'D28'],
    ['API security', 'API 安全', 'an attacker’s console', '攻击者控制台', 'D34'],
    ['Workload identity and secrets', '工作负载身份与密钥', 'rotate under load', '在负载下轮换', 'D35'],
  ]),
  module(10, 'The architect in practice', '实践中的架构师', [
    ['Decision records, C4, fitness functions', '决策记录、C4 与适应度函数', 'lint a decision', '检查一份决策', ''],
    ['Finance: money under partition', '金融：分区下的钱', 'a sum that must stay zero', '必须恒为零的和', 'D36'],
    ['Social: fan-out and skew', '社交：扇出与倾斜', 'write against read amplification', '写放大与读放大', 'D37'],
    ['Smart customer service', '智能客服', 'a conversation’s timeline', '一段对话的时间线', 'D38'],
    ['Healthcare: consent and audit', '医疗：同意与审计', 'who saw what', '谁看过什么', 'D39'],
    [
      'Logistics: event time and disorder',
      '物流：事件时间与乱序',
      'arrival against event time',
      '到达时间与事件时间',
      'D40',
    ],
  ]),
];

export const lessons: readonly Lesson[] = curriculum.flatMap((each) => each.lessons);
export const writtenLessons = lessons.filter((each) => each.slug !== undefined);

/** The lesson with this number, as `5.3`. */
export function lessonOf(number: string): Lesson | undefined {
  return lessons.find((each) => each.number === number);
}

/** The module that a lesson's number names. */
export function moduleOf(number: string): Module | undefined {
  return curriculum.find((each) => each.number === Number(number.split('.')[0]));
}

type Row = readonly [title: string, titleZh: string, play: string, playZh: string, drills: string, slug?: string];

function module(number: number, title: string, titleZh: string, rows: readonly Row[]): Module {
  return {
    number,
    title: { en: title, 'zh-cn': titleZh },
    lessons: rows.map(([en, zh, play, playZh, drills, slug], index) => ({
      number: `${number}.${index + 1}`,
      title: { en, 'zh-cn': zh },
      play: { en: play, 'zh-cn': playZh },
      drills: drills.split(' ').filter((each) => each !== ''),
      slug,
    })),
  };
}
