import { OTHER } from '../catalogue/cardinality.js';
import { nameOf, nameProblem } from './names.js';
import type { DropReason } from './recorder.js';

/** One admitted set of open label values. The series of every metric hang off its `id`, a small integer. */
export interface Scope {
  readonly id: number;
  readonly labels: Readonly<Record<string, string>>;
}

interface NamedScope extends Scope {
  readonly name: string;
}

/** The scope of a pair of values, found by the second of them. */
export interface PairScope extends Scope {
  readonly first: string;
  readonly second: string;
  /** The scopes of the same second value under other first ones. */
  others: Map<string, PairScope> | undefined;
}

/** The scope of metrics without open labels. */
export const ROOT_SCOPE: Scope = { id: 0, labels: {} };

/** Told of what was not admitted as given. */
export interface ScopeEvents {
  /** A value was folded into `other` because its limit is reached. */
  readonly onOverflow: () => void;
  /** A value cannot be a label. */
  readonly onDrop: (reason: DropReason) => void;
}

/** Admits the values of one open label, up to a limit; later ones share the scope of `other`. */
export class NameScopes {
  private readonly label: string;
  private readonly limit: number;
  private readonly events: ScopeEvents;
  private readonly scopes = new Map<string, NamedScope>();
  private admitted = 0;

  constructor(label: string, limit: number, events: ScopeEvents) {
    this.label = label;
    this.limit = limit;
    this.events = events;
  }

  /** The scope of a name, or `undefined` when the name is none and the record is to be dropped. */
  get(name: string): NamedScope | undefined {
    return this.scopes.get(name) ?? this.admit(name);
  }

  private admit(given: string): NamedScope | undefined {
    const problem = nameProblem(given);
    if (problem !== undefined) this.events.onDrop(problem);
    if (problem === 'invalid_name') return undefined;
    const name = nameOf(given);
    if (name === OTHER) return this.create(OTHER);
    const known = this.scopes.get(name);
    if (known !== undefined) return known;
    if (this.admitted >= this.limit) {
      this.events.onOverflow();
      return this.create(OTHER);
    }
    this.admitted += 1;
    return this.create(detached(name));
  }

  private create(name: string): NamedScope {
    let scope = this.scopes.get(name);
    if (scope === undefined) {
      scope = { id: this.scopes.size, name, labels: { [this.label]: name } };
      this.scopes.set(name, scope);
    }
    return scope;
  }
}

/** Admits pairs of values, such as provider and model; past the limit the second becomes `other`. */
export class PairScopes {
  private readonly labels: readonly [string, string];
  private readonly firsts: NameScopes;
  private readonly limit: number;
  private readonly events: ScopeEvents;
  /** By the second value: hardly any model belongs to two providers, so that one lookup finds most scopes. */
  private readonly scopes = new Map<string, PairScope>();
  private admitted = 0;
  private created = 0;

  constructor(labels: readonly [string, string], firsts: NameScopes, limit: number, events: ScopeEvents) {
    this.labels = labels;
    this.firsts = firsts;
    this.limit = limit;
    this.events = events;
  }

  /** The scope of a pair, or `undefined` when one of the names is none and the record is to be dropped. */
  get(first: string, second: string): PairScope | undefined {
    return this.find(first, second) ?? this.admit(first, second);
  }

  private find(first: string, second: string): PairScope | undefined {
    const scope = this.scopes.get(second);
    if (scope === undefined || scope.first === first) return scope;
    return scope.others?.get(first);
  }

  private admit(givenFirst: string, givenSecond: string): PairScope | undefined {
    const problem = nameProblem(givenSecond);
    if (problem === 'invalid_name') {
      this.events.onDrop(problem);
      return undefined;
    }
    const first = this.firsts.get(givenFirst)?.name;
    if (first === undefined) return undefined;
    if (problem !== undefined) this.events.onDrop(problem);
    const second = nameOf(givenSecond);
    // All models of providers that are folded are folded, too.
    const isFolded = nameProblem(givenFirst) !== undefined || first !== nameOf(givenFirst);
    if (isFolded || second === OTHER) return this.create(first, OTHER);
    const known = this.find(first, second);
    if (known !== undefined) return known;
    if (this.admitted >= this.limit) {
      this.events.onOverflow();
      return this.create(first, OTHER);
    }
    this.admitted += 1;
    return this.create(first, detached(second));
  }

  private create(first: string, second: string): PairScope {
    const known = this.find(first, second);
    if (known !== undefined) return known;
    const labels = { [this.labels[0]]: first, [this.labels[1]]: second };
    const scope: PairScope = { id: this.created++, labels, first, second, others: undefined };
    const sameSecond = this.scopes.get(second);
    if (sameSecond === undefined) {
      this.scopes.set(second, scope);
    } else {
      sameSecond.others ??= new Map();
      sameSecond.others.set(first, scope);
    }
    return scope;
  }
}

/**
 * The same text in memory of its own. Labels last as long as the process, and a name that was cut out of a request's
 * body would keep all of the body for as long.
 */
function detached(name: string): string {
  return Buffer.from(name).toString();
}
