import { type Command, EXIT } from '../command.js';

export const migrate: Command = {
  usage: 'Usage: npx llm-edge-monitoring migrate\n',
  run: async () => EXIT.failed,
};
