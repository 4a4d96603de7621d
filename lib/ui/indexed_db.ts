/**
 * IndexedDB with promises: the little of it that the stores of a page need. A
 * request whose answer nobody waits for is made bare; where it fails, so does
 * its transaction.
 * @module
 */

/** Async, so that a browser that throws at once rejects like any other. */
export async function openDatabase(
  name: string,
  version: number,
  upgrade: (database: IDBDatabase, oldVersion: number) => void,
): Promise<IDBDatabase> {
  const opening = indexedDB.open(name, version);
  opening.onupgradeneeded = ({ oldVersion }) =>
    upgrade(opening.result, oldVersion);
  const database = await answered(opening);
  // A tab with a newer version waits: let go of this one.
  database.onversionchange = () => database.close();
  return database;
}

export function answered<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

/** Resolves once all of it is kept; call it before anything is awaited. */
export function done(write: IDBTransaction): Promise<void> {
  return new Promise((resolve, reject) => {
    write.oncomplete = () => resolve();
    // One that was undone by its own page has no error.
    write.onabort = () =>
      reject(write.error ?? new DOMException("Undone", "AbortError"));
  });
}
