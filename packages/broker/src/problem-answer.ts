import { type ServerResponse, STATUS_CODES } from "node:http";
import { type ProblemCode, toProblem } from "@countersign/protocol";

/** Answers with a problem (RFC 9457), or breaks the connection where an answer has begun. */
export function answerProblem(response: ServerResponse, code: ProblemCode): void {
  if (response.headersSent) {
    response.destroy();
    return;
  }
  const problem = toProblem(code);
  const body = Buffer.from(JSON.stringify(problem));
  // Node would keep the reason phrase of an answer that it refused to begin.
  response.writeHead(problem.status, STATUS_CODES[problem.status] ?? "", {
    "content-type": "application/problem+json",
    "content-length": String(body.length),
    "cache-control": "no-store",
    connection: "close",
  });
  response.end(body);
}
