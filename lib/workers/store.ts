/**
 * The files of one folder, by name. Every operation is synchronous, so that what is read and written in one turn of the
 * event loop belongs together.
 *
 * `write`, `append` and `create` throw what the system throws, such as ENOSPC or EROFS.
 */
export interface Store {
  list(): readonly string[];
  /** Returns `undefined` for a file that is missing, too large, or not a regular file of this user. */
  read(name: string): Buffer | undefined;
  /** Reads from an offset to the end; empty at the end, `undefined` as {@link Store.read} does. */
  readFrom(name: string, offset: number): Buffer | undefined;
  /** Writes in place from the first byte on, and creates the file. Not atomic: a reader may see half of it. */
  write(name: string, bytes: Uint8Array): void;
  /** Appends with one write, and creates the file. */
  append(name: string, bytes: Uint8Array): void;
  /** Creates a file whole or not at all; returns false if it exists. */
  create(name: string, bytes: Uint8Array): boolean;
  /** Removes a file; one that is missing is no error. */
  remove(name: string): void;
}
