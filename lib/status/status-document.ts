/** Unit of a number on the status page, which says how it is formatted. */
export type StatusUnit =
  | 'count'
  | 'per_second'
  | 'tokens_per_second'
  | 'milliseconds'
  | 'seconds'
  | 'usd'
  | 'usd_per_second'
  /** A share from 0 to 1, shown as a percentage. */
  | 'ratio';

/** What a colour means: `neutral` has no meaning beyond telling series apart. */
export type StatusTone = 'neutral' | 'good' | 'warning' | 'bad' | 'unknown';

/** One line of a chart. */
export interface StatusSeries {
  /** From outside, such as the name of a model: text, never markup. */
  readonly name: string;
  readonly tone: StatusTone;
  /** One value for each of the document's `times`; `null` where there is none, such as a quantile of no requests. */
  readonly values: readonly (number | null)[];
}

interface PanelBase {
  /** Stable name, such as `requests`; part of the API. */
  readonly id: string;
  readonly title: string;
  /** One sentence on what the panel shows. */
  readonly help: string;
}

/** Lines over time. */
export interface ChartPanel extends PanelBase {
  readonly kind: 'chart';
  readonly unit: StatusUnit;
  readonly series: readonly StatusSeries[];
}

/** A cell with a state, such as the health of a provider. */
export interface StateCell {
  readonly text: string;
  readonly tone: StatusTone;
}

/** One column of a table. */
export interface StatusColumn {
  readonly title: string;
  /** `text` and `time` (milliseconds since 1970) beside the units of numbers; `trace` is the id of a trace. */
  readonly unit: StatusUnit | 'text' | 'time' | 'trace' | 'state';
}

/** A table of current values. */
export interface TablePanel extends PanelBase {
  readonly kind: 'table';
  readonly columns: readonly StatusColumn[];
  /** Cells in the order of the columns; `null` where nothing is known. */
  readonly rows: readonly (readonly (string | number | StateCell | null)[])[];
  /** How many further rows there are. */
  readonly rowsLeftOut: number;
  /** Shown in place of an empty table, such as "No failures so far." */
  readonly empty: string;
}

export type StatusPanel = ChartPanel | TablePanel;

/** A thing to do, shown until something has been recorded. */
export interface StatusHint {
  readonly text: string;
  /** A command or code to copy. */
  readonly code?: string | undefined;
}

/** Which process this is: of workers that share a page, the one that has the port. */
export interface StatusProcess {
  readonly serviceName: string;
  readonly serviceVersion?: string | undefined;
  readonly environment?: string | undefined;
  readonly instanceId: string;
  readonly hostName: string;
  readonly pid: number;
  /** How many workers the numbers are of, and how many share the page. */
  readonly shown: number;
  readonly members: number;
  /** Milliseconds since 1970. */
  readonly startedAt: number;
  readonly nodeVersion: string;
  readonly packageVersion: string;
}

/**
 * The answer of `GET /api/v1/status`. Members may be added within version 1, never changed or removed.
 *
 * With `?since=<seconds>`, `times` and the values of all charts hold only later points.
 */
export interface StatusDocument {
  readonly schemaVersion: 1;
  /** Of the page and its tab, such as `my-gateway · host-1 · pid 4711 · one of 1`. */
  readonly title: string;
  readonly process: StatusProcess;
  /** Milliseconds since 1970, when the numbers were collected. */
  readonly collectedAt: number;
  /** Whether a request, cost or any other value was ever recorded. */
  readonly hasRecorded: boolean;
  readonly hints: readonly StatusHint[];
  /** Seconds since 1970, ascending: the points of all charts. */
  readonly times: readonly number[];
  readonly panels: readonly StatusPanel[];
}
