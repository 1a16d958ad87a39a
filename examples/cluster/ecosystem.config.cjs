// The same server under PM2, in both of its modes: `pm2 start ecosystem.config.cjs`, or one with `--only gateway`.
const { join } = require('node:path');

const port = Number(process.env.PORT ?? 3000);
const instances = Number(process.env.WORKERS ?? 4);
const server = {
  script: join(__dirname, '../server.mjs'),
  args: 'express',
  // Time for open requests and the last spans, in milliseconds, before PM2 kills an instance.
  kill_timeout: 10_000,
};
const env = {
  // All workers with this name and one metrics port have one page, those of both apps together.
  OTEL_SERVICE_NAME: 'gateway',
  // PM2 ends an instance with SIGINT. Without this or a listener of its own, it would lose its last second.
  LLM_EDGE_SHUTDOWN_ON_SIGNALS: 'true',
};

module.exports = {
  apps: [
    // All instances serve one port.
    { ...server, name: 'gateway', exec_mode: 'cluster', instances, env: { ...env, PORT: port } },
    // Each instance serves a port of its own: 3100, 3101.
    {
      ...server,
      name: 'gateway-fork',
      exec_mode: 'fork',
      instances: 2,
      increment_var: 'PORT',
      env: { ...env, PORT: port + 100 },
    },
  ],
};
