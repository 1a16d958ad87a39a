// #region snippet
import express from 'express';
import { initMonitoring } from 'llm-edge-monitoring';
import { register } from 'prom-client';

const monitoring = await initMonitoring();
const app = express();
app.get('/metrics', monitoring.metricsHandler({ registry: register }));

// #endregion

export { app, monitoring };
