import type { Spot } from "./matrix-world.ts";

/** Bodies of the matrix. Runs in a page as well: no Node here. */
export const bodyKinds = [
  "none",
  "empty",
  "text",
  "params",
  "form",
  "blob",
  "file",
  "buffer",
  "view",
  "stream",
] as const;

export type BodyKind = (typeof bodyKinds)[number];

/** A request as data, to be made in another process. */
export interface MatrixRequest {
  readonly url: string;
  readonly method: "GET" | "POST";
  readonly headers: Readonly<Record<string, string>>;
  readonly kind: BodyKind;
  /** The body's text; of a form the field `text`. */
  readonly text: string;
  /** The type of a Blob. */
  readonly type: string;
}

/** Whether a place of this kind is filled in such a body. */
export function isFilled(spot: Pick<Spot, "in">, kind: BodyKind): boolean {
  if (spot.in === "form") return !["none", "empty", "form"].includes(kind);
  return spot.in !== "json" || !["none", "empty", "form", "params"].includes(kind);
}

function textOf(spot: Pick<Spot, "in">, given: string): string {
  if (spot.in === "form") return `a=1&key=${given}&b=%C3%A4`;
  return spot.in === "json" ? `{"a":1,"key":"${given}","b":"ä"}` : `ä ${"long ".repeat(20)}`;
}

const types: Readonly<Record<string, string>> = {
  form: "application/x-www-form-urlencoded",
  json: "application/json",
};

/** A request with this text at its place. */
export function requestFor(spot: Spot, base: string, given: string, kind: BodyKind): MatrixRequest {
  const isBody = spot.in === "form" || spot.in === "json";
  const segment = spot.in === "segment" ? `/${given}/rest` : "/rest";
  const query = spot.in === "query" ? `?a=%20&key=${given}&b=1` : "?a=%20";
  const isDeclared = (isBody || kind === "empty") && !["params", "form", "none"].includes(kind);
  // axios would declare an empty body a form.
  const type = kind === "empty" ? "text/plain" : types[spot.in];
  const declared: Record<string, string> = isDeclared ? { "content-type": type ?? "" } : {};
  return {
    url: `${base}${segment}${query}`,
    method: kind === "none" ? "GET" : "POST",
    headers: {
      ...declared,
      ...(spot.in === "header" ? { "x-key": given } : {}),
      ...(spot.in === "basic" ? { authorization: `Basic ${btoa(`user:${given}`)}` } : {}),
      "x-own": "kept",
    },
    kind,
    text: kind === "empty" ? "" : textOf(spot, given),
    type: types[spot.in] ?? "text/plain",
  };
}

/** The body as the platform has it. */
export function makeBody({ kind, text, type }: MatrixRequest): BodyInit | undefined {
  const bytes = new TextEncoder().encode(text);
  switch (kind) {
    case "none":
      return undefined;
    case "empty":
    case "text":
      return text;
    case "params":
      return new URLSearchParams(text);
    case "form": {
      const form = new FormData();
      form.append("text", text);
      form.append('na"me', new Blob([bytes], { type: "image/x" }), 'fi"le.bin');
      return form;
    }
    case "blob":
      return new Blob([bytes], { type });
    case "file":
      return new File([bytes], "file.bin", { type });
    case "buffer":
      return bytes.buffer;
    case "view":
      return Uint8Array.of(0, ...bytes, 0).subarray(1, bytes.length + 1);
    case "stream":
      return new ReadableStream({
        start(controller) {
          for (let at = 0; at < bytes.length; at += 7) controller.enqueue(bytes.slice(at, at + 7));
          controller.close();
        },
      });
  }
}
