import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:net';

/** Below the range from which systems take the ports of outgoing connections, which would get in the way later. */
const LOWEST = 15_000;
const HIGHEST = 32_000;
const TRIES_MAX = 100;

/** A port of the loopback that was free a moment ago. */
export async function freePort(): Promise<number> {
  for (let tries = 0; tries < TRIES_MAX; tries += 1) {
    const port = randomInt(LOWEST, HIGHEST);
    const server = createServer();
    try {
      await once(server.listen(port, '127.0.0.1'), 'listening');
      await new Promise((resolve) => server.close(resolve));
      return port;
    } catch {
      // Taken: another number may be free.
    }
  }
  throw new Error(`No free port from ${LOWEST} to ${HIGHEST} in ${TRIES_MAX} tries.`);
}
