// #region snippet
import { initMonitoring, MonitoringError, resolveConfig } from 'llm-edge-monitoring';

const options = { metrics: { port: 94_640 }, traces: { endpoint: 'collector:4317' } };

// Check first, without a throw: all problems at once, and what to write instead.
const result = resolveConfig(options);
if (!result.ok) {
  for (const { option, seen, remedy } of result.error.problems) console.error(`${option} ${seen}: ${remedy}`);
}

// Or start, and distinguish the cases by their code. Recording never throws.
try {
  await initMonitoring(options);
} catch (error) {
  if (!(error instanceof MonitoringError)) throw error;
  console.error(error.code === 'ERR_PORT_IN_USE' ? 'another program has the port' : error.message);
}
// #endregion
