/**
 * Gives each heading of a lesson a link to itself, labelled in the lesson's language. Ours and not Starlight's for the
 * reason in asides.ts. The link stands before the heading's words so that the theme can hang the section's bubble on it.
 */
import { satteriHeadingIdsPlugin } from '@astrojs/markdown-satteri';
import type { HastPluginEntry } from 'satteri';
import { dictionary } from '../i18n/index.ts';
import { lessonLanguage } from './language.ts';

export const headingAnchors: HastPluginEntry = ({ fileURL }) => {
  const language = lessonLanguage(fileURL);
  if (language === undefined) return null;
  const { sectionLink } = dictionary[language];
  return [
    // The ids are Astro's own; it adds them after all other plugins, which is too late for a link to them.
    satteriHeadingIdsPlugin(),
    {
      name: 'loadbearing-heading-anchors',
      element: {
        filter: ['h2', 'h3', 'h4'],
        visit(node, context) {
          const id = node.properties?.id;
          if (typeof id !== 'string' || id === '') return;
          return {
            type: 'element',
            tagName: 'div',
            properties: { class: `heading heading-${node.tagName}` },
            children: [
              node as any,
              {
                type: 'element',
                tagName: 'a',
                properties: {
                  class: 'heading-link',
                  href: `#${id}`,
                  'aria-label': sectionLink(context.textContent(node)),
                },
                children: [],
              },
            ],
          };
        },
      },
    },
  ];
};
