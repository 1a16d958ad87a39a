import type { DashboardPicture, PanelProblem } from './dashboard-json.js';
import type { TerminalRun } from './terminal-text.js';

/** What the page can draw; the script that takes the pictures calls it there. */
export interface PageDrawing {
  drawDashboard(picture: DashboardPicture): PanelProblem[];
  drawTerminal(command: string, runs: readonly TerminalRun[]): void;
}

declare global {
  var drawing: PageDrawing;
}
