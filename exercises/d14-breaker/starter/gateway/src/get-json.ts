import { type Agent, get } from 'node:http';

export interface JsonReply {
  readonly status: number;
  readonly body: unknown;
}

/**
 * One GET over the agent's connections; when all are busy it waits in the agent's queue for a free one.
 * Rejects when no whole answer comes. Aborting `signal` takes it out of the queue, or closes its connection.
 */
export function getJson(url: string, options: { agent: Agent; signal?: AbortSignal }): Promise<JsonReply> {
  return new Promise((resolve, reject) => {
    const request = get(url, options, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () => {
        try {
          resolve({ status: response.statusCode ?? 0, body: JSON.parse(Buffer.concat(chunks).toString('utf8')) });
        } catch (error) {
          reject(error);
        }
      });
    });
    request.on('error', reject);
  });
}
