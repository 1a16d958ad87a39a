export { globalMeterProvider, globalTracerProvider } from '../../lib/otlp/globals.js';
