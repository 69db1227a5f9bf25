import type { NativeBridge } from "@countersign/client/native";

/** What the script in an engine asks of its host (`ScriptHost`), and the way to tell it (`HostedAgent`), without either side's objects. */
export interface ScriptHostLink {
  /** Handles one thing that the script asked for; `tell` is how it is answered. */
  handle(asked: ScriptAsked): void;
  /** Asks the agent in the script something. Rejects with what it answered as a fault. */
  ask(name: string, of?: unknown): Promise<unknown>;
  /** Every answer the agent gave, as text. */
  readonly answers: readonly string[];
  /** Cancels an ask, where the host can. */
  cancel(id: number): void;
  /** The number that the last ask had. */
  lastAsk(): number;
}

export type ScriptAsked =
  | { readonly kind: "call"; readonly id: number; readonly name: string; readonly of: string }
  | { readonly kind: "after"; readonly id: number; readonly delayMs: number }
  | { readonly kind: "answer"; readonly id: number; readonly text: string };

export type ScriptTold =
  | { readonly kind: "answered"; readonly id: number; readonly text: string }
  | { readonly kind: "passed"; readonly id: number }
  | { readonly kind: "cancel"; readonly id: number }
  | { readonly kind: "ask"; readonly id: number; readonly name: string; readonly of: string };

/** The host's side of a script, over a native half; `tell` hands something to the engine. */
export function createScriptHost(bridge: NativeBridge, tell: (told: ScriptTold) => void): ScriptHostLink {
  const waiting = new Map<number, { resolve: (value: unknown) => void; reject: (fault: unknown) => void }>();
  const answers: string[] = [];
  let asks = 0;
  const calls = bridge as unknown as Readonly<Record<string, (of: unknown) => Promise<unknown>>>;
  return {
    answers,
    lastAsk: () => asks,
    cancel: (id) => tell({ kind: "cancel", id }),
    handle(asked) {
      const { id } = asked;
      if (asked.kind === "after") setTimeout(() => tell({ kind: "passed", id }), asked.delayMs).unref();
      else if (asked.kind === "call") {
        const call = calls[asked.name];
        (call === undefined ? Promise.reject({ code: "unsupported" }) : call(JSON.parse(asked.of)))
          .then((value) => ({ value: value ?? true }))
          .catch(({ code }: { readonly code?: unknown }) => ({ fault: { code, message: "refused" } }))
          .then((answer) => tell({ kind: "answered", id, text: JSON.stringify(answer) }))
          .catch(() => {});
      } else {
        answers.push(asked.text);
        const { value, fault } = JSON.parse(asked.text) as { readonly value?: unknown; readonly fault?: unknown };
        const ask = waiting.get(id);
        waiting.delete(id);
        if (fault === undefined) ask?.resolve(value);
        else ask?.reject(fault);
      }
    },
    ask: (name, of = {}) =>
      new Promise((resolve, reject) => {
        asks += 1;
        waiting.set(asks, { resolve, reject });
        tell({ kind: "ask", id: asks, name, of: JSON.stringify(of) });
      }),
  };
}
