import type { AddressInfo } from 'node:net';
import type { Monitoring } from 'llm-edge-monitoring';

/** Where the servers of the frameworks listen. */
export const PORT = Number(process.env['PORT'] ?? 3000);

/** Prints how to call a server that listens. */
export function announce(address: AddressInfo | string | null, { metricsUrl }: Monitoring): void {
  const port = typeof address === 'object' && address !== null ? address.port : PORT;
  console.log(
    `curl http://127.0.0.1:${port}/chat -H 'content-type: application/json' -d '{"prompt":"Hello"}'`,
  );
  console.log(`curl ${metricsUrl}`);
}
