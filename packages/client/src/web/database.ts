const storeName = "values";

/** One small key-value database of this origin. Values may be CryptoKeys, which IndexedDB keeps without ever showing them. */
export interface Database {
  get(key: string): Promise<unknown>;
  /** Resolves once the browser has committed it. */
  put(key: string, value: unknown): Promise<void>;
  remove(key: string): Promise<void>;
}

/** A database that is opened at its first use, and anew where its data was cleared meanwhile. */
export function openDatabase(name: string): Database {
  let opening: Promise<IDBDatabase> | null = null;
  const forget = (): void => {
    opening = null;
  };
  const open = (): Promise<IDBDatabase> => {
    opening ??= new Promise((resolve, reject) => {
      const request = indexedDB.open(name, 1);
      request.onupgradeneeded = () => request.result.createObjectStore(storeName);
      request.onsuccess = () => {
        const database = request.result;
        // Who deletes the data, to sign out, waits for as long as a connection stays open.
        database.onversionchange = () => {
          database.close();
          forget();
        };
        // The browser closes connections by itself where a user clears the data.
        database.onclose = forget;
        resolve(database);
      };
      request.onerror = () => {
        forget();
        reject(request.error ?? new Error("the database cannot be opened"));
      };
    });
    return opening;
  };
  const begin = async (mode: IDBTransactionMode): Promise<IDBTransaction> =>
    (await open()).transaction(storeName, mode);
  const within = async <T>(mode: IDBTransactionMode, use: (store: IDBObjectStore) => IDBRequest<T>): Promise<T> => {
    const transaction = await begin(mode).catch(() => {
      // The connection was closed before that was told.
      forget();
      return begin(mode);
    });
    return new Promise((resolve, reject) => {
      const request = use(transaction.objectStore(storeName));
      transaction.oncomplete = () => resolve(request.result);
      transaction.onabort = () => reject(transaction.error ?? new Error("the database failed"));
    });
  };
  return {
    get: (key) => within<unknown>("readonly", (store) => store.get(key) as IDBRequest<unknown>),
    put: async (key, value) => {
      await within("readwrite", (store) => store.put(value, key));
    },
    remove: (key) => within("readwrite", (store) => store.delete(key)),
  };
}
