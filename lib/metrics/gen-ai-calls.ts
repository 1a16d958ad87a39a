import type { Attributes, AttributeValue } from '@opentelemetry/api';
import { KEPT_OPERATIONS } from '../catalogue/gen-ai-metrics.js';
import { nameOf, OTHER } from '../catalogue/names.js';
import { genAiProviderName } from '../catalogue/providers.js';
import { ATTRIBUTES } from '../catalogue/semconv.js';
import type { Admission } from './admission.js';
import { detached } from './label-limits.js';
import type { CallFacts } from './recorder.js';
import type { LabelSet } from './series-table.js';

/** Calls that have the same attributes. */
export class CallSet {
  readonly attributes: Attributes;
  private readonly variants = new Map<string, Attributes>();

  constructor(attributes: Attributes) {
    this.attributes = attributes;
  }

  /** Returns the attributes with one more, of a closed set. The object of each value is created once. */
  with(name: string, value: string): Attributes {
    const key = name + value;
    const known = this.variants.get(key);
    if (known !== undefined) return known;
    const attributes = Object.freeze({ ...this.attributes, [name]: value });
    this.variants.set(key, attributes);
    return attributes;
  }
}

/** How many different calls are recorded with everything that is known about them. */
export interface CallLimits {
  readonly limit: number;
  readonly admission: Admission;
  /** Called for each call beyond the limit. */
  readonly onOverflow: () => void;
}

const SEPARATOR = '\u0000';

/**
 * Admits the attributes of calls. The provider and the requested model are admitted by the label limits, like those of
 * all metrics. Different calls up to a limit are recorded with everything that is known about them. Later ones are
 * recorded without the answering model and the server, and an operation that is not well known is `other`.
 */
export class CallSets {
  private readonly list: 'call' | 'operation';
  private readonly limits: CallLimits;
  private readonly sets = new Map<string, CallSet>();

  constructor(list: 'call' | 'operation', limits: CallLimits) {
    this.list = list;
    this.limits = limits;
  }

  get(labelSet: LabelSet, call: CallFacts): CallSet {
    const { operation, responseModel = '', serverAddress = '', serverPort = '' } = call;
    const key = [labelSet.id, operation, responseModel, serverAddress, serverPort].join(SEPARATOR);
    return this.sets.get(key) ?? this.admit(key, labelSet, call);
  }

  private admit(key: string, labelSet: LabelSet, call: CallFacts): CallSet {
    const operation = nameOf(call.operation);
    const kept = KEPT_OPERATIONS.has(operation) ? operation : OTHER;
    // A call of which nothing would be left out takes no place.
    const isWhole =
      kept === operation && call.responseModel === undefined && call.serverAddress === undefined;
    if (!isWhole) {
      const { limit, admission, onOverflow } = this.limits;
      if (admission.admits(this.list, nameOfCall(labelSet, call), limit)) {
        return this.create(detached(key), labelSet, { ...call, operation });
      }
      onOverflow();
    }
    const foldedKey = [labelSet.id, kept].join(SEPARATOR);
    return this.sets.get(foldedKey) ?? this.create(foldedKey, labelSet, { operation: kept });
  }

  private create(key: string, { labels }: LabelSet, call: CallFacts): CallSet {
    const { operation, responseModel, serverAddress, serverPort } = call;
    const attributes: Record<string, AttributeValue> = {
      [ATTRIBUTES.operationName]: detached(operation),
      [ATTRIBUTES.providerName]: genAiProviderName(labels['provider'] ?? OTHER),
      [ATTRIBUTES.requestModel]: labels['model'] ?? OTHER,
    };
    if (responseModel !== undefined) attributes[ATTRIBUTES.responseModel] = detached(nameOf(responseModel));
    if (serverAddress !== undefined) {
      attributes[ATTRIBUTES.serverAddress] = detached(nameOf(serverAddress));
      if (Number.isInteger(serverPort)) attributes[ATTRIBUTES.serverPort] = serverPort as number;
    }
    const set = new CallSet(Object.freeze(attributes));
    this.sets.set(key, set);
    return set;
  }
}

/** What a call is called in every process: the numbers of label sets are those of one. */
function nameOfCall({ labels }: LabelSet, call: CallFacts): string {
  const { operation, responseModel = '', serverAddress = '', serverPort = '' } = call;
  const names = [labels['provider'], labels['model'], nameOf(operation), nameOf(responseModel)];
  return JSON.stringify([...names, nameOf(serverAddress), String(serverPort)]);
}
