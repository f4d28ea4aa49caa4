import { defineDictionary, type TranslationOf } from '../i18n/dictionary.ts';

const en = {
  run: 'Run checks',
  stop: 'Stop',
  running: 'Running the incident under the virtual clock…',
  none: 'This sandbox has no checks. Open an exercise to be graded.',
  notYet: 'The checks replay the incident against your files, with several seeds, and measure from outside.',
  old: 'You have changed files since this verdict.',
  passed: 'The structure holds.',
  failed: (failed: number, all: number) => `${failed} of ${all} checks failed.`,
  couldNotRun: 'The checks could not run.',
  after: (virtual: string, real: string, seeds: number) =>
    `${virtual} of virtual time on ${seeds === 1 ? 'one seed' : `${seeds} seeds`}, in ${real}`,
  by: (engine: string) => `graded by ${engine}, in real time`,
  check: { passed: 'passed', failed: 'failed' },
  measured: 'Measured',
  bound: 'Bound',
  what: 'What',
  seed: (seed: number) => `seed ${seed}`,
  error: 'It ended with an error',
  at: (clock: string) => `at ${clock}`,
  hints: 'Hints',
  nextHint: (next: number, all: number) => `Show hint ${next} of ${all}`,
  hint: (n: number) => `Hint ${n}`,
  solution: 'Show the solution',
  solutionWhy: 'Beside your files, as a comparison. Nothing of yours changes.',
  attempts: 'Attempts',
  attempt: (passed: number, all: number) => `${passed}/${all}`,
  withHints: (n: number) => (n === 0 ? '' : n === 1 ? '1 hint' : `${n} hints`),
  withSolution: 'solution seen',
  open: (file: string, line: number) => `${file}:${line}`,
  yes: 'yes',
  no: 'no',
  nothing: 'nothing',
  toMoment: 'Show this moment of the run',
  toRequest: 'Show this request over time',
  sameAsNow: 'The files are as they were then.',
  sameAsBefore: 'Nothing was changed since the attempt before.',
  changedBefore: (files: string) => `Changed since the attempt before: ${files}.`,
  changedSince: (files: string) => `Changed since then: ${files}.`,
  bringBack: 'Bring these files back',
  predict: {
    offer: 'Predict before you run',
    passed: 'Checks that pass',
    of: (all: number) => `of ${all}`,
    commit: 'Commit and run the checks',
  },
  proof: {
    watch: 'Watch this run',
    shrink: 'Which faults does it need?',
    shrinkWhy: 'Runs the incident again with fewer and fewer of its faults, as long as this check still fails.',
    watching: 'Running it again to look at…',
    shrinking: 'Leaving out faults…',
    none: (all: number) =>
      all === 0
        ? 'It fails without any fault: these checks inject none.'
        : `It fails even with none of the ${all === 1 ? 'fault' : `${all} faults`}: look at how the system works when nothing is broken.`,
    some: (kept: number, all: number, isMinimal: boolean) =>
      !isMinimal
        ? `It fails with ${kept} of ${all} faults; fewer may do, the search was stopped at its bound.`
        : all === 1
          ? 'It needs the one fault that there is: without it, it passes.'
          : `It needs ${kept === all ? `all ${all}` : `${kept} of ${all}`} faults: without any one of these it passes.`,
    runs: (count: number) => (count === 1 ? 'Found in 1 run.' : `Found in ${count} runs.`),
    watchShrunk: 'Watch the run with only these',
  },
};

const zhCn: TranslationOf<typeof en> = {
  run: '运行检查',
  stop: '停止',
  running: '正在虚拟时钟下重演事故…',
  none: '这个沙箱没有检查。打开一个练习即可评分。',
  notYet: '检查会用多个随机种子对你的文件重演事故，并从外部测量。',
  old: '得出此结果之后你又修改了文件。',
  passed: '结构承受住了。',
  failed: (failed, all) => `${all} 项检查中 ${failed} 项未通过。`,
  couldNotRun: '检查无法运行。',
  after: (virtual, real, seeds) => `虚拟时间 ${virtual}，${seeds} 个种子，用时 ${real}`,
  by: (engine) => `由 ${engine} 在真实时间中评分`,
  check: { passed: '通过', failed: '未通过' },
  measured: '测量值',
  bound: '界限',
  what: '项目',
  seed: (seed) => `种子 ${seed}`,
  error: '以错误结束',
  at: (clock) => `于 ${clock}`,
  hints: '提示',
  nextHint: (next, all) => `显示提示 ${next}/${all}`,
  hint: (n) => `提示 ${n}`,
  solution: '查看参考答案',
  solutionWhy: '与你的文件并排对比，你的内容不会改变。',
  attempts: '历次尝试',
  attempt: (passed, all) => `${passed}/${all}`,
  withHints: (n) => (n === 0 ? '' : `${n} 条提示`),
  withSolution: '看过答案',
  open: (file, line) => `${file}:${line}`,
  yes: '是',
  no: '否',
  nothing: '无',
  toMoment: '查看运行中的这一刻',
  toRequest: '查看该请求随时间的过程',
  sameAsNow: '文件与当时相同。',
  sameAsBefore: '自上次尝试以来没有修改。',
  changedBefore: (files) => `自上次尝试以来修改了：${files}。`,
  changedSince: (files) => `此后修改了：${files}。`,
  bringBack: '恢复这些文件',
  predict: {
    offer: '运行前先预测',
    passed: '通过的检查数',
    of: (all) => `共 ${all} 项`,
    commit: '提交并运行检查',
  },
  proof: {
    watch: '查看这次运行',
    shrink: '它需要哪些故障？',
    shrinkWhy: '逐步减少故障重演事故，直到这项检查不再失败。',
    watching: '正在重新运行以供查看…',
    shrinking: '正在去掉故障…',
    none: (all) =>
      all === 0
        ? '没有任何故障它也失败：这些检查不注入故障。'
        : `去掉全部 ${all} 个故障它仍然失败：请看系统在一切正常时如何工作。`,
    some: (kept, all, isMinimal) =>
      `${isMinimal ? '它需要' : '它失败于'} ${all} 个故障中的 ${kept} 个${isMinimal ? '：少了任何一个它就通过。' : '；也许更少就够，搜索已到上限。'}`,
    runs: (count) => `共运行 ${count} 次得出。`,
    watchShrunk: '查看只含这些故障的运行',
  },
};

export const checksTexts = defineDictionary(en, { 'zh-cn': zhCn });
