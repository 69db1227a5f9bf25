import type { IncomingHttpHeaders, IncomingMessage } from "node:http";
import { type ProblemCode, parseBrokeredProtocols } from "@countersign/protocol";
import { singleHeader } from "../single-header.ts";

export type Opening =
  | {
      readonly ok: true;
      /** As a brokered GET has them: with the pass and its MAC, without what is the handshake's own. */
      readonly headers: IncomingHttpHeaders;
      /** The app's subprotocols. */
      readonly protocols: readonly string[];
    }
  | { readonly ok: false; readonly code: ProblemCode };

const passHeaders = ["countersign-pass", "signature-input", "signature", "content-digest"];

/** RFC 6455 §4.2.1, and no body: what came behind the headers would be read as frames. */
function isOpening({ method, httpVersion, headers }: IncomingMessage): boolean {
  return (
    method === "GET" &&
    httpVersion === "1.1" &&
    headers.upgrade?.toLowerCase() === "websocket" &&
    /^[+/0-9A-Za-z]{22}==$/.test(headers["sec-websocket-key"] ?? "") &&
    headers["sec-websocket-version"] === "13" &&
    headers["content-length"] === undefined &&
    headers["transfer-encoding"] === undefined
  );
}

/** Reads the opening of a WebSocket. Pass and MAC are those of the subprotocols alone: there is one way. Codes: `malformed`, `pass_invalid`. */
export function parseOpening(request: IncomingMessage): Opening {
  if (!isOpening(request)) return { ok: false, code: "malformed" };
  const offer = parseBrokeredProtocols(singleHeader(request.headers, "sec-websocket-protocol") ?? "");
  if (!offer.ok) return { ok: false, code: "pass_invalid" };
  const { pass, signatureInput, signature, protocols } = offer.value;
  const own = Object.entries(request.headers).filter(
    ([name]) => !name.startsWith("sec-websocket-") && !passHeaders.includes(name),
  );
  const headers = {
    ...Object.fromEntries(own),
    "countersign-pass": pass,
    "signature-input": signatureInput,
    signature,
  };
  return { ok: true, headers, protocols };
}
