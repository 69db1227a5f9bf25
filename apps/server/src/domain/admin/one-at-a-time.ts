/** Runs tasks with the same key one after the other, in the order they came; tasks of other keys run beside them. */
export type OneAtATime = <T>(key: string, task: () => Promise<T>) => Promise<T>;

/** Changes of one project read, check and write in several steps: within a node none may come between. */
export function createOneAtATime(): OneAtATime {
  const tails = new Map<string, Promise<void>>();
  return async (key, task) => {
    const before = tails.get(key) ?? Promise.resolve();
    const run = before.then(task);
    const tail = run.then(
      () => undefined,
      () => undefined,
    );
    tails.set(key, tail);
    try {
      return await run;
    } finally {
      if (tails.get(key) === tail) tails.delete(key);
    }
  };
}
