/** A lesson in both languages, with the parts that every lesson has. */

export function lessonFiles(slug: string, sandbox: string): Record<string, string> {
  const [module, place, ...words] = slug.split('-');
  const number = `${module}.${place}`;
  const title = words.join(' ').replace(/^./, (first) => first.toUpperCase());
  return {
    [`${slug}.mdx`]: `---
title: ${title}
description: What the reader can do afterwards, in one sentence.
lesson: '${number}'
minutes: 30
sandbox: ${sandbox}
---
import { Objective, Predict, Story } from '@components';

<Objective>

- say what one can do after this lesson;

</Objective>

<Story when="Monday, 09:00">

What happened, told as it looked from outside.

</Story>

## The first idea

<Predict
  id="${number}-p1"
  question="A question whose answer surprises?"
  guess={{ min: 0, max: 10, step: 1, unit: 's' }}
  answer={5}
>

Why it is so.

</Predict>
`,
    [`zh-cn/${slug}.mdx`]: `---
title: ${title}
description: 用一句话说明读完之后能做什么。
lesson: '${number}'
minutes: 30
sandbox: ${sandbox}
---
import { Objective, Predict, Story } from '@components';

<Objective>

- 说出读完这一课能做什么；

</Objective>

<Story when="星期一，09:00">

从外面看发生了什么。

</Story>

## 第一个想法

<Predict
  id="${number}-p1"
  question="一个答案出人意料的问题？"
  guess={{ min: 0, max: 10, step: 1, unit: '秒' }}
  answer={5}
>

为什么是这样。

</Predict>
`,
  };
}
