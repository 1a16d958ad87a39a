import { fork } from 'node:child_process';
import { once } from 'node:events';
import { get, type IncomingMessage } from 'node:http';
import { fileURLToPath } from 'node:url';
import type { Subject } from './measurement.js';
import { freePort } from './ports.js';
import type { ClusterRequest } from './programs/cluster-primary.js';

const PRIMARY = fileURLToPath(new URL('./programs/cluster-primary.js', import.meta.url));

/** Worker processes of one subject, with one page for all of them. */
export interface Cluster {
  /** Returns the answers of the processes asked; nothing for a kill, once the process has ended. */
  ask(request: ClusterRequest): Promise<readonly number[]>;
  scrape(): Promise<string>;
  stop(): Promise<void>;
}

/** Starts workers that each have the series of the targets. */
export async function startCluster(
  subject: Subject,
  { workerCount, targetCount, workersDir }: { workerCount: number; targetCount: number; workersDir: string },
): Promise<Cluster> {
  const port = await freePort();
  const primary = fork(PRIMARY, [subject, workerCount, targetCount, port].map(String), {
    execArgv: [],
    env: { ...process.env, LLM_EDGE_WORKERS_DIR: workersDir },
  });
  const answer = async (): Promise<readonly number[]> => {
    const done = new AbortController();
    const ended = once(primary, 'exit', done).then(() => {
      throw new Error(`the cluster of ${subject} has ended`);
    });
    const [message] = (await Promise.race([once(primary, 'message', done), ended])) as [readonly number[]];
    ended.catch(() => undefined);
    done.abort();
    return message;
  };
  await answer();
  return {
    ask(request) {
      primary.send(request);
      return answer();
    },
    scrape: () => fetchText(`http://127.0.0.1:${port}/metrics`),
    async stop() {
      const exit = once(primary, 'exit');
      primary.disconnect();
      await exit;
    },
  };
}

async function fetchText(url: string): Promise<string> {
  const [response] = (await once(get(url, { agent: false }), 'response')) as [IncomingMessage];
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk as Buffer);
  if (response.statusCode !== 200) throw new Error(`${url} answered with ${response.statusCode}`);
  return Buffer.concat(chunks).toString();
}
