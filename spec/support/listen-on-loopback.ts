import { once } from 'node:events';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A server that listens on the loopback interface. */
export interface LoopbackServer {
  /** Address and port. */
  readonly host: string;
  readonly port: number;
  readonly origin: string;
  /** Cuts all connections off; resolves when the port is free. */
  close(): Promise<void>;
}

/** Has an HTTP server listen on the loopback interface, on any free port unless one is named. */
export async function listenOnLoopback(server: Server, wanted = 0): Promise<LoopbackServer> {
  server.listen(wanted, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const host = `127.0.0.1:${port}`;
  return {
    host,
    port,
    origin: `http://${host}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
