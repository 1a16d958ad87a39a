import { type Context, type Span, trace } from '@opentelemetry/api';
import type { Usage, UsagePart } from '../cost/usage.js';
import type { RequestRecorder } from '../metrics/recorder.js';
import { awaitedCall, countOnce } from './awaited-answers.js';
import { activeRequest } from './context.js';
import { guard } from './guard.js';
import {
  type CalledModel,
  type Job,
  mergeResponseInfo,
  type ResponseInfo,
  type StartedRequest,
  type UsageGap,
} from './handle.js';
import type { RequestDeps } from './lifecycle.js';
import { NO_SPAN } from './noop-handles.js';
import { RequestAccount } from './request-account.js';

/** The usage of one of several answers in a body, such as a line of a batch. */
export interface UsageResult {
  readonly usage: Usage;
  readonly parts?: readonly UsagePart[] | undefined;
  readonly response: Omit<ResponseInfo, 'finishReasons'>;
}

/** A place to read answers from. */
export interface LaterTarget extends CalledModel {
  /** Identifies the results of a batch. */
  readonly hostAndPath: string;
  /** The provider that is called, where `provider` names another one. */
  readonly calledProvider?: string | undefined;
}

/** The models of one batch that are told apart; further ones are counted for the last of them. */
const MODELS_MAX = 16;

/**
 * The usage of requests that have ended, read from a later call: a response in the background, a run, a prediction,
 * the results of a batch. The call is no request: it records tokens and cost alone, once for each job or batch. Where
 * the caller observes a request, those of a job belong to it.
 */
export class LaterUsage implements StartedRequest {
  readonly provider: string;
  readonly model: string;
  readonly span: Span;
  ended = false;
  private readonly target: LaterTarget;
  private readonly recorder: RequestRecorder;
  private readonly price: RequestDeps['price'];
  private readonly parent: Context;
  private job: Job | undefined;
  private usage: Usage | undefined;
  private parts: readonly UsagePart[] | undefined;
  private response: ResponseInfo = {};
  /** The accounts of a batch, by model. */
  private readonly accounts = new Map<string, RequestAccount>();
  /** Whether a result of a batch was not read because it exceeds a limit. */
  private isPartTooLarge = false;

  constructor(target: LaterTarget, recorder: RequestRecorder, price: RequestDeps['price'], parent: Context) {
    this.target = target;
    this.provider = target.provider;
    this.model = target.model;
    this.recorder = recorder;
    this.price = price;
    this.parent = parent;
    this.span = trace.getSpan(parent) ?? NO_SPAN;
  }

  firstToken(): void {}
  describe(): void {}
  run<T>(fn: () => T): T {
    return fn();
  }

  noteJob(job: Job): void {
    this.job = job;
  }

  setUsage(usage: Usage, parts?: readonly UsagePart[]): void {
    this.usage = usage;
    this.parts = parts;
  }

  setResponse(info: ResponseInfo): void {
    this.response = mergeResponseInfo(this.response, info);
  }

  /** Adds one of several answers, which are recorded together once the whole body has been read. */
  addResult({ usage, parts, response }: UsageResult): void {
    const known = response.model ?? this.model;
    const model =
      this.accounts.has(known) || this.accounts.size < MODELS_MAX
        ? known
        : ([...this.accounts.keys()].at(-1) ?? known);
    const account = this.accounts.get(model) ?? this.accountOf({ ...this.target, model });
    this.accounts.set(model, account);
    const call = account.follow({ ...this.target, model: known });
    call.setUsage(usage, parts);
    call.setResponse(response);
    call.end();
  }

  missUsage({ reason }: UsageGap): void {
    this.isPartTooLarge = reason === 'too_large';
  }

  end(): void {
    this.finish(true);
  }

  /** An answer with an error may report a usage; a batch that was not read to its end is counted when it is. */
  fail(): void {
    this.accounts.clear();
    this.finish(false);
  }

  private finish(isAnswered: boolean): void {
    if (this.ended) return;
    this.ended = true;
    const { job, usage, accounts, owner, target } = this;
    guard(this.recorder, 'fetch', () => {
      const isReported = usage !== undefined || (isAnswered && job?.isOver === true);
      const isOurs = job !== undefined && (!job.isOwnOnly || awaitedCall(owner, job.id) !== undefined);
      if (isOurs && isReported && countOnce(owner, job.id)) this.recordJob(job, usage);
      if (accounts.size > 0 && countOnce(owner, target.hostAndPath)) {
        for (const account of accounts.values()) record(account);
        if (this.isPartTooLarge) this.recorder.recordUsageMissing(this.provider, this.model, 'too_large');
      }
    });
  }

  private recordJob(job: Job, usage: Usage | undefined): void {
    const { parent, response, target, provider, owner } = this;
    const own = { provider, model: response.model ?? this.model };
    const { called, request } = awaitedCall(owner, job.id) ?? { called: own, request: own };
    const active = activeRequest(parent);
    const account = active === undefined ? this.accountOf({ ...target, ...request }) : undefined;
    const call = (active ?? account)?.follow({ ...target, ...called });
    if (usage !== undefined) call?.setUsage(usage, this.parts);
    call?.setResponse(response);
    call?.end();
    if (account !== undefined) record(account);
  }

  private get owner(): string {
    return this.target.calledProvider ?? this.provider;
  }

  private accountOf(called: CalledModel): RequestAccount {
    const { span, recorder, price } = this;
    const request = {
      ...called,
      span,
      ended: false,
      firstToken() {},
      chunks() {},
      callFacts: () => undefined,
      addParameters() {},
      run: <T>(fn: () => T): T => fn(),
      touch() {},
    };
    return new RequestAccount(request, { recorder, price });
  }
}

function record(account: RequestAccount): void {
  account.recordTokens(undefined);
  account.recordCosts();
}
