import type { Readable } from "node:stream";
import { HeldBytes } from "./held-bytes.ts";

export type ReadBody =
  | { readonly ok: true; readonly bytes: Uint8Array }
  | { readonly ok: false; readonly code: "too_large" | "malformed" };

/** Reads a request body whole, at most `limit` bytes, with at most `idleMs` between two pieces. */
export function readBody(body: Readable, limit: number, idleMs: number): Promise<ReadBody> {
  return new Promise((resolve) => {
    const held = new HeldBytes();
    const settle = (result: ReadBody): void => {
      clearTimeout(timer);
      body.removeAllListeners("data");
      resolve(result);
    };
    const idle = (): void => settle({ ok: false, code: "malformed" });
    let timer = setTimeout(idle, idleMs);
    // Who has gone tells it once.
    if (body.destroyed) return idle();
    body.on("data", (part: Buffer) => {
      clearTimeout(timer);
      if (held.length + part.length > limit) return settle({ ok: false, code: "too_large" });
      held.push(part);
      timer = setTimeout(idle, idleMs);
    });
    body.once("end", () => settle({ ok: true, bytes: held.take() }));
    body.once("error", () => settle({ ok: false, code: "malformed" }));
    body.once("close", () => settle({ ok: false, code: "malformed" }));
  });
}
