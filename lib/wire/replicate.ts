import { amount, failure, object, text } from './json.js';
import { addResponse, eventMarks, setFinishReasons, type WireFormat } from './wire-format.js';

/**
 * Predictions of Replicate, which run in the background. Language models report tokens, and are billed by them; all
 * others are billed by the time that they ran, which failed ones are as well.
 *
 * @see https://replicate.com/docs/reference/http#predictions.get
 */
export const REPLICATE_PREDICTIONS: WireFormat = {
  fields: { id: true, model: true, version: true, status: true, metrics: true, error: true },
  marks: eventMarks({}),
  read(json, answer) {
    const id = text(json['id']);
    const status = text(json['status']);
    const isOver = status === 'succeeded' || status === 'failed';
    if (status === 'succeeded') setFinishReasons(answer, status);
    if (status === 'failed') answer.error ??= failure(json['error']) ?? json;
    if (id !== undefined) answer.job = { id, isOver };
    addResponse(answer, { id, model: text(json['model']) ?? text(json['version']) });
    // A prediction that goes on may report its metrics so far.
    if (!isOver && status !== 'canceled' && status !== 'aborted') return;
    const metrics = object(json['metrics']);
    const inputTokens = amount(metrics['input_token_count']);
    const outputTokens = amount(metrics['output_token_count']);
    const computeSeconds = amount(metrics['predict_time']);
    if (inputTokens !== undefined || outputTokens !== undefined)
      answer.usage = { inputTokens: inputTokens ?? 0, outputTokens: outputTokens ?? 0 };
    else if (computeSeconds !== undefined) answer.usage = { inputTokens: 0, outputTokens: 0, computeSeconds };
  },
};
