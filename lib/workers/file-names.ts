/** The files of one life that go with it, by the letter that their names begin with. */
export type LifeFile = 's' | 'v0' | 'v1' | 'd' | 'h' | 'p';

const LIFE_FILE = /^(s|v0|v1|d|h|p)\.([0-9a-f]{12})$/;
const ID = /^[0-9a-f]{12}$/;
const DEAD_FILE = /^dead\.([1-9]\d{0,14})$/;
const DRAFT = /^tmp\.[0-9a-f]{12}$/;

/** Whether a text is the id of a life. */
export const isId = (text: string): boolean => ID.test(text);

/** The name of a file of one life. */
export const lifeFile = (kind: LifeFile, id: string): string => `${kind}.${id}`;

/** The name of the sums of the dead in one generation. */
export const deadFile = (generation: number): string => `dead.${generation}`;

/** Whether a file is the draft of another one, which its writer may have left. */
export const isDraft = (name: string): boolean => DRAFT.test(name);

/** The life that a file belongs to. */
export const idOf = (name: string): string | undefined => LIFE_FILE.exec(name)?.[2];

/** The generation of a file with the sums of the dead; 0 for any other file. */
export const generationOf = (name: string): number => Number(DEAD_FILE.exec(name)?.[1] ?? 0);

/** The lives that have a file of one of the kinds. */
export function idsWith(names: readonly string[], kinds: readonly LifeFile[]): ReadonlySet<string> {
  const ids = new Set<string>();
  for (const name of names) {
    const [, kind, id] = LIFE_FILE.exec(name) ?? [];
    if (id !== undefined && kinds.includes(kind as LifeFile)) ids.add(id);
  }
  return ids;
}
