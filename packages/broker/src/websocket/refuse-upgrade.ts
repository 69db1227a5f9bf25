import { STATUS_CODES } from "node:http";
import type { Duplex } from "node:stream";
import { type ProblemCode, toProblem } from "@countersign/protocol";

const takenWithinMs = 5_000;

/** Answers an upgrade with a problem (RFC 9457) and ends the connection: nothing behind it is read as a further request. */
export function refuseUpgrade(socket: Duplex, code: ProblemCode): void {
  const problem = toProblem(code);
  const body = JSON.stringify(problem);
  const lines = [
    `HTTP/1.1 ${problem.status} ${STATUS_CODES[problem.status] ?? ""}`,
    "content-type: application/problem+json",
    `content-length: ${Buffer.byteLength(body)}`,
    "cache-control: no-store",
    "connection: close",
    // RFC 6455 §4.4: what is spoken here, for whoever spoke something else.
    ...(code === "malformed" ? ["sec-websocket-version: 13"] : []),
  ];
  const timer = setTimeout(() => socket.destroy(), takenWithinMs).unref();
  socket.once("close", () => clearTimeout(timer));
  socket.once("finish", () => socket.destroy());
  socket.end(`${lines.join("\r\n")}\r\n\r\n${body}`);
}
