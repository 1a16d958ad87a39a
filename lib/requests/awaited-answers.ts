import { INPUT_LIMITS } from '../catalogue/input-limits.js';
import { sharedState } from '../global-state.js';
import type { CalledModel, Job } from './handle.js';

/** The names under which a request is counted. */
type RequestNames = Pick<CalledModel, 'provider' | 'model'>;

/** The call that started a job. */
export interface AwaitedCall {
  readonly called: RequestNames;
  /** The names under which it is counted, which the caller may have set. */
  readonly request: RequestNames;
}

/** What is known of a job. */
interface AwaitedAnswer {
  /** `undefined` where another process made it. */
  readonly call?: AwaitedCall | undefined;
  /** What has counted its usage: the request, or a later answer. */
  readonly counted?: 'by request' | 'later';
}

const ANSWERS_MAX = INPUT_LIMITS.awaitedAnswers.value;

/** The latest jobs, by the provider that is called and by id. Both copies of this package use the same. */
const answers = sharedState('awaited-answers.v1', () => new Map<string, AwaitedAnswer>());

/**
 * Notes the state in which a request leaves its job.
 *
 * @param owner - the provider that is called: an intermediary, where the request is counted under a further name.
 * @param request - the request within which the call was made.
 * @returns whether the usage is counted with another answer: it is still to come, or an earlier one has reported it.
 */
export function noteJob(called: RequestNames, job: Job, owner: string, request = called): boolean {
  const key = keyOf(owner, job.id);
  const known = answers.get(key);
  if (!job.isOver) {
    if (known === undefined) keep(key, { call: { called: namesOf(called), request: namesOf(request) } });
    return true;
  }
  // A poll may see the end before a stream does. One that is counted for its own process alone cannot have.
  if (known?.counted === 'later' && !job.isOwnOnly) return true;
  if (known !== undefined || !job.isOwnOnly) keep(key, { ...known, counted: 'by request' });
  return false;
}

/** The call that a job belongs to, if this process made it. */
export function awaitedCall(owner: string, id: string): AwaitedCall | undefined {
  return answers.get(keyOf(owner, id))?.call;
}

/** Whether the usage in a later answer is still to be counted; from now on it is not. */
export function countOnce(owner: string, id: string): boolean {
  const key = keyOf(owner, id);
  const known = answers.get(key);
  if (known?.counted !== undefined) return false;
  keep(key, { call: known?.call, counted: 'later' });
  return true;
}

function keep(key: string, answer: AwaitedAnswer): void {
  answers.delete(key);
  const [oldest] = answers.size < ANSWERS_MAX ? [] : answers.keys();
  if (oldest !== undefined) answers.delete(oldest);
  answers.set(key, answer);
}

function namesOf({ provider, model }: RequestNames): RequestNames {
  return { provider, model };
}

function keyOf(owner: string, id: string): string {
  return `${owner} ${id.slice(0, INPUT_LIMITS.keptUrlLength.value)}`;
}
