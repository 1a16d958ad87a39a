import type { StatusDocument, StatusPanel, StatusProcess } from '../status/status-document.js';
import { createChartView, type PanelView } from './chart-view.js';
import { onToken, showConnection } from './connection-view.js';
import { byId, markScrollable, setText } from './dom-elements.js';
import { formatUptime } from './format-value.js';
import { hintItems } from './hint-list.js';
import { startPolling } from './status-poller.js';
import { showSummary } from './summary-strip.js';
import { createTableView } from './table-view.js';

const views = new Map<string, PanelView<StatusPanel>>();
let drawnHints = '';
let collectedAt: number | undefined;

const redraw = () => {
  for (const view of views.values()) view.redraw();
  for (const code of listOf('hints').querySelectorAll('pre')) markScrollable(code);
};
new ResizeObserver(redraw).observe(byId('charts'));
window.addEventListener('resize', redraw);
window.matchMedia('(prefers-color-scheme: dark)').addEventListener('change', redraw);

const poller = startPolling({
  onDocument: showDocument,
  onConnection: (connection) => showConnection(connection, collectedAt),
});
onToken((token) => poller.useToken(token));

function showDocument(status: StatusDocument): void {
  collectedAt = status.collectedAt;
  document.title = status.title;
  setText(byId('title'), status.title);
  setText(byId('facts'), factsOf(status.process, status.collectedAt));
  showHints(status);
  const panels = status.hasRecorded ? status.panels : status.panels.filter(hasContent);
  const charts = panels.filter((panel) => panel.kind === 'chart');
  byId('summary').hidden = charts.length === 0;
  showSummary(listOf('summary'), charts);
  showPanels('charts', charts, status.times);
  showPanels(
    'tables',
    panels.filter((panel) => panel.kind === 'table'),
    status.times,
  );
}

function factsOf(process: StatusProcess, now: number): string {
  const facts = [
    process.environment,
    process.serviceVersion === undefined ? undefined : `version ${process.serviceVersion}`,
    `up ${formatUptime(now - process.startedAt)}`,
    `Node.js ${process.nodeVersion}`,
    `llm-edge-monitoring ${process.packageVersion}`,
  ];
  return facts.filter((fact) => fact !== undefined && fact !== '').join(' · ');
}

/** Whether a panel has something to show before anything was recorded, such as traffic that was not seen. */
function hasContent(panel: StatusPanel): boolean {
  if (panel.kind === 'table') return panel.rows.length > 0;
  return panel.series.some(({ values }) => values.some((value) => value !== null && value !== 0));
}

function showHints({ hasRecorded, hints }: StatusDocument): void {
  const shown = hasRecorded ? [] : hints;
  byId('hints').hidden = shown.length === 0;
  const wanted = JSON.stringify(shown);
  if (wanted === drawnHints) return;
  drawnHints = wanted;
  listOf('hints').replaceChildren(...hintItems(shown));
  for (const code of listOf('hints').querySelectorAll('pre')) markScrollable(code);
}

/** Shows the panels of a section in the order of the document; each keeps its element as long as it is there. */
function showPanels(section: string, panels: readonly StatusPanel[], times: readonly number[]): void {
  byId(section).hidden = panels.length === 0;
  const list = listOf(section);
  panels.forEach((panel, index) => {
    const view = views.get(panel.id) ?? createView(panel);
    const place = list.children[index] ?? null;
    if (place !== view.element) list.insertBefore(view.element, place);
    view.update(panel, times);
  });
  while (list.childElementCount > panels.length) list.lastElementChild?.remove();
}

function createView(panel: StatusPanel): PanelView<StatusPanel> {
  const made =
    panel.kind === 'chart' ? createChartView(panel, views.size) : createTableView(panel, views.size);
  const view = made as PanelView<StatusPanel>;
  views.set(panel.id, view);
  return view;
}

/** What the parts of a section go into. */
function listOf(section: string): HTMLElement {
  return byId(section).querySelector('.list') as HTMLElement;
}
