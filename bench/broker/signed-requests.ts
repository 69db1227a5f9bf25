import { createHash } from "node:crypto";
import { formatSignature, signatureBase } from "@countersign/protocol";
import { hmacSha256 } from "@countersign/protocol/server";

/** What an agent holds of a session. */
export interface Caller {
  readonly pass: string;
  readonly proofKey: string;
  readonly session: string;
}

export interface RequestTo {
  readonly origin: string;
  readonly method: "GET" | "POST";
  readonly target: string;
  readonly body: Buffer | null;
}

let nonces = 0;

/** One request as an agent signs it, as it goes on the wire. */
export function signedRequest(caller: Caller, { origin, method, target, body }: RequestTo, nowMs: number): Buffer {
  nonces += 1;
  const digest = body === null ? null : `sha-256=:${createHash("sha256").update(body).digest("base64")}:`;
  const created = Math.floor(nowMs / 1000);
  const base = signatureBase(
    {
      method,
      targetUri: origin + target,
      contentDigest: digest,
      header: { name: "countersign-pass", value: caller.pass },
    },
    { created, expires: created + 60, nonce: `bench-${process.pid}-${nonces}`, keyid: caller.session },
  );
  if (!base.ok) throw new Error(base.detail);
  const signature = formatSignature(hmacSha256(Buffer.from(caller.proofKey, "base64url"), base.value.base));
  return plainRequest({ origin, method, target, body }, [
    `countersign-pass: ${caller.pass}`,
    `signature-input: ${base.value.signatureInput}`,
    `signature: ${signature}`,
    ...(digest === null ? [] : [`content-digest: ${digest}`]),
  ]);
}

/** One request with the headers of a phone. */
export function plainRequest({ origin, method, target, body }: RequestTo, lines: readonly string[] = []): Buffer {
  const head = [
    `${method} ${target} HTTP/1.1`,
    `host: ${new URL(origin).host}`,
    "user-agent: Gallery/4.2 (iPhone; iOS 27.1)",
    "accept: application/json",
    ...(body === null ? [] : ["content-type: image/png", `content-length: ${body.length}`]),
    ...lines,
  ];
  return Buffer.concat([Buffer.from(`${head.join("\r\n")}\r\n\r\n`), body ?? Buffer.alloc(0)]);
}
