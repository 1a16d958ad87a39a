import { withHostsOfEnvironment } from '../clients/fetch-options.js';
import { createFirstCall, withLook } from '../clients/first-call.js';
import { watchForeignCalls } from '../clients/foreign-calls.js';
import { instrumentFetch } from '../clients/instrument-fetch.js';
import { type PreloadConfig, readPreloadSettings } from '../clients/preload-settings.js';
import { createRecognise } from '../clients/recognise.js';
import { type ConfigWarning, messageOf, warningText } from '../errors.js';
import { logger, printNotices, report } from '../logger.js';
import { initWithHooks, pendingSpans, wasStarted } from './init.js';
import type { Monitoring } from './monitoring.js';
import { takePm2Environment } from './pm2-environment.js';
import { markProcess, whenMonitored } from './preload-scope.js';

/**
 * Starts monitoring from the environment and observes `globalThis.fetch`. Whatever fails costs only itself: the program
 * runs as it would without the preload. The operator reads one line about it on standard error, since the diagnostic log
 * prints nothing unless the program enables it, which a preloaded program rarely does.
 */
export function preload(): void {
  takePm2Environment();
  const { settings, warnings } = readPreloadSettings(process.env);
  const when = whenMonitored(settings.workerThreads);
  if (when === 'never') return;
  printNotices();
  if (when === 'start') {
    observeFetch(settings);
    start(warnings);
  } else {
    observeFetch(settings, () => {
      // A thread that starts monitoring by itself also decides when it ends.
      if (!wasStarted()) start(warnings);
    });
  }
}

/** @param onFirstCall - called before the first call to a model is made. */
function observeFetch(settings: PreloadConfig['settings'], onFirstCall?: () => void): void {
  const { workerThreads: _workerThreads, hosts: _hosts, ...options } = settings;
  // The fetch reads the hosts of the environment itself.
  const recognise = createRecognise(withHostsOfEnvironment());
  const look = onFirstCall && createFirstCall(recognise, onFirstCall);
  watchForeignCalls(recognise, look);
  try {
    const observed = instrumentFetch(globalThis.fetch, options);
    globalThis.fetch = look === undefined ? observed : withLook(observed, look);
  } catch (error) {
    // `fetch` may be missing or read-only, and an exception in a preload would end the program.
    report(`fetch is not observed: ${messageOf(error)}`);
  }
}

function start(fetchWarnings: readonly ConfigWarning[]): void {
  // A child process has the environment of its parent, which has printed the same.
  const reportUnlessChild = markProcess() ? (text: string) => logger().warn(text) : report;
  process.once('exit', reportLostSpans);
  const started = initWithHooks(
    {},
    {
      onPortInUse: reportUnlessChild,
      onDifferences: report,
      onLastFlushFailed: reportFailedFlush,
    },
  );
  started.then(
    (monitoring) => {
      const { config } = monitoring;
      const warnings = config.enabled ? [...fetchWarnings, ...config.warnings] : [];
      if (warnings.length > 0) reportUnlessChild(warningText(warnings));
      if (config.metrics.port === 'auto') reportUnlessChild(`metrics are served at ${monitoring.metricsUrl}`);
      flushAtTheEnd(monitoring);
    },
    (error: unknown) => report(`it did not start: ${messageOf(error)}`),
  );
}

/** Spans that wait for their batch would be lost when the process runs out of work. */
function flushAtTheEnd(monitoring: Monitoring): void {
  process.once('beforeExit', () => {
    monitoring.shutdown().catch(reportFailedFlush);
  });
}

function reportFailedFlush(error: unknown): void {
  const count = pendingSpans();
  const waiting = count === 0 ? '' : `, with ${spans(count)} waiting`;
  report(`the last flush failed${waiting}: ${messageOf(error)}`);
}

/** Nothing can be sent once the process ends, as by `process.exit()` or an uncaught exception. */
function reportLostSpans(): void {
  const count = pendingSpans();
  if (count === 0) return;
  report(
    `${spans(count)} ${count === 1 ? 'is' : 'are'} lost, because the process ended before they were sent. Before ` +
      '`process.exit()`, call `await (await initMonitoring()).forceFlush()`.',
  );
}

function spans(count: number): string {
  return count === 1 ? '1 span' : `${count} spans`;
}
