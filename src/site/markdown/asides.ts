/**
 * `:::note[Title]` … `:::` as an aside. Starlight has such a plugin, but finds out a file's language by comparing it
 * with src/content/docs, where our lessons are not: in Chinese lessons its labels would be English. This one claims the
 * directives first; Starlight's then finds none.
 */
import type { MdastPluginEntry } from 'satteri';
import { dictionary } from '../i18n/index.ts';
import { lessonLanguage } from './language.ts';

export const asideKinds = ['note', 'tip', 'caution', 'danger'] as const;
type AsideKind = (typeof asideKinds)[number];

export const asides: MdastPluginEntry = ({ fileURL }) => {
  const language = lessonLanguage(fileURL);
  if (language === undefined) return null;
  const labels = dictionary[language].asides;
  return {
    name: 'loadbearing-asides',
    containerDirective(node, context) {
      if (!isAsideKind(node.name)) return;
      const [first, ...rest] = node.children;
      const hasTitle = first?.type === 'paragraph' && first.data?.directiveLabel === true;
      const title = hasTitle ? context.textContent(first) : labels[node.name];
      const titleNodes = hasTitle ? [...first.children] : [{ type: 'text' as const, value: title }];
      return element('aside', { class: `aside aside-${node.name}`, 'aria-label': title }, [
        element('p', { class: 'aside-title' }, titleNodes),
        ...(hasTitle ? rest : node.children),
      ]);
    },
  };
};

function isAsideKind(name: string): name is AsideKind {
  return (asideKinds as readonly string[]).includes(name);
}

/** A node that becomes this HTML element: a paragraph by type, so that any content is allowed where it stands. */
function element(tag: string, properties: Record<string, string>, children: readonly unknown[]): any {
  return { type: 'paragraph', data: { hName: tag, hProperties: properties }, children };
}
