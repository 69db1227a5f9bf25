import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

/** A process of the bench that answers messages, one for one. */
export interface BenchProcess {
  /** What it said when it was ready; undefined for one that says nothing. */
  readonly ready: unknown;
  ask(message: unknown): Promise<unknown>;
  close(): Promise<void>;
}

async function heard(child: ChildProcess): Promise<unknown> {
  const settled = new AbortController();
  const { signal } = settled;
  const failed = once(child, "exit", { signal }).then(() => {
    throw new Error("a process of the bench ended");
  });
  failed.catch(() => {});
  try {
    const [message] = (await Promise.race([once(child, "message", { signal }), failed])) as [unknown];
    if (typeof message === "object" && message !== null && "failed" in message) throw new Error(String(message.failed));
    return message;
  } finally {
    settled.abort();
  }
}

/** Starts a file (its URL), and waits for its first word where it has one. */
export async function startProcess(
  file: string,
  argv: readonly string[],
  { speaks = true }: { readonly speaks?: boolean } = {},
): Promise<BenchProcess> {
  const child = fork(fileURLToPath(file), argv, {
    execArgv: ["--expose-gc", "--conditions=@countersign/source"],
    env: { ...process.env, NODE_ENV: "production" },
  });
  const ready = speaks ? await heard(child) : undefined;
  return {
    ready,
    ask(message) {
      const answer = heard(child);
      child.send(message as object);
      return answer;
    },
    async close() {
      if (child.exitCode !== null) return;
      child.disconnect();
      await once(child, "exit");
    },
  };
}
