import { INPUT_LIMITS } from '../catalogue/input-limits.js';
import { sharedState } from '../global-state.js';
import type { Job } from './handle.js';

/** What is known of a job. */
interface AwaitedAnswer {
  /** The model of the request; `undefined` where another process made it. */
  readonly model: string | undefined;
  readonly isCounted: boolean;
}

const ANSWERS_MAX = INPUT_LIMITS.awaitedAnswers.value;

/** The latest jobs, by provider and id. Both copies of this package use the same. */
const answers = sharedState('awaited-answers.v1', () => new Map<string, AwaitedAnswer>());

/**
 * Notes the state in which a request leaves its job.
 *
 * @returns whether the usage is still to come.
 */
export function noteJob(provider: string, model: string, { id, isOver, isOwnOnly }: Job): boolean {
  if (isOver && (!isOwnOnly || answers.has(keyOf(provider, id)))) countOnce(provider, id);
  else if (!isOver && !answers.has(keyOf(provider, id)))
    keep(keyOf(provider, id), { model, isCounted: false });
  return !isOver;
}

/** The model of the request that a job belongs to, if this process made it. */
export function awaitedModel(provider: string, id: string): string | undefined {
  return answers.get(keyOf(provider, id))?.model;
}

/** Whether the usage of an answer is still to be counted; from now on it is not. */
export function countOnce(provider: string, id: string): boolean {
  const key = keyOf(provider, id);
  const known = answers.get(key);
  if (known?.isCounted === true) return false;
  answers.delete(key);
  keep(key, { model: known?.model, isCounted: true });
  return true;
}

function keep(key: string, answer: AwaitedAnswer): void {
  const [oldest] = answers.size < ANSWERS_MAX ? [] : answers.keys();
  if (oldest !== undefined) answers.delete(oldest);
  answers.set(key, answer);
}

function keyOf(provider: string, id: string): string {
  return `${provider} ${id.slice(0, INPUT_LIMITS.keptUrlLength.value)}`;
}
