import type { CollectionResult, ResourceMetrics } from '@opentelemetry/sdk-metrics';
import { messageOf } from '../errors.js';
import { logger, notice } from '../logger.js';
import { type SetTimer, setTimer, withDeadline } from '../otlp/deadline.js';
import type { Collector } from '../prometheus/scraper.js';
import type { GroupFiles } from './group-files.js';
import type { Liveness } from './liveness.js';
import { mergeGroup } from './merged-metrics.js';
import { type Contender, createPortMarks, type PortMarks } from './port-marks.js';
import type { SharedBudgets } from './shared-budgets.js';
import type { SharedNames } from './shared-names.js';
import type { Snapshots } from './snapshot.js';
import type { Store } from './store.js';
import type { Totals } from './totals.js';

/** Each worker publishes this often. */
const PUBLISH_MILLIS = 1000;
/** A group of which nobody has lived for this long begins anew. */
const GONE_MILLIS = 10_000;

/** What a worker brings into its group. */
export interface WorkerSource {
  /** Collects what this worker has recorded. */
  readonly collector: Collector;
  readonly timeoutMillis: number;
  readonly snapshots: Snapshots;
  /** Reads what the collector would find, without waiting, for a process that exits. */
  collectNow(): ResourceMetrics | undefined;
  /** The worker's own service.instance.id. */
  readonly instanceId: string;
}

/** The files of a group and what is decided over them; see {@link openGroup}. */
export interface GroupParts {
  readonly store: Store;
  readonly files: GroupFiles<Totals>;
  readonly liveness: Liveness;
  readonly names: SharedNames;
  readonly budgets: SharedBudgets;
  /** Makes the folder again if somebody has removed it; returns whether it is there. */
  restore(): boolean;
  /** Milliseconds of the machine's monotonic clock, which all its processes share. */
  readonly now: () => number;
  readonly setTimer: SetTimer;
}

/**
 * The group of workers that share one scrape port, seen from one of them.
 *
 * A worker without company only looks for others each second, and its page is what it has recorded. Once it has seen
 * another one it publishes each second, and whoever answers a scrape adds up what all have published, itself included.
 */
export class Group implements Collector {
  private readonly parts: GroupParts;
  private readonly source: WorkerSource;
  private readonly marks: PortMarks;
  /** The workers whose socket was missing at the last look. */
  private missing: ReadonlySet<string> = new Set();
  private hasCompany = false;
  private holdsPort = false;
  private hasEnded = false;
  private isBusy = false;
  private isFailureLogged = false;
  private collecting: Promise<unknown> = Promise.resolve();
  private listeningAs: string;
  private cancelTimer: () => void = () => undefined;

  constructor(parts: GroupParts, source: WorkerSource) {
    this.parts = parts;
    this.source = source;
    this.marks = createPortMarks(parts.store, parts.liveness);
    this.listeningAs = parts.files.id;
    // Another worker looks whether this one lives: it is about to publish, and so must this one.
    parts.liveness.onVisit(() => this.visited());
  }

  /** Joins: from now on the others see this worker, and it knows whether the sums of the dead continue. */
  async join(): Promise<void> {
    const { files, liveness, names, budgets } = this.parts;
    const { instanceId } = this.source;
    try {
      await liveness.start(files.id);
      const others = files.others();
      const isAnyAlive = isAlive(await liveness.look(others));
      const isNew = files.folded().n === 0;
      if (!isAnyAlive && this.isStale()) files.beginAnew(others, instanceId);
      else if (isNew) files.beginAnew([], instanceId);
      // Where sums continue, the page is more than what this worker records.
      else this.hasCompany = true;
      this.hasCompany ||= isAnyAlive;
      const { epoch } = files.folded();
      names.rebase(epoch);
      budgets.setEpoch(epoch);
    } catch (error) {
      this.report(error);
    }
    this.wait();
  }

  /** Whether nobody has published lately, or ever. */
  private isStale(): boolean {
    const age = this.parts.now() - (this.parts.files.newestAtMs() ?? Number.NEGATIVE_INFINITY);
    // A time that is still to come is of an earlier boot.
    return !(age >= 0 && age < GONE_MILLIS);
  }

  /** Runs an attempt to listen, so that the others see who tries and who has succeeded. */
  async attempt<Value>(listen: () => Promise<Value>): Promise<Value> {
    const value = await this.marks.attempt(() => this.parts.files.id, listen);
    this.holdsPort = true;
    return value;
  }

  contender(): Promise<Contender> {
    return this.marks.contender(this.parts.files.id);
  }

  /** Tells the others that the port is free. */
  release(): void {
    this.holdsPort = false;
    this.marks.release(this.parts.files.id);
  }

  /** Whether a worker lives that will answer scrapes when this one has ended. */
  async hasSuccessor(): Promise<boolean> {
    return isAlive(await this.parts.liveness.look(this.parts.files.others()));
  }

  /** Collects the metrics of the whole group; the errors are those of this worker's callbacks. */
  async collect(options: { readonly timeoutMillis: number }): Promise<CollectionResult> {
    const own = await this.collectOwn(options.timeoutMillis);
    this.lookForCompany();
    if (!this.hasCompany) return own;
    this.publish(own.resourceMetrics);
    return { resourceMetrics: this.merge(own.resourceMetrics), errors: own.errors };
  }

  /** Publishes for the last time; what is recorded later is not counted. */
  async publishLast(timeoutMillis: number): Promise<void> {
    if (this.hasEnded) return;
    this.cancelTimer();
    const collecting = this.collectOwn(timeoutMillis);
    const own = await withDeadline(collecting, timeoutMillis, 'the last publication', setTimer);
    this.end(own.resourceMetrics);
  }

  /** Leaves the group: its mark on the port goes, and others may take it for ended. */
  leave(): void {
    this.cancelTimer();
    this.end(undefined);
    this.parts.files.leave();
    this.parts.liveness.stop();
  }

  /** Publishes for the last time and leaves, in one turn, for a process that exits. */
  leaveNow(): void {
    if (!this.hasEnded) this.end(this.source.collectNow());
    this.leave();
  }

  private end(metrics: ResourceMetrics | undefined): void {
    if (this.hasEnded) return;
    this.lookForCompany();
    if (this.hasCompany && metrics !== undefined) this.publish(metrics, true);
    this.hasEnded = true;
    this.parts.budgets.end();
  }

  private wait(): void {
    this.cancelTimer = this.parts.setTimer(() => {
      // First, so that the time between two publications does not grow by the time they take.
      this.wait();
      if (!this.isBusy) void this.second();
    }, PUBLISH_MILLIS);
  }

  private async second(): Promise<void> {
    this.isBusy = true;
    try {
      if (!this.parts.restore()) return;
      this.lookForCompany();
      if (!this.hasCompany) return;
      await this.publishCollected();
      this.parts.budgets.refresh();
      if (this.holdsPort && !this.hasEnded) await this.lookAfterTheDead();
    } catch (error) {
      this.report(error);
    } finally {
      this.isBusy = false;
    }
  }

  private visited(): void {
    if (this.hasCompany || this.hasEnded) return;
    this.hasCompany = true;
    this.publishCollected().catch((error: unknown) => this.report(error));
  }

  private lookForCompany(): void {
    if (!this.hasCompany && this.parts.files.others().length > 0) this.hasCompany = true;
  }

  private async lookAfterTheDead(): Promise<void> {
    const { files, liveness } = this.parts;
    this.marks.hold(files.id);
    const states = await liveness.look(files.others());
    const missing = new Set([...states].flatMap(([id, state]) => (state === 'missing' ? [id] : [])));
    const dead = [...states].flatMap(([id, state]) =>
      state === 'dead' || (missing.has(id) && this.missing.has(id)) ? [id] : [],
    );
    this.missing = missing;
    if (dead.length > 0) files.fold(dead);
  }

  private async publishCollected(): Promise<void> {
    const { resourceMetrics } = await this.collectOwn(this.source.timeoutMillis);
    this.publish(resourceMetrics);
    const { files, liveness } = this.parts;
    if (files.id === this.listeningAs) return;
    this.listeningAs = files.id;
    await liveness.start(files.id);
  }

  /** Collects one after the other, since two collections at once would take gauges from each other. */
  private collectOwn(timeoutMillis: number): Promise<CollectionResult> {
    const { collector } = this.source;
    // Without company nothing else collects.
    if (!this.hasCompany) return collector.collect({ timeoutMillis });
    const collected = this.collecting.then(() => collector.collect({ timeoutMillis }));
    this.collecting = collected.catch(() => undefined);
    return collected;
  }

  private publish(metrics: ResourceMetrics, isLast = false): void {
    if (this.hasEnded) return;
    try {
      const { lines, values } = this.source.snapshots.take(metrics);
      this.parts.files.publish(lines, values, this.parts.now(), isLast);
    } catch (error) {
      this.report(error);
    }
  }

  private merge(own: ResourceMetrics): ResourceMetrics {
    const { files, now } = this.parts;
    const reading = files.read();
    return mergeGroup({
      reading,
      ownId: files.id,
      own,
      snapshots: this.source.snapshots,
      nowMs: now(),
      instanceId: reading.founder ?? this.source.instanceId,
    });
  }

  private report(error: unknown): void {
    if (this.isFailureLogged) return logger().error('workers could not share their metrics.', error);
    this.isFailureLogged = true;
    notice(
      `what this worker records may be missing from the page of its service (${messageOf(error)}): free the disk or ` +
        'set metrics.workersDir (LLM_EDGE_WORKERS_DIR) to another folder of this machine',
    );
  }
}

function isAlive(states: ReadonlyMap<string, string>): boolean {
  return [...states.values()].includes('alive');
}
