import '../page-drawing.js';
import { drawDashboard } from './draw-dashboard.js';
import { drawTerminal } from './draw-terminal.js';

globalThis.drawing = { drawDashboard, drawTerminal };
