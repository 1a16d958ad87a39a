import { messageOf } from '../errors.js';
import { logger } from '../logger.js';
import { setUnrefTimer } from '../otlp/deadline.js';
import { readPriceList } from './price-list-document.js';
import { putInForce, restoreBundled, setReloadSuccessful } from './price-list-in-force.js';
import type { PriceListConfig } from './price-list-options.js';
import { isUrl, type PriceListText, readSource } from './price-list-source.js';

/** Keeps a price list of the user in force. */
export interface PriceListRefresh {
  /** Settles when the first attempt to load the list has ended, well or not. */
  readonly loaded: Promise<void>;
  /** Puts the bundled list in force again. */
  stop(): void;
}

/**
 * Loads a price list now, and again whenever its source has changed. What cannot be read, or is refused, leaves the list
 * in force that there is; one log line says why, until the reason is another one.
 */
export function startPriceListRefresh(config: PriceListConfig): PriceListRefresh {
  const { from, sha256, refreshIntervalMillis, accept } = config;
  let validator: string | undefined;
  let inForce: string | undefined;
  let lastProblem: string | undefined;
  let isStopped = false;
  let cancel = (): void => undefined;

  async function load(): Promise<void> {
    const read = await readSource(from, validator);
    if (read === undefined || isStopped) return;
    if (read.sha256 !== inForce) await replace(read);
    // Only now: a document that is refused is read, and refused, again.
    validator = read.validator;
  }

  async function replace(read: PriceListText): Promise<void> {
    if (sha256 !== undefined && read.sha256 !== sha256) {
      throw new Error(`its SHA-256 is ${read.sha256}, not the one in the options`);
    }
    const providers = readPriceList(read.text);
    const info = {
      source: isUrl(from) ? ('url' as const) : ('file' as const),
      version: read.sha256.slice(0, 12),
      publishedMs: read.publishedMs ?? Date.now(),
    };
    await putInForce(providers, info, accept, () => isStopped);
    if (isStopped) return;
    inForce = read.sha256;
    logger().info(`the price list ${info.version} is in force`);
  }

  async function refresh(): Promise<void> {
    try {
      await load();
      if (isStopped) return;
      setReloadSuccessful(true);
      lastProblem = undefined;
    } catch (error) {
      if (isStopped) return;
      setReloadSuccessful(false);
      const problem = problemOf(error);
      if (problem === lastProblem) return;
      lastProblem = problem;
      logger().error(`the price list of the option pricing.list is not used: ${problem}`);
    }
  }

  /** Waits for the end of an attempt before it plans the next one: a source may take longer than the interval. */
  async function refreshAndPlan(): Promise<void> {
    await refresh();
    if (isStopped) return;
    cancel = setUnrefTimer(() => {
      refreshAndPlan().catch(() => undefined);
    }, refreshIntervalMillis);
  }

  return {
    loaded: refreshAndPlan(),
    stop() {
      isStopped = true;
      cancel();
      restoreBundled();
    },
  };
}

/** What went wrong; the error of a fetch says why in its cause. */
function problemOf(error: unknown): string {
  const { cause } = error as { readonly cause?: unknown };
  return cause === undefined ? messageOf(error) : `${messageOf(error)}: ${messageOf(cause)}`;
}
