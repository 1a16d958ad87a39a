import { PROVIDERS, type Provider } from './chat.js';

/** Which providers are down because the user wants it. */
export interface Outages {
  isDown(provider: Provider): boolean;
  set(provider: Provider, isDown: boolean): void;
}

export const OUTAGES_PATH = '/outages/';

export function createOutages(downAtStart: readonly Provider[]): Outages {
  const down = new Set(downAtStart);
  return {
    isDown: (provider) => down.has(provider),
    set: (provider, isDown) => void (isDown ? down.add(provider) : down.delete(provider)),
  };
}

/** The key that begins and ends an outage of a provider. */
const KEYS: Readonly<Record<string, Provider>> = Object.fromEntries(
  PROVIDERS.map((provider) => [provider.charAt(0), provider]),
);

const CTRL_C = '\u0003';

/** Reads single keys from a terminal. Returns a function that gives the terminal back. */
export function listenToKeys(terminal: NodeJS.ReadStream, outages: Outages): () => void {
  const press = (keys: string) => {
    for (const key of keys) {
      const provider = KEYS[key.toLowerCase()];
      if (provider !== undefined) outages.set(provider, !outages.isDown(provider));
      // A terminal that hands out single keys makes no signal of this one.
      if (key === CTRL_C) process.kill(process.pid, 'SIGINT');
    }
  };
  terminal.setRawMode(true).setEncoding('utf8').on('data', press).resume();
  return () => void terminal.off('data', press).setRawMode(false).pause();
}
