import { createEventReader } from '../../lib/wire/body-reader.js';
import { OPENAI_CHAT } from '../../lib/wire/openai.js';
import { OutputEstimator } from '../../lib/wire/output-estimator.js';
import { createAnswer } from '../../lib/wire/wire-format.js';
import { feedInPieces } from './split-bytes.js';

/** The estimated output of a stream of events that comes in pieces. */
export function estimatedOutput(stream: string, cuts: readonly number[]): number {
  const answer = createAnswer();
  const estimator = new OutputEstimator();
  answer.estimator = estimator;
  const reader = createEventReader(OPENAI_CHAT, answer);
  feedInPieces(Buffer.from(stream), cuts, (piece) => reader.push(piece));
  reader.finish();
  return estimator.outputTokens;
}
