import { defineDictionary, type TranslationOf } from '../i18n/dictionary.ts';

const en = {
  label: 'Engine',
  title: 'What runs the system',
  lab: {
    name: 'Lab',
    what: 'In this tab, under a clock of its own: pause, step, hurry, look back; the same seed gives the same run. Nothing leaves this site.',
  },
  webcontainer: {
    name: 'WebContainer',
    what: 'Real Node processes in this tab, on a runtime of StackBlitz.',
  },
  terms: {
    licence: 'Licence',
    network: 'Network',
    time: 'Time',
    faults: 'Faults',
    fallback: 'If it fails',
  },
  meaning: {
    licence:
      'The runtime is not free software. By using it you agree to StackBlitz’s terms; commercial use may need a licence.',
    network:
      'Your browser loads it from stackblitz.com and other servers of StackBlitz, which see your address and this site’s. Not offline, not on a closed network, not where storage of other sites is blocked.',
    time: 'Time is real: no pause, no steps, no speed, no run like another. Checks take as long as the incidents they replay: minutes.',
    faults:
      'Not there: pause, CPU throttling, memory limits, full and slow disks, a crash at an I/O. No packets are caught.',
    fallback: 'The lab carries on with your files. Nothing is lost.',
  },
  link: 'StackBlitz’s terms of service',
  use: (name: string) => `Use ${name}`,
  cancel: 'Cancel',
  starting:
    'The WebContainer is being started. The first time takes up to a minute; if it does not come, the lab takes over.',
  notStarted: 'The WebContainer did not start; the lab runs your files.',
  lost: 'The WebContainer stopped; the lab runs your files.',
  again: 'Try it again',
  dismiss: 'Dismiss',
  reasons: {
    'not-isolated':
      'The runtime needs a page that is isolated from other sites: served over HTTPS with the headers Cross-Origin-Opener-Policy and Cross-Origin-Embedder-Policy, in a browser that heeds them.',
    unprepared: 'The files for it could not be had from this site.',
    'no-answer':
      'StackBlitz’s servers did not answer within a minute: you may be offline, or something on the way blocks them. Reload the page before you try again.',
    refused: 'The runtime refused to start. The browser may be too old, or block the storage of other sites.',
    'not-mounted': 'The files could not be put into it.',
    silent: 'The program inside stopped answering.',
    ended: 'The program inside ended.',
  },
};

const zhCn: TranslationOf<typeof en> = {
  label: '引擎',
  title: '由什么运行系统',
  lab: {
    name: '实验室',
    what: '在此标签页中，使用自己的时钟：可暂停、单步、加速、回看；相同的种子得到相同的运行。没有任何内容离开本站。',
  },
  webcontainer: {
    name: 'WebContainer',
    what: '在此标签页中运行真正的 Node 进程，使用 StackBlitz 的运行时。',
  },
  terms: { licence: '许可', network: '网络', time: '时间', faults: '故障', fallback: '如果失败' },
  meaning: {
    licence: '该运行时不是自由软件。使用它即表示同意 StackBlitz 的条款；商业用途可能需要许可证。',
    network:
      '浏览器会从 stackblitz.com 及 StackBlitz 的其他服务器加载它，这些服务器会看到你的地址和本站的地址。离线、封闭网络或阻止第三方存储时不可用。',
    time: '时间是真实的：不能暂停、单步或加速，每次运行都不相同。检查所需时间与其重放的事故一样长：数分钟。',
    faults: '不可用：暂停、CPU 限速、内存限制、磁盘写满与变慢、在某次 I/O 处崩溃。不能抓包。',
    fallback: '实验室会用你的文件继续运行，不会丢失任何内容。',
  },
  link: 'StackBlitz 服务条款',
  use: (name) => `使用 ${name}`,
  cancel: '取消',
  starting: '正在启动 WebContainer。首次启动最多需要一分钟；如果没有成功，将由实验室接手。',
  notStarted: 'WebContainer 未能启动；实验室正在运行你的文件。',
  lost: 'WebContainer 已停止；实验室正在运行你的文件。',
  again: '再试一次',
  dismiss: '关闭',
  reasons: {
    'not-isolated':
      '该运行时要求页面与其他站点隔离：通过 HTTPS 提供，带有 Cross-Origin-Opener-Policy 和 Cross-Origin-Embedder-Policy 标头，且浏览器支持它们。',
    unprepared: '无法从本站取得所需的文件。',
    'no-answer':
      'StackBlitz 的服务器在一分钟内没有应答：你可能处于离线状态，或途中有东西阻止了连接。再试之前请刷新页面。',
    refused: '运行时拒绝启动。浏览器可能过旧，或阻止了第三方存储。',
    'not-mounted': '无法把文件放入其中。',
    silent: '其中的程序不再应答。',
    ended: '其中的程序已结束。',
  },
};

export const engineTexts = defineDictionary(en, { 'zh-cn': zhCn });
