export { type BedrockPlugin, bedrockMiddleware } from './clients/bedrock-middleware.js';
