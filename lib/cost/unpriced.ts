import { INPUT_LIMITS } from '../catalogue/input-limits.js';
import type { UnpricedReason } from '../metrics/recorder.js';

/** A model that was used and has no price. */
export interface UnpricedModel {
  readonly provider: string;
  /** The requested model. */
  readonly model: string;
  /** The model that answered, of the latest request, if it differs. */
  readonly answeredModel?: string | undefined;
  /**
   * Why the latest request has no cost. `unknown_provider`: no price of the provider is known. `unknown_model`: prices
   * of the provider are known, but none of this model. `unknown_unit`: its price lacks a rate for something that was
   * used, or for the service tier.
   */
  readonly reason: UnpricedReason;
  /** The same in words, with the unit or the tier. */
  readonly detail: string;
  /** The number of computations that found no cost. */
  readonly count: number;
}

const MODELS_MAX = INPUT_LIMITS.unpricedModels.value;

/** The models that were used and have no price, most used first, up to a limit. */
export class UnpricedModels {
  private readonly models = new Map<string, UnpricedModel>();

  add(found: Omit<UnpricedModel, 'count'>): void {
    const key = JSON.stringify([found.provider, found.model]);
    const count = this.models.get(key)?.count ?? 0;
    if (count === 0 && this.models.size >= MODELS_MAX) return;
    this.models.set(key, { ...found, count: count + 1 });
  }

  list(): readonly UnpricedModel[] {
    return [...this.models.values()].sort((a, b) => b.count - a.count);
  }
}
