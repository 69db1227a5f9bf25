import type { UpstreamAnswer } from "./upstream-answer.ts";

/**
 * True where an answer is the whole of it, as it is. A piece (RFC 9110 §14) that nobody asked for, or a body in a coding, may hold a value
 * in a form that no mask knows.
 */
export function isWholeAndPlain({ status, headers }: Pick<UpstreamAnswer, "status" | "headers">): boolean {
  const encoding = headers["content-encoding"] ?? "identity";
  const transfer = headers["transfer-encoding"] ?? "chunked";
  return (
    encoding.toLowerCase() === "identity" &&
    transfer.toLowerCase() === "chunked" &&
    status !== 206 &&
    headers["content-range"] === undefined &&
    !/multipart\/byteranges/i.test(headers["content-type"] ?? "")
  );
}
