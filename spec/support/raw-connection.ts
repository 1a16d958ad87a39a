import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

/** A TCP connection whose every byte the spec decides. */
export interface RawConnection {
  readonly socket: Socket;
  /** Everything that has come so far. */
  received(): string;
  /** Resolves once a text has come; rejects when the connection ends without. */
  receive(text: string): Promise<void>;
  readonly closed: Promise<void>;
}

/** Opens a connection, and resolves when the other side has it. */
export async function openRaw(host: string, port: number, sent = ''): Promise<RawConnection> {
  const socket = connect(port, host);
  let received = '';
  socket.on('data', (chunk) => {
    received += String(chunk);
  });
  // Who is closed while it sends learns so by an error.
  socket.on('error', () => undefined);
  const closed = new Promise<void>((resolve) => {
    socket.once('close', () => resolve());
  });
  await once(socket, 'connect');
  if (sent !== '') socket.write(sent);
  return {
    socket,
    received: () => received,
    receive: (text) =>
      new Promise((resolve, reject) => {
        const look = (): void => {
          if (received.includes(text)) resolve();
        };
        socket.on('data', look);
        void closed.then(() => reject(new Error(`closed without "${text}": ${received}`)));
        look();
      }),
    closed,
  };
}
