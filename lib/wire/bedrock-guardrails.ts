import type { Usage } from '../cost/usage.js';
import { amount, type JsonObject, object, objects, sum } from './json.js';

/**
 * The units that are billed. Words and regular expressions (`wordPolicyUnits`, `sensitiveInformationPolicyFreeUnits`)
 * are free. https://aws.amazon.com/bedrock/pricing/
 */
const BILLED_UNITS = [
  'topicPolicyUnits',
  'contentPolicyUnits',
  'contentPolicyImageUnits',
  'sensitiveInformationPolicyUnits',
  'contextualGroundingPolicyUnits',
  'automatedReasoningPolicyUnits',
] as const;

/**
 * What a guardrail is billed for: the units that its trace reports or, without a trace, only that it ran.
 *
 * @param trace - the member `guardrail` of the trace of an answer.
 * @param isGuarded - whether a guardrail is known to have run.
 */
export function guardrailCounts(
  trace: unknown,
  isGuarded: boolean,
): Pick<Usage, 'guardrailUnits' | 'guardrailRuns'> | undefined {
  const { inputAssessment, outputAssessments } = object(trace);
  const assessments = [inputAssessment, outputAssessments].flatMap(assessmentsIn);
  const usages = assessments.map((assessment) => object(assessment['invocationMetrics'])['usage']);
  const guardrailUnits = sum(
    ...usages.flatMap((usage) => BILLED_UNITS.map((name) => amount(object(usage)[name]))),
  );
  if (guardrailUnits !== undefined) return { guardrailUnits };
  return isGuarded || assessments.length > 0 ? { guardrailRuns: 1 } : undefined;
}

/** The assessments by guardrail: one of the input, or a list of the output. */
function assessmentsIn(byGuardrail: unknown): readonly JsonObject[] {
  return Object.values(object(byGuardrail)).flatMap((found) =>
    Array.isArray(found) ? objects(found) : [object(found)],
  );
}
