/** The last thing that one life of a worker has published. */
export interface Published {
  readonly id: string;
  /** Counts the publications of this life, from 1 on. */
  readonly sequence: number;
  /** When it was published, in milliseconds of the machine's monotonic clock. */
  readonly atMs: number;
  /** Whether it is the last one: the worker has shut down. */
  readonly isEnded: boolean;
  /** The description of the values: JSON, one object a line. Later publications only add lines. */
  readonly lines: readonly string[];
  /** The values, in the order of their description. */
  readonly values: Float64Array;
}

/** How the sums of the dead are made of what they have published. Nothing here throws. */
export interface Arithmetic<Totals> {
  readonly empty: Totals;
  add(totals: Totals, dead: Published): Totals;
  encode(totals: Totals): Uint8Array;
  /** Returns `undefined` for bytes that are none of its own. */
  decode(bytes: Uint8Array): Totals | undefined;
}

/** Why something of a group is not on its page. */
export type UnreadReason = 'format' | 'unreadable' | 'too_many';

/** What the files of a group say. */
export interface GroupReading<Totals> {
  /** The last publication of each living worker, the dead that are not folded yet among them. */
  readonly living: readonly Published[];
  /** The sums of the dead. */
  readonly totals: Totals;
  readonly deaths: { readonly clean: number; readonly lost: number };
  /** Counts how often the group began anew. */
  readonly epoch: number;
  /** Stated by the worker that began the epoch. */
  readonly founder: string | undefined;
  readonly leftOut: Readonly<Record<UnreadReason, number>>;
}
