import { createMemoryStore } from '../support/workers/memory-store.js';
import { createPortMarks } from '../support/workers/open-marks.js';

it('finds nobody, and fails in nothing, where the folder was removed during the start', async () => {
  const fail = (): never => {
    throw Object.assign(new Error('no such folder'), { code: 'ENOENT' });
  };
  const store = { ...createMemoryStore(), list: fail, write: fail };
  const marks = createPortMarks(store, { look: async () => new Map() });
  const listened = await marks.attempt(
    () => 'aaaaaaaaaaaa',
    async () => 'listens',
  );
  expect([listened, await marks.contender('aaaaaaaaaaaa'), await marks.holder('aaaaaaaaaaaa')]).toEqual([
    'listens',
    'none',
    undefined,
  ]);
});
