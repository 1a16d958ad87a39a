import type { CollectionResult, ResourceMetrics } from '@opentelemetry/sdk-metrics';
import type { Budgets } from '../budgets/budgets.js';
import { messageOf } from '../errors.js';
import { logger, notice } from '../logger.js';
import { machineNow } from '../merge/machine-clock.js';
import { createMerger } from '../merge/merged-metrics.js';
import type { GroupReading } from '../merge/published.js';
import type { Snapshot, Snapshots } from '../merge/snapshot.js';
import { TOTALS, type Totals } from '../merge/totals.js';
import { setTimer, setUnrefTimer, withDeadline } from '../otlp/deadline.js';
import type { Collector } from '../prometheus/scraper.js';
import { runInTurns } from '../prometheus/turns.js';
import { createDeadWorkers } from './dead-workers.js';
import { lifeFile } from './file-names.js';
import { createGroupFiles, type GroupFiles } from './group-files.js';
import { createLiveness, type Liveness } from './liveness.js';
import { type Contender, createPortMarks, type PortMarks } from './port-marks.js';
import { createId, type SharedFolder } from './shared-folder.js';
import { createWholeReadings, type WholeReadings } from './whole-readings.js';

/** Each worker publishes this often. */
const PUBLISH_MILLIS = 1000;
/** A group of which nobody has lived for this long begins anew. */
const GONE_MILLIS = 10_000;
/** The sums of the dead are written this often even if nobody has died, since cleaners remove files that look unused. */
const KEEP_MILLIS = 3_600_000;
/** The dead that are added up in one turn of the event loop: each takes some milliseconds if it has many series. */
const FOLDS_MAX = 4;
/** Others that end may remove the folder each time. */
const LISTEN_TRIES = 5;

/** What a worker brings into its group. */
export interface WorkerSource {
  /** Collects what this worker has recorded. */
  readonly collector: Collector;
  /** Reads what the collector would find, without waiting, for a process that exits. */
  readonly collectNow: () => ResourceMetrics | undefined;
  readonly timeoutMillis: number;
  readonly snapshots: Snapshots;
  readonly budgets: Budgets | undefined;
  /** The worker's own service.instance.id. */
  readonly instanceId: string;
}

/**
 * The group of workers that share one scrape port, seen from one of them.
 *
 * A worker without company only looks for others each second, and its page is what it has recorded. Once it has seen
 * another one it publishes each second, and whoever answers a scrape adds up what all have published, itself included.
 */
export class Group implements Collector {
  private readonly shared: SharedFolder;
  private readonly source: WorkerSource;
  private readonly liveness: Liveness;
  private readonly files: GroupFiles<Totals>;
  private readonly readings: WholeReadings<Totals>;
  private readonly marks: PortMarks;
  private readonly deadWorkers;
  private readonly merger = createMerger();
  /** Whether there is or was another worker, so that the page is more than what this one records. */
  private hasCompany = false;
  /** Whether the sums of the page were zero when this worker started, and nobody else has shown them since. */
  private startsSums = true;
  private hasPublished = false;
  private holdsPort = false;
  /** Whether this worker counts on others to answer scrapes. It still publishes. */
  private isEnding = false;
  /** Whether the last publication is made. */
  private hasEnded = false;
  private hasLeft = false;
  private isBusy = false;
  private epoch: number | undefined;
  /** When this worker wrote the sums of the dead last, on the machine's clock. */
  private keptAtMs = machineNow();
  private isFailureTold = false;
  private collecting: Promise<unknown> = Promise.resolve();
  private cancelTimer = (): void => undefined;

  constructor(shared: SharedFolder, source: WorkerSource) {
    this.shared = shared;
    this.source = source;
    // Another worker looks whether this one lives: it is about to publish, and so must this one.
    this.liveness = createLiveness(shared.path, () => this.publishForOthers());
    this.files = createGroupFiles(shared.store, TOTALS, {
      id: createId(),
      newId: () => this.startLife(),
      subtract: (_lines, values, baseline) => source.snapshots.subtract(values, baseline),
    });
    this.readings = createWholeReadings(this.files);
    this.marks = createPortMarks(shared.store, this.liveness);
    this.deadWorkers = createDeadWorkers(this.liveness);
  }

  /** Joins: from now on the others see this worker, and it knows whether the sums of the dead continue. */
  async join(): Promise<void> {
    try {
      await this.listen();
    } catch (error) {
      this.report(error);
      // Others would take it for dead.
      return this.leave();
    }
    // It has ended meanwhile, and nobody is to wait for it.
    if (this.hasLeft) return this.liveness.stop();
    try {
      const others = this.files.others();
      const isAnyAlive = isAlive(await this.liveness.look(others));
      this.startsSums = this.begin(isAnyAlive, others);
      if (!this.startsSums || isAnyAlive) this.hasCompany = true;
    } catch (error) {
      this.report(error);
    }
    if (this.hasLeft) this.liveness.stop();
    // Workers that start together would otherwise all publish in the same moment.
    else this.wait(Math.random() * PUBLISH_MILLIS);
  }

  /** A worker that was alone and ends at this moment may remove the folder after this one has opened it. */
  private async listen(): Promise<void> {
    for (let left = LISTEN_TRIES; ; left -= 1) {
      try {
        return await this.liveness.start(this.files.id);
      } catch (error) {
        if (left === 1) throw error;
        this.shared.reopen();
      }
    }
  }

  /** Begins the sums of the group, or begins them anew; returns whether it did, and not somebody before or beside it. */
  private begin(isAnyAlive: boolean, others: readonly string[]): boolean {
    const { files } = this;
    const { instanceId } = this.source;
    const isFirst = files.folded().n === 0;
    let hasBegun = false;
    if (!isAnyAlive && this.isStale()) hasBegun = files.beginAnew(others, instanceId);
    else if (isFirst) hasBegun = files.beginAnew([], instanceId);
    this.followEpoch();
    return hasBegun;
  }

  /** Of workers that join at once, one may begin the sums anew after another has read them. */
  private followEpoch(): void {
    const { epoch } = this.files.folded();
    if (epoch === this.epoch) return;
    this.epoch = epoch;
    this.shared.names.rebase(epoch);
    this.shared.budgets.setEpoch(epoch);
  }

  /** Whether nobody has published lately, or ever. */
  private isStale(): boolean {
    const ageMs = machineNow() - (this.files.newestAtMs() ?? Number.NEGATIVE_INFINITY);
    // A time that is still to come is of an earlier boot.
    return !(ageMs >= 0 && ageMs < GONE_MILLIS);
  }

  /** Runs an attempt to listen, so that the others see who tries and who has succeeded. */
  async attempt<Value>(listen: () => Promise<Value>): Promise<Value> {
    const value = await this.marks.attempt(() => this.files.id, listen);
    this.holdsPort = true;
    return value;
  }

  /** Whether the page began at zero in this worker, and did not go on from one of another worker. */
  get isFromZero(): boolean {
    return this.startsSums;
  }

  contender(): Promise<Contender> {
    return this.marks.contender(this.files.id);
  }

  /**
   * Waits until the worker that has the port has ended.
   *
   * @returns false at once if none of the group is known to have it.
   */
  async waitForHolder(): Promise<boolean> {
    this.startsSums = false;
    const { id } = this.files;
    const holder = await this.marks.holder(id);
    return holder !== undefined && !this.hasLeft && (await this.liveness.attach(holder, id));
  }

  /** Tells the others that the port is free. */
  release(): void {
    this.holdsPort = false;
    this.marks.release(this.files.id);
  }

  /**
   * Whether a worker lives that will answer scrapes when this one has ended. First it tells the others that this one
   * will not: of several that end at once, the last one to look then finds nobody, and no scrape is missed.
   */
  async hasSuccessor(timeoutMillis: number): Promise<boolean> {
    this.isEnding = true;
    this.lookForCompany();
    if (!this.hasCompany) return false;
    try {
      await withDeadline(this.publishCollected(), timeoutMillis, 'the publication of the end', setTimer);
      const ending = this.files.read().living.filter(({ isEnded }) => isEnded);
      const ids = new Set(ending.map(({ id }) => id));
      return isAlive(await this.liveness.look(this.others().filter((id) => !ids.has(id))));
    } catch (error) {
      // An unnecessary wait for a scrape loses nothing.
      this.report(error);
      return false;
    }
  }

  /** Collects the metrics of the whole group; the errors are those of this worker's callbacks. */
  async collect({ timeoutMillis }: { readonly timeoutMillis: number }): Promise<CollectionResult> {
    const own = await this.collectOwn(timeoutMillis);
    this.lookForCompany();
    if (!this.hasCompany) return own;
    const snapshot = this.publish(own.resourceMetrics);
    const reading = this.readWith(snapshot);
    if (reading === undefined) return own;
    const instanceId = reading.founder ?? this.source.instanceId;
    const merging = this.merger.merge({ reading, nowMs: machineNow(), wallMs: Date.now(), instanceId });
    const { resourceMetrics } = await runInTurns(merging, () => performance.now());
    return { resourceMetrics, errors: own.errors };
  }

  /** Publishes for the last time. What is recorded later is not counted. */
  async publishLast(timeoutMillis: number): Promise<void> {
    if (this.hasEnded) return;
    const collecting = this.collectOwn(timeoutMillis).then((own) => own.resourceMetrics);
    let metrics: ResourceMetrics | undefined;
    try {
      metrics = await withDeadline(collecting, timeoutMillis, 'the last publication', setTimer);
    } catch (error) {
      // A callback of the program hangs. All that does not wait for it is there.
      metrics = this.source.collectNow();
      if (metrics === undefined) throw error;
    }
    if (!this.hasEnded) this.end(metrics);
  }

  /** Leaves the group: others may take the port, and count this worker among the dead. */
  leave(): void {
    if (this.hasLeft) return;
    this.hasLeft = true;
    this.hasEnded = true;
    this.cancelTimer();
    this.files.leave();
    this.liveness.stop();
    if (!this.hasCompany) this.shared.clear();
  }

  /** Publishes for the last time and leaves, in one turn, for a process that exits. */
  leaveNow(): void {
    if (this.hasLeft) return;
    if (!this.hasEnded) this.end(this.source.collectNow());
    this.leave();
  }

  private end(metrics: ResourceMetrics | undefined): void {
    this.lookForCompany();
    if (this.hasCompany && metrics !== undefined) this.publish(metrics, true);
    this.hasEnded = true;
    const { budgets } = this.source;
    if (this.hasCompany && budgets !== undefined) this.shared.budgets.publish(budgets, true);
  }

  private wait(millis = PUBLISH_MILLIS): void {
    this.cancelTimer = setUnrefTimer(() => {
      // First, so that the time between two publications does not grow by the time that one takes.
      this.wait();
      if (!this.isBusy) void this.second();
    }, millis);
  }

  private async second(): Promise<void> {
    this.isBusy = true;
    try {
      if (!this.hasCompany) await this.stayVisible();
      this.lookForCompany();
      if (!this.hasCompany || this.hasEnded) return;
      await this.publishCollected();
      this.followEpoch();
      this.shared.names.refresh();
      if (this.source.budgets !== undefined) this.shared.budgets.refresh(this.source.budgets);
      if (this.holdsPort && !this.hasEnded) await this.foldDead();
    } catch (error) {
      // A collection in progress fails when the providers are shut down.
      if (this.hasEnded) return;
      this.report(error);
      this.shared.reopen();
    } finally {
      this.isBusy = false;
    }
  }

  /** A worker that does not publish would not see that somebody has removed its socket, or the folder. */
  private async stayVisible(): Promise<void> {
    const { files, shared } = this;
    try {
      if (shared.store.list().includes(lifeFile('s', files.id))) return;
    } catch {
      shared.reopen();
    }
    await this.liveness.start(files.id);
  }

  /** The holder adds up the dead, since it looks at what all have published anyway. */
  private async foldDead(): Promise<void> {
    this.marks.hold(this.files.id);
    const dead = await this.deadWorkers.among(this.others().filter((id) => !this.liveness.isAttached(id)));
    const isOld = machineNow() - this.keptAtMs > KEEP_MILLIS;
    if (dead.length === 0 && !isOld && !this.files.areDeadGone()) return;
    this.keptAtMs = machineNow();
    this.files.fold(dead.slice(0, FOLDS_MAX));
  }

  private others(): readonly string[] {
    return this.files.others();
  }

  private lookForCompany(): void {
    try {
      if (!this.hasCompany && this.others().length > 0) this.hasCompany = true;
    } catch (error) {
      // Without a folder there is nobody to be seen, and the page is what this worker records.
      this.report(error);
    }
  }

  private publishForOthers(): void {
    if (this.hasCompany || this.hasEnded) return;
    this.hasCompany = true;
    this.publishCollected().catch((error: unknown) => this.report(error));
  }

  private async publishCollected(): Promise<void> {
    // A callback of the program that hangs holds up its own metrics for longer, and not those of all others.
    const { resourceMetrics } = await this.collectOwn(Math.min(this.source.timeoutMillis, PUBLISH_MILLIS));
    this.publish(resourceMetrics);
  }

  /** Collects one after the other, since two collections at once would take gauges from each other. */
  private collectOwn(timeoutMillis: number): Promise<CollectionResult> {
    const { collector } = this.source;
    // Without company, only scrapes collect.
    if (!this.hasCompany) return collector.collect({ timeoutMillis });
    const collected = this.collecting.then(() => collector.collect({ timeoutMillis }));
    this.collecting = collected.catch(() => undefined);
    return collected;
  }

  private publish(metrics: ResourceMetrics, isLast = this.isEnding): Snapshot {
    const snapshot = this.source.snapshots.take(metrics);
    try {
      if (!this.hasEnded) {
        this.files.publish(snapshot.lines, snapshot.values, machineNow(), isLast);
        this.hasPublished = true;
      }
    } catch (error) {
      this.report(error);
    }
    return snapshot;
  }

  /** Reads what all have published. A worker that could never publish adds to its own page what it has recorded. */
  private readWith({ lines, values }: Snapshot): GroupReading<Totals> | undefined {
    const { id } = this.files;
    try {
      const reading = this.readings.read(machineNow());
      if (this.hasPublished || reading.living.some((one) => one.id === id)) return reading;
      const own = { id, sequence: 0, atMs: machineNow(), isEnded: false, lines, values };
      return { ...reading, living: [...reading.living, own] };
    } catch (error) {
      this.report(error);
      return undefined;
    }
  }

  /** Listens under the id of a new life, and returns it. */
  private startLife(): string {
    const id = createId();
    this.liveness.start(id).catch((error: unknown) => this.report(error));
    return id;
  }

  private report(error: unknown): void {
    if (this.isFailureTold) return;
    this.isFailureTold = true;
    logger().error('workers cannot share what they record.', error);
    notice(
      `some of what this worker records may be missing from the page of its service (${messageOf(error)}): free the ` +
        'disk, or set metrics.workersDir (LLM_EDGE_WORKERS_DIR) to another local folder',
    );
  }
}

function isAlive(states: ReadonlyMap<string, string>): boolean {
  return [...states.values()].includes('alive');
}
