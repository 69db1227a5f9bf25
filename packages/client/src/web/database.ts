const storeName = "values";

function toPromise<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error ?? new Error("the database failed"));
  });
}

/** One small key-value database of this origin. Values may be CryptoKeys, which IndexedDB keeps without ever showing them. */
export interface Database {
  get(key: string): Promise<unknown>;
  put(key: string, value: unknown): Promise<void>;
  remove(key: string): Promise<void>;
}

export function openDatabase(name: string): Database {
  let opening: Promise<IDBDatabase> | null = null;
  const open = (): Promise<IDBDatabase> => {
    opening ??= new Promise((resolve, reject) => {
      const request = indexedDB.open(name, 1);
      request.onupgradeneeded = () => request.result.createObjectStore(storeName);
      request.onsuccess = () => resolve(request.result);
      request.onerror = () => {
        opening = null;
        reject(request.error ?? new Error("the database cannot be opened"));
      };
    });
    return opening;
  };
  const within = async <T>(mode: IDBTransactionMode, use: (store: IDBObjectStore) => IDBRequest<T>): Promise<T> => {
    const database = await open();
    return toPromise(use(database.transaction(storeName, mode).objectStore(storeName)));
  };
  return {
    get: (key) => within<unknown>("readonly", (store) => store.get(key) as IDBRequest<unknown>),
    put: async (key, value) => {
      await within("readwrite", (store) => store.put(value, key));
    },
    remove: (key) => within("readwrite", (store) => store.delete(key)),
  };
}
