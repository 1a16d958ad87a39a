/**
 * Work on the files of a group that stops before each operation on a file, so that a model checker can let others work
 * in between.
 */
export type Steps<Result> = Generator<void, Result, void>;

/** Does all of the work at once. */
export function finish<Result>(steps: Steps<Result>): Result {
  let step = steps.next();
  while (step.done !== true) step = steps.next();
  return step.value;
}
