import {
  GUESTS_MAX,
  guestModelsMax,
  type SeriesLimits,
  UNRECOGNISED_HOSTS_MAX,
} from '../catalogue/cardinality.js';
import type { LabelValueOf } from '../catalogue/labels.js';
import { type NameProblem, nameOf, nameProblem, OTHER } from '../catalogue/names.js';
import { type Admission, keyOf } from './admission.js';
import type { LabelSet } from './series-table.js';

/** A label whose values are limited. */
export type LimitedLabel = LabelValueOf<'llm_edge_monitoring_series_overflow_total', 'label'>;

/** Called for values that are not recorded under the given name. */
export interface LimitEvents {
  /** A value cannot be a label. */
  readonly onDrop: (reason: NameProblem, where: string) => void;
  /** A value was folded into `other` because the limit of its label is reached. */
  readonly onOverflow: (label: LimitedLabel) => void;
}

/** Admits the open labels of all metrics together, so that a model folded in one metric is folded in all. */
export interface LabelLimits {
  /**
   * Each method returns the label set to record under. It returns `undefined` for an invalid name, and the caller must
   * then drop the record.
   *
   * @param where - the name of the calling helper, for the diagnostic line.
   */
  provider(provider: string, where: string): LabelSet | undefined;
  model(provider: string, model: string, where: string): LabelSet | undefined;
  route(fromProvider: string, toProvider: string, where: string): LabelSet | undefined;
  upstream(provider: string, upstream: string, where: string): LabelSet | undefined;
  budget(budget: string, where: string): LabelSet | undefined;
  /** An unrecognised host; further ones become `other`, without a count of their own. */
  host(host: string, where: string): LabelSet | undefined;
  /** Admits an unrecognised host as a provider that takes no slot of others; returns its name, or `other`. */
  guest(host: string): string;
}

/** Creates the limits of all open labels. */
export function createLabelLimits(
  limits: SeriesLimits,
  events: LimitEvents,
  admission: Admission,
): LabelLimits {
  const deps: Deps = { ...events, admission };
  const guests: Guests = { names: new Set(), modelsMax: guestModelsMax(limits) };
  const providers = new NameLimit('provider', limits.providers, deps, guests.names);
  const models = new PairLimit('model', ['provider', 'model'], providers, limits.models, deps, guests);
  const routes = new PairLimit('route', ['from_provider', 'to_provider'], providers, limits.routes, deps);
  const upstreams = new PairLimit('upstream', ['provider', 'upstream'], providers, limits.routes, deps);
  const budgets = new NameLimit('budget', limits.budgets, deps);
  const hosts = new NameLimit('host', UNRECOGNISED_HOSTS_MAX, deps);
  return {
    provider: (provider, where) => providers.get(provider, where),
    model: (provider, model, where) => models.get(provider, model, where),
    route: (fromProvider, toProvider, where) => routes.get(fromProvider, toProvider, where),
    upstream: (provider, upstream, where) => upstreams.get(provider, upstream, where),
    budget: (budget, where) => budgets.get(budget, where),
    host: (host, where) => hosts.get(host, where),
    guest(host) {
      const name = nameOf(host);
      if (guests.names.has(name)) return name;
      if (!admission.admits('guest', name, GUESTS_MAX)) return OTHER;
      guests.names.add(detached(name));
      return name;
    },
  };
}

interface Deps extends LimitEvents {
  readonly admission: Admission;
}

/** Hosts that are recorded like providers, and the most models that all of them may have. */
interface Guests {
  readonly names: Set<string>;
  readonly modelsMax: number;
}

interface NamedSet extends LabelSet {
  readonly name: string;
}

/** Admits the values of one label up to a limit; later values share the label set of `other`. */
class NameLimit {
  private readonly label: 'provider' | 'budget' | 'host';
  private readonly limit: number;
  private readonly deps: Deps;
  /** Names beyond the limit. */
  private readonly guests: ReadonlySet<string> | undefined;
  private readonly sets = new Map<string, NamedSet>();

  constructor(
    label: 'provider' | 'budget' | 'host',
    limit: number,
    deps: Deps,
    guests?: ReadonlySet<string>,
  ) {
    this.label = label;
    this.limit = limit;
    this.deps = deps;
    this.guests = guests;
  }

  get(name: string, where: string): NamedSet | undefined {
    return this.sets.get(name) ?? this.admit(name, where);
  }

  private admit(given: string, where: string): NamedSet | undefined {
    const problem = nameProblem(given);
    if (problem !== undefined) this.deps.onDrop(problem, where);
    if (problem === 'invalid_name') return undefined;
    const name = nameOf(given);
    const known = this.sets.get(name);
    if (known !== undefined) return known;
    if (name === OTHER || this.guests?.has(name) === true) return this.create(name);
    if (!this.deps.admission.admits(this.label, name, this.limit)) {
      if (this.label !== 'host') this.deps.onOverflow(this.label);
      return this.sets.get(OTHER) ?? this.create(OTHER);
    }
    return this.create(detached(name));
  }

  private create(name: string): NamedSet {
    const labels = Object.freeze({ [this.label]: name });
    const created: NamedSet = { id: this.sets.size, name, labels };
    this.sets.set(name, created);
    return created;
  }
}

interface PairSet extends LabelSet {
  readonly first: string;
  /** The sets with the same second value and other first values. */
  others: Map<string, PairSet> | undefined;
}

/** Admits pairs of values, such as provider and model; beyond the limit the second value becomes `other`. */
class PairLimit {
  private readonly list: 'model' | 'route' | 'upstream';
  private readonly names: readonly [first: string, second: string];
  private readonly firsts: NameLimit;
  private readonly limit: number;
  private readonly deps: Deps;
  private readonly guests: Guests | undefined;
  /** Sets by their second value. Few models belong to two providers, so one lookup finds most sets. */
  private readonly sets = new Map<string, PairSet>();
  private created = 0;

  constructor(
    list: 'model' | 'route' | 'upstream',
    names: readonly [first: string, second: string],
    firsts: NameLimit,
    limit: number,
    deps: Deps,
    guests?: Guests,
  ) {
    this.list = list;
    this.names = names;
    this.firsts = firsts;
    this.limit = limit;
    this.deps = deps;
    this.guests = guests;
  }

  get(first: string, second: string, where: string): PairSet | undefined {
    return this.find(first, second) ?? this.admit(first, second, where);
  }

  private find(first: string, second: string): PairSet | undefined {
    const found = this.sets.get(second);
    if (found === undefined || found.first === first) return found;
    return found.others?.get(first);
  }

  private admit(givenFirst: string, givenSecond: string, where: string): PairSet | undefined {
    const problem = nameProblem(givenSecond);
    if (problem === 'invalid_name') {
      this.deps.onDrop(problem, where);
      return undefined;
    }
    const first = this.firsts.get(givenFirst, where)?.name;
    if (first === undefined) return undefined;
    if (problem !== undefined) this.deps.onDrop(problem, where);
    // If a provider is folded, all its models are folded as well.
    const isFolded = first === OTHER && givenFirst !== OTHER;
    const second = isFolded ? OTHER : nameOf(givenSecond);
    const known = this.find(first, second);
    if (known !== undefined) return known;
    if (second === OTHER) return this.create(first, OTHER);
    if (!this.isAdmitted(first, second)) {
      this.deps.onOverflow(this.list === 'model' ? 'model' : 'route');
      return this.find(first, OTHER) ?? this.create(first, OTHER);
    }
    return this.create(first, detached(second));
  }

  private isAdmitted(first: string, second: string): boolean {
    const { guests, list, limit } = this;
    const { admission } = this.deps;
    const key = keyOf(first, second);
    // First that of guests: a model that it refuses takes no place of the other list.
    if (guests?.names.has(first) === true && !admission.admits('guest_model', key, guests.modelsMax)) {
      return false;
    }
    return admission.admits(list, key, limit);
  }

  private create(first: string, second: string): PairSet {
    const labels = Object.freeze({ [this.names[0]]: first, [this.names[1]]: second });
    const created: PairSet = { id: this.created++, labels, first, others: undefined };
    const sameSecond = this.sets.get(second);
    if (sameSecond === undefined) {
      this.sets.set(second, created);
    } else {
      sameSecond.others ??= new Map();
      sameSecond.others.set(first, created);
    }
    return created;
  }
}

/**
 * Copies a text. Labels live as long as the process, and a name that is a slice of a request body would keep the whole
 * body in memory.
 */
export function detached(name: string): string {
  return Buffer.from(name).toString();
}
