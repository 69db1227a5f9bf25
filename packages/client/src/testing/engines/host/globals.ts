import { encodeBase64url, fromUtf8, toUtf8 } from "@countersign/protocol";

interface TextBytes extends Uint8Array {
  toString(encoding?: "base64url"): string;
}

function withText(bytes: Uint8Array): TextBytes {
  return Object.assign(bytes, {
    toString: (encoding?: "base64url") => (encoding === undefined ? (fromUtf8(bytes) ?? "") : encodeBase64url(bytes)),
  });
}

/** As much of Node's `Buffer` as the fakes and the protocol's server entry use. */
export const Buffer = {
  from: (value: string | Uint8Array): TextBytes =>
    withText(typeof value === "string" ? toUtf8(value) : Uint8Array.from(value)),
  alloc: (length: number, fill: number): TextBytes => withText(new Uint8Array(length).fill(fill)),
};

// Hermes' command line runs timers before promises' callbacks; an agent's longest chain of those is far below this.
const turns = 300;

/** Calls back when every promise that could settle without a timer has had its turn. */
export function setImmediate(call: () => void): void {
  let left = turns;
  const turn = (): void => {
    left -= 1;
    if (left === 0) call();
    else void Promise.resolve().then(turn);
  };
  turn();
}
