/**
 * The name of a model of Amazon Bedrock: an ARN ends with the name of the model or profile, or with the id of a
 * custom model, of provisioned throughput or of an application inference profile. The account and the region before it
 * are removed.
 *
 * @param modelId - an id, such as `us.amazon.nova-pro-v1:0`, or an ARN.
 */
export function bedrockModelName(modelId: string): string {
  return modelId.startsWith('arn:') ? modelId.slice(modelId.lastIndexOf('/') + 1) : modelId;
}

/** GenAI operation names of `InvokeModel`, by what the name of a model contains; the first row that matches counts. */
export const BEDROCK_OPERATIONS: readonly (readonly [named: string, operation: string])[] = [
  ['embed', 'embeddings'],
  ['rerank', 'rerank'],
  ['stability\\.', 'image_generation'],
  ['canvas', 'image_generation'],
  ['image-generator', 'image_generation'],
  ['', 'chat'],
];

/** The GenAI operation name of `InvokeModel`, which the model decides. */
export function bedrockOperation(model: string): string {
  return BEDROCK_OPERATIONS.find(([named]) => new RegExp(named).test(model))?.[1] ?? 'chat';
}
