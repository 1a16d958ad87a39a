import { messageOf } from '../errors.js';
import { logger, notice } from '../logger.js';
import { isPortInUse } from '../prometheus/listen.js';
import type { ScrapeServer } from '../prometheus/scrape-server.js';
import type { Contender } from '../workers/port-marks.js';

/** What the workers of a group tell each other about their port. */
export interface SharedPort {
  /** Runs an attempt to listen, so that the others see who tries and who has succeeded. */
  attempt<Value>(listen: () => Promise<Value>): Promise<Value>;
  contender(): Promise<Contender>;
  /** Waits until the worker that has the port has ended; false at once if none of the group has it. */
  waitForHolder(): Promise<boolean>;
  release(): void;
}

/** Options of {@link openScrapePort}. */
export interface ScrapePortOptions {
  readonly listen: () => Promise<ScrapeServer>;
  /** The URL under which the worker that has the port serves the page. */
  readonly urlOfHolder: () => string;
  /** Absent if the port is not shared: it is then an error if somebody has it. */
  readonly shared: SharedPort | undefined;
  /** Called when the port listens: at the start, or when its holder has ended. */
  readonly onOpen: () => void;
  /** Called instead of failing when a program that is not of the group has the port. */
  readonly onPortInUse?: ((text: string) => void) | undefined;
}

/** The port of this worker, or its place behind the worker that has it. */
export interface ScrapePort {
  /** URL of the metrics, whoever of the group serves them. */
  readonly url: string | undefined;
  /** Stops listening and waiting. Resolves when the port is free; later calls share the promise. */
  close(): Promise<void>;
}

/** A stand-by that knows of no holder tries this often. */
const TRY_MILLIS = 400;
/** While another worker tries to listen, a start looks again this soon, and this often at most. */
const START_LOOK_MILLIS = 50;
const START_LOOKS = 40;
/** After this many failed attempts without a holder in the group, another program has the port. */
const FOREIGN_ATTEMPTS = 10;

/**
 * Opens the port, or waits for it behind the worker of the group that has it.
 *
 * @throws {MonitoringError} ERR_PORT_IN_USE if a program that is not of the group has it, ERR_LISTEN_FAILED
 */
export async function openScrapePort(options: ScrapePortOptions): Promise<ScrapePort> {
  const { shared, onPortInUse } = options;
  const port = new Port(options);
  for (let looks = 1; ; looks += 1) {
    try {
      await port.take();
      return port;
    } catch (error) {
      if (!isPortInUse(error)) throw error;
      const contender = (await shared?.contender()) ?? 'none';
      if (contender === 'holder') return port.standBy();
      if (contender === 'trying' && looks === START_LOOKS) return port.standBy();
      if (contender === 'none' && (looks > 1 || shared === undefined)) {
        if (onPortInUse === undefined) throw error;
        onPortInUse(`${messageOf(error)} Everything else is running.`);
        return port.standBy(FOREIGN_ATTEMPTS);
      }
    }
    await new Promise<void>((resolve) => setTimeout(resolve, START_LOOK_MILLIS));
  }
}

class Port implements ScrapePort {
  private readonly options: ScrapePortOptions;
  private server: ScrapeServer | undefined;
  private attempt: Promise<void> | undefined;
  private closing: Promise<void> | undefined;
  private isBehindHolder = false;
  /** Attempts since a holder was seen last. */
  private failures = 0;

  constructor(options: ScrapePortOptions) {
    this.options = options;
  }

  get url(): string | undefined {
    return this.server?.url ?? (this.isBehindHolder ? this.options.urlOfHolder() : undefined);
  }

  async take(): Promise<void> {
    const { shared, listen, onOpen } = this.options;
    this.server = await (shared === undefined ? listen() : shared.attempt(listen));
    if (this.closing === undefined) onOpen();
  }

  /** @param failures - the attempts that have been reported already. */
  standBy(failures = 0): this {
    this.failures = failures;
    this.isBehindHolder = failures === 0;
    if (this.options.shared !== undefined) void this.wait(this.options.shared);
    return this;
  }

  /** Tries to take the port whenever its holder has ended, or now and then if nobody of the group has it. */
  private async wait(shared: SharedPort): Promise<void> {
    while (this.closing === undefined && this.server === undefined) {
      const hadHolder = await shared.waitForHolder().catch(() => false);
      if (this.closing !== undefined) return;
      if (hadHolder) {
        this.isBehindHolder = true;
        this.failures = 0;
      }
      this.attempt = this.tryOnce();
      await this.attempt;
      if (this.server === undefined) await pause(TRY_MILLIS);
    }
  }

  private async tryOnce(): Promise<void> {
    try {
      await this.take();
    } catch (error) {
      this.failures += 1;
      if (!isPortInUse(error)) logger().error('the scrape port could not be taken over', error);
      else if (this.failures === FOREIGN_ATTEMPTS) {
        notice(`${messageOf(error)} The workers of this service have no page until then.`);
      }
    }
  }

  close(): Promise<void> {
    this.closing ??= this.stop();
    return this.closing;
  }

  private async stop(): Promise<void> {
    await this.attempt;
    await this.server?.close();
    if (this.server !== undefined) this.options.shared?.release();
  }
}

/** Waits without keeping the process alive. */
function pause(millis: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, millis).unref();
  });
}
