import { AgentError } from "../errors.ts";
import type { AbortHandle } from "../ports.ts";

/** What the app waits for, or its word that it gave up; the statement others share goes on. */
export function unlessAborted<T>(promise: Promise<T>, abort: AbortHandle): Promise<T> {
  return new Promise((resolve, reject) => {
    const undo = abort.onAbort(() => reject(new AgentError("aborted")));
    promise.then(
      (value) => {
        undo();
        if (abort.aborted) reject(new AgentError("aborted"));
        else resolve(value);
      },
      (error: unknown) => {
        undo();
        reject(error);
      },
    );
  });
}
