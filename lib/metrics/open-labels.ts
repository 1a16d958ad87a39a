import type { SeriesLimits } from '../catalogue/cardinality.js';
import type { DropCounter } from './drop-counter.js';
import type { DropReason } from './recorder.js';
import { NameScopes, PairScopes, type Scope, type ScopeEvents } from './scopes.js';
import type { OverflowLabel, SelfMetrics } from './self-metrics.js';

/** Admits the open labels of all metrics together, so that a model folded in one metric is folded in all. */
export class OpenLabels {
  private readonly providers: NameScopes;
  private readonly models: PairScopes;
  private readonly routes: PairScopes;
  private readonly budgets: NameScopes;
  /** The helper at work, for the diagnostic line; a field, since a closure per call would cost more than the record. */
  private where = '';

  constructor(limits: SeriesLimits, self: SelfMetrics, drops: DropCounter) {
    const onDrop = (reason: DropReason): void => drops.drop(reason, this.where);
    const events = (label: OverflowLabel): ScopeEvents => ({
      onDrop,
      onOverflow: () => self.overflow(label),
    });
    this.providers = new NameScopes('provider', limits.providers, events('provider'));
    this.models = new PairScopes(['provider', 'model'], this.providers, limits.models, events('model'));
    this.routes = new PairScopes(
      ['from_provider', 'to_provider'],
      this.providers,
      limits.routes,
      events('route'),
    );
    this.budgets = new NameScopes('budget', limits.budgets, events('budget'));
  }

  provider(provider: string, where: string): Scope | undefined {
    this.where = where;
    return this.providers.get(provider);
  }

  model(provider: string, model: string, where: string): Scope | undefined {
    this.where = where;
    return this.models.get(provider, model);
  }

  route(fromProvider: string, toProvider: string, where: string): Scope | undefined {
    this.where = where;
    return this.routes.get(fromProvider, toProvider);
  }

  budget(budget: string, where: string): Scope | undefined {
    this.where = where;
    return this.budgets.get(budget);
  }
}
