import { formatCanonicalBound, formatNumber } from './format-number.js';

/** The two text formats that a scrape can be answered in. */
export type TextFormat = 'text' | 'openmetrics';

/** Type of a metric family, as the `# TYPE` line says it. */
export type FamilyType = 'counter' | 'gauge' | 'histogram';

/** All that differs between the two formats. */
export interface Dialect {
  readonly contentType: string;
  /** Name in the `# TYPE` and `# HELP` lines, given the name of the samples. */
  familyName(sampleName: string, type: FamilyType): string;
  /** Value of the `le` label. */
  formatBound(bound: number): string;
  escapeHelp(help: string): string;
  /** The lines before the sample `target_info`. */
  readonly targetInfoHeader: string;
  /** The last line of the page. */
  readonly end: string;
  readonly exemplars: boolean;
}

/**
 * Prometheus text 0.0.4 and OpenMetrics 1.0.0.
 *
 * OpenMetrics' `_created` samples are left out on purpose: Prometheus stores each of them as a series of its own
 * unless a feature flag is set, which would add one series to every counter and histogram, and this process
 * starts all its series at zero anyway. `# UNIT` lines are left out too, because the unit is part of the name.
 */
export const DIALECTS = {
  text: {
    contentType: 'text/plain; version=0.0.4; charset=utf-8',
    familyName: (sampleName) => sampleName,
    formatBound: formatNumber,
    escapeHelp: (help) => help.replace(/\\/g, '\\\\').replace(/\n/g, '\\n'),
    targetInfoHeader: '# HELP target_info Target metadata\n# TYPE target_info gauge\n',
    end: '',
    exemplars: false,
  },
  openmetrics: {
    contentType: 'application/openmetrics-text; version=1.0.0; charset=utf-8',
    familyName: (sampleName, type) =>
      type === 'counter' ? sampleName.slice(0, -'_total'.length) : sampleName,
    formatBound: formatCanonicalBound,
    escapeHelp: (help) => help.replace(/\\/g, '\\\\').replace(/\n/g, '\\n').replace(/"/g, '\\"'),
    targetInfoHeader: '# HELP target Target metadata\n# TYPE target info\n',
    end: '# EOF\n',
    exemplars: true,
  },
} as const satisfies Record<TextFormat, Dialect>;
