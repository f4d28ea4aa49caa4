/** The project as a folder to run elsewhere: its files with the edits, lock files, Kubernetes manifests, and how to start it. */
import { strToU8, zipSync } from 'fflate';
import { toKubernetes } from '../../../export/index.ts';
import type { Files } from '../project.ts';

export interface FolderOptions {
  /** The folder's name, as `d14-breaker`. */
  readonly name: string;
  readonly title: string;
  readonly files: Files;
  /** package-lock.json files by path. */
  readonly locks: Files;
  readonly changed: readonly string[];
  /** A request that the system answers, as `http://gateway:8080/products`. */
  readonly entryUrl: string;
}

/** A zip file. The same project gives the same bytes. */
export function zipFolder(options: FolderOptions): Uint8Array {
  const { name, files, locks } = options;
  const kubernetes = toKubernetes(files);
  const manifests = Object.entries(kubernetes.ok ? kubernetes.files : {});
  const all = {
    ...files,
    ...locks,
    ...Object.fromEntries(manifests.map(([path, text]) => [`kubernetes/${path}`, text])),
    'LOADBEARING.md': readme(options, kubernetes),
  };
  const entries = Object.entries(all).sort(([a], [b]) => (a < b ? -1 : 1));
  return zipSync(Object.fromEntries(entries.map(([path, text]) => [`${name}/${path}`, strToU8(text)])), {
    level: 6,
    mtime: new Date(1980, 0, 1),
  });
}

function readme(
  { name, title, files, changed, entryUrl, locks }: FolderOptions,
  kubernetes: ReturnType<typeof toKubernetes>,
): string {
  const { port, pathname } = new URL(entryUrl);
  const published = publishedPort(files, port);
  const manifests = changed.filter((path) => path.endsWith('package.json') && locks[lockOf(path)] !== undefined);
  return `# ${title}

${
  changed.length === 0
    ? 'The files as they were given.'
    : `Changed against what was given: ${changed.map((path) => `\`${path}\``).join(', ')}.`
}

## With Docker

\`\`\`sh
docker compose up --build
curl http://localhost:${published}${pathname}
\`\`\`
${
  manifests.length === 0
    ? ''
    : `
${manifests.map((path) => `\`${path}\``).join(', ')} was changed: run \`npm install\` beside it once, so that its lock file fits.
`
}
## With Kubernetes

${
  kubernetes.ok
    ? 'The manifests in `kubernetes/` are made from `compose.yaml`; the README there says how to apply them and what is different.'
    : `No manifests: ${kubernetes.problems[0]!.file}:${kubernetes.problems[0]!.line} ${kubernetes.problems[0]!.message}`
}

## Without Docker

In a copy of Loadbearing's repository, with Node 20 or later:

\`\`\`sh
npx loadbearing up path/to/${name}
\`\`\`

\`x-lab\` in \`compose.yaml\` says what things cost in Loadbearing's own lab; Docker ignores it.
`;
}

function lockOf(manifest: string): string {
  return manifest.replace(/package\.json$/, 'package-lock.json');
}

/** The host's side of a published port; the lab needs none, so it may be another one. */
function publishedPort(files: Files, port: string): string {
  const text = files['compose.yaml'] ?? files['compose.yml'] ?? '';
  return new RegExp(`['"\\s](\\d+):${port}\\b`).exec(text)?.[1] ?? port;
}
