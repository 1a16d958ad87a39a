export { PROVIDERS, type ProviderRow } from '../../lib/catalogue/providers.js';
export { createRecognise } from '../../lib/clients/recognise.js';
