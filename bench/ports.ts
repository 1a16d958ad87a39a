import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type Server } from 'node:net';

/** Below the range from which systems take the ports of outgoing connections, which would get in the way later. */
const LOWEST = 15_000;
const HIGHEST = 32_000;
const TRIES_MAX = 100;

/** What this process was given: a program that is still starting may not have opened its port yet. */
const given = new Set<number>();

/** Free loopback ports, different from each other and from all that this process was given before. */
export async function freePorts<const K extends string>(names: readonly K[]): Promise<Record<K, number>> {
  const held: [K, number, Server][] = [];
  for (const name of names) held.push([name, ...(await hold())]);
  await Promise.all(held.map(([, , server]) => new Promise((resolve) => server.close(resolve))));
  return Object.fromEntries(held.map(([name, port]) => [name, port])) as Record<K, number>;
}

/** A port of the loopback that was free a moment ago. */
export async function freePort(): Promise<number> {
  const { port } = await freePorts(['port']);
  return port;
}

async function hold(): Promise<[number, Server]> {
  for (let tries = 0; tries < TRIES_MAX; tries += 1) {
    const port = randomInt(LOWEST, HIGHEST);
    if (given.has(port)) continue;
    const server = createServer();
    try {
      await once(server.listen(port, '127.0.0.1'), 'listening');
      given.add(port);
      return [port, server];
    } catch {
      // Taken: another number may be free.
    }
  }
  throw new Error(`No free port from ${LOWEST} to ${HIGHEST} in ${TRIES_MAX} tries.`);
}
