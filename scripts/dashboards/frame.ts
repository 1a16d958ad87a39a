import type { Builder } from '@grafana/grafana-foundation-sdk/cog';
import {
  AnnotationQueryBuilder,
  type Dashboard,
  DashboardBuilder,
  DashboardCursorSync,
  DashboardLinkBuilder,
  DashboardLinkType,
  DatasourceVariableBuilder,
  type GridPos,
  type Panel,
  QueryVariableBuilder,
  RowBuilder,
  VariableRefresh,
  VariableSort,
} from '@grafana/grafana-foundation-sdk/dashboard';
import { DOCS_URL } from '../repository.js';
import { DATASOURCE } from './panels.js';

/** The tag by which the dashboards find each other. */
const TAG = 'llm-edge';
const PANEL_GRID_WIDTH = 24;

/** A heading and the panels beneath it. */
export interface Section {
  readonly title: string;
  readonly panels: readonly Builder<Panel>[];
}

/** Everything that makes one dashboard. */
export interface DashboardSpec {
  /** Last part of the uid and the file name. */
  readonly name: string;
  readonly title: string;
  readonly description: string;
  readonly sections: readonly Section[];
}

/** Builds a dashboard with the variables, links and annotations that all of them share. */
export function buildDashboard(spec: DashboardSpec): Dashboard {
  const builder = new DashboardBuilder(spec.title)
    .uid(`llm-edge-${spec.name}`)
    .description(spec.description)
    .tags([TAG])
    .time({ from: 'now-3h', to: 'now' })
    .refresh('30s')
    .timezone('browser')
    .tooltip(DashboardCursorSync.Crosshair)
    .variables(variables())
    .annotations([firingAlerts()])
    .links(links());
  for (const section of spec.sections) {
    builder.withRow(new RowBuilder(section.title));
    for (const panel of section.panels) builder.withPanel(panel);
  }
  const dashboard = builder.build();
  for (const [index, panel] of (dashboard.panels ?? []).entries()) {
    // Panels keep their number as long as their order holds, so that links to a single panel go on working.
    panel.id = index + 1;
    if ('links' in panel && panel.links !== undefined) panel.links = panel.links.map(visible);
  }
  return {
    ...dashboard,
    annotations: { list: (dashboard.annotations.list ?? []).map(visible) },
    links: (dashboard.links ?? []).map(visible),
  };
}

/** The builders put every link and annotation into a menu, where nobody looks during an incident. */
function visible<T extends { placement?: unknown }>({ placement: _, ...rest }: T): Omit<T, 'placement'> {
  return rest;
}

/** Says which lines of panels do not fill the grid, or end at different heights. */
export function layoutProblems(dashboard: Dashboard): string[] {
  const lines = new Map<number, GridPos[]>();
  for (const { gridPos } of dashboard.panels ?? []) {
    if (gridPos !== undefined) lines.set(gridPos.y, [...(lines.get(gridPos.y) ?? []), gridPos]);
  }
  return [...lines].flatMap(([y, panels]) => {
    const width = panels.reduce((sum, panel) => sum + panel.w, 0);
    const heights = new Set(panels.map((panel) => panel.h));
    return [
      ...(width === PANEL_GRID_WIDTH ? [] : [`the line at ${y} is ${width} wide, not ${PANEL_GRID_WIDTH}`]),
      ...(heights.size === 1 ? [] : [`the panels of the line at ${y} differ in height`]),
    ];
  });
}

function variables(): (DatasourceVariableBuilder | QueryVariableBuilder)[] {
  return [
    new DatasourceVariableBuilder('datasource').label('Prometheus').type('prometheus'),
    // A service is a job, see prometheus.yml: resource attributes would cost a join in every query.
    labelVariable('service', 'Service', 'label_values(llm_edge_active_requests, job)'),
    labelVariable('provider', 'Provider', 'label_values(llm_edge_requests_total{job=~"$service"}, provider)'),
    labelVariable(
      'model',
      'Model',
      'label_values(llm_edge_requests_total{job=~"$service",provider=~"$provider"}, model)',
    ),
  ];
}

function labelVariable(name: string, label: string, query: string): QueryVariableBuilder {
  return new QueryVariableBuilder(name)
    .label(label)
    .datasource(DATASOURCE)
    .query({ query, refId: 'StandardVariableQuery' })
    .definition(query)
    .multi(true)
    .includeAll(true)
    .allValue('.*')
    .current({ selected: true, text: ['All'], value: ['$__all'] })
    .refresh(VariableRefresh.OnTimeRangeChanged)
    .sort(VariableSort.AlphabeticalAsc);
}

function firingAlerts(): AnnotationQueryBuilder {
  return new AnnotationQueryBuilder()
    .name('Firing alerts')
    .datasource(DATASOURCE)
    .enable(true)
    .iconColor('red')
    .expr('ALERTS{alertname=~"LlmEdge.+",alertstate="firing",job=~"$service"}')
    .titleFormat('{{alertname}}')
    .textFormat('{{job}} {{provider}}')
    .step('60s');
}

function links(): DashboardLinkBuilder[] {
  return [
    new DashboardLinkBuilder('LLM edge dashboards')
      .type(DashboardLinkType.Dashboards)
      .tags([TAG])
      .asDropdown(false)
      .includeVars(true)
      .keepTime(true),
    new DashboardLinkBuilder('Runbooks')
      .type(DashboardLinkType.Link)
      .url(`${DOCS_URL}/runbooks.md`)
      .icon('doc')
      .targetBlank(true),
  ];
}
