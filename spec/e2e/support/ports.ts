import { createServer, type Server } from 'node:net';

/** Free loopback ports, all different: they are held open together before the first is given back. */
export async function freePorts<const K extends string>(names: readonly K[]): Promise<Record<K, number>> {
  const servers = await Promise.all(names.map(listen));
  const ports = servers.map((server, index) => [names[index], portOf(server)]);
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return Object.fromEntries(ports) as Record<K, number>;
}

function listen(): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => resolve(server));
  });
}

function portOf(server: Server): number {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('The server has no port.');
  return address.port;
}
