/** A Node service of one or two files, as sandboxes and exercises begin with. */

export function serviceFiles(name: string, sources: Readonly<Record<string, string>>): Record<string, string> {
  const declared = {
    name,
    version: '1.0.0',
    private: true,
    type: 'module',
    engines: { node: '>=24' },
    scripts: { start: 'node src/main.ts' },
  };
  return {
    [`${name}/Dockerfile`]: [
      'FROM node:24-alpine',
      'WORKDIR /app',
      'ENV NODE_ENV=production',
      'COPY package.json ./',
      'COPY src ./src',
      'USER node',
      'CMD ["node", "src/main.ts"]',
      '',
    ].join('\n'),
    [`${name}/package.json`]: `${JSON.stringify(declared, null, 2)}\n`,
    ...Object.fromEntries(Object.entries(sources).map(([file, text]) => [`${name}/src/${file}`, text])),
  };
}

/** Its lines below `services:` of a compose file. */
export function serviceLines(name: string, port: number, isPublished: boolean): string {
  return [
    `  ${name}:`,
    `    build: ./${name}`,
    ...(isPublished ? ['    ports:', `      - "${port}:${port}"`] : []),
    '    environment:',
    `      PORT: ${port}`,
    '    healthcheck:',
    `      test: ["CMD", "wget", "-qO-", "http://127.0.0.1:${port}/healthz"]`,
    '      interval: 5s',
    '      timeout: 2s',
    '      retries: 3',
    '      start_period: 10s',
    '      start_interval: 250ms',
    '    restart: unless-stopped',
    '',
  ].join('\n');
}
