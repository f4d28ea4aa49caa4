import { defineDictionary, type TranslationOf } from '../i18n/dictionary.ts';

const en = {
  incident: 'The incident',
  steps: 'How to go about it',
  runIt: 'Run the system under load.',
  breakIt: 'Break it as in the incident: click a link or a service.',
  seeIt: 'See what users get: latency, errors, what piles up.',
  fixIt: 'Change the code',
  checkIt: 'Run the checks.',
  explore: 'Try this',
  exploreRun: 'Run it. Requests from users move through the services.',
  exploreBreak: 'Click a service or a link and break it.',
  exploreSpeed: 'Slow time down to 0.05× and watch one request.',
  exploreEdit: 'Change a service; Ctrl S puts it into the running system.',
};

const zhCn: TranslationOf<typeof en> = {
  incident: '事故',
  steps: '怎么做',
  runIt: '在负载下运行系统。',
  breakIt: '像事故那样破坏它：点击链路或服务。',
  seeIt: '观察用户得到了什么：延迟、错误、堆积。',
  fixIt: '修改代码',
  checkIt: '运行检查。',
  explore: '试一试',
  exploreRun: '运行它。用户的请求会穿过各个服务。',
  exploreBreak: '点击服务或链路并破坏它。',
  exploreSpeed: '把时间放慢到 0.05×，观察一个请求。',
  exploreEdit: '修改一个服务；按 Ctrl S 应用到运行中的系统。',
};

export const briefTexts = defineDictionary(en, { 'zh-cn': zhCn });
