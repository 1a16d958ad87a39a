/** The parts of a Grafana dashboard's JSON that are drawn. */
export interface DashboardJson {
  readonly title: string;
  readonly panels: readonly PanelJson[];
  readonly templating: {
    readonly list: readonly { readonly name: string; readonly label?: string; readonly type: string }[];
  };
}

/** One panel, or the heading of a row. */
export interface PanelJson {
  readonly type: string;
  readonly title: string;
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
  readonly targets?: readonly TargetJson[];
  readonly fieldConfig?: {
    readonly defaults: FieldJson;
    readonly overrides: readonly {
      readonly matcher: { readonly id: string; readonly options: string };
      readonly properties: readonly { readonly id: string; readonly value: unknown }[];
    }[];
  };
  readonly transformations?: readonly { readonly id: string; readonly options: unknown }[];
  readonly options?: PanelOptionsJson;
}

export interface TargetJson {
  readonly refId: string;
  readonly expr: string;
  readonly legendFormat?: string;
  readonly instant?: boolean;
  readonly exemplar?: boolean;
}

/** How the values of a field are shown: the defaults of a panel, or these under an override. */
export interface FieldJson {
  readonly unit?: string;
  readonly decimals?: number;
  readonly min?: number;
  readonly max?: number;
  readonly noValue?: string;
  readonly color?: { readonly mode: string; readonly fixedColor?: string };
  readonly thresholds?: { readonly steps: readonly ThresholdJson[] };
  readonly mappings?: readonly {
    readonly type: string;
    readonly options: Readonly<Record<string, { readonly text: string; readonly color: string }>>;
  }[];
  readonly custom?: {
    readonly drawStyle?: string;
    readonly fillOpacity?: number;
    readonly lineWidth?: number;
    readonly stacking?: { readonly mode: string };
    readonly thresholdsStyle?: { readonly mode: string };
    readonly cellOptions?: { readonly type: string };
  };
}

/** A colour, and the value from which it holds. */
export interface ThresholdJson {
  readonly value: number | null;
  readonly color: string;
}

interface PanelOptionsJson {
  readonly colorMode?: string;
  readonly graphMode?: string;
  readonly sortBy?: readonly { readonly displayName: string; readonly desc?: boolean }[];
  readonly legend?: {
    readonly displayMode?: string;
    readonly placement?: string;
    readonly calcs?: readonly string[];
  };
  readonly yAxis?: { readonly unit?: string };
  readonly color?: { readonly exponent?: number };
}

/** The series that a query returned. */
export interface Frame {
  readonly refId: string;
  /** The query's legend format, filled in. */
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  /** One value for each of the picture's times, or a single one of an instant query. */
  readonly values: readonly (number | null)[];
}

/** A measurement with a trace, drawn as a diamond. */
export interface ExemplarPoint {
  readonly seconds: number;
  readonly value: number;
}

/** A panel with what its queries returned. */
export interface PanelPicture {
  readonly panel: PanelJson;
  readonly frames: readonly Frame[];
  readonly exemplars: readonly ExemplarPoint[];
}

/** A dashboard with all its data, ready to be drawn. */
export interface DashboardPicture {
  readonly title: string;
  /** Says what the picture was made from. */
  readonly caption: string;
  /** The variables at the top, each with what is chosen. */
  readonly variables: readonly (readonly [label: string, choice: string])[];
  /** Seconds since 1970, ascending, evenly spaced: those of every range query. */
  readonly times: readonly number[];
  readonly panels: readonly PanelPicture[];
}

/** A panel that could not be drawn as it should be. */
export interface PanelProblem {
  readonly title: string;
  /** `empty` where the queries returned nothing, otherwise an error. */
  readonly problem: string;
}
