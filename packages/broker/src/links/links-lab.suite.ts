import { type IncomingHttpHeaders, request } from "node:http";
import type { AddressInfo } from "node:net";
import { sealLink } from "@countersign/protocol/server";
import { call, linkSealing, origin, pass, pinned, project, state } from "../broker-lab.suite.ts";

/** Where the pictures are: the lab's API `pinned`. */
export const picturesAt = (): string => `https://localhost:${(pinned.address() as AddressInfo).port}`;

/** Leads links of the API `photos` to pictures, and has it answer this. */
export function linkAnswers(answer: unknown, headers: Readonly<Record<string, string>> = {}): void {
  state.links = new Map([["photos", { to: [{ api: "pinned", path: "/image" }], seconds: 600 }]]);
  const text = typeof answer === "string" ? answer : JSON.stringify(answer);
  state.answer = (seen, response) => {
    if (seen.target.startsWith("/image")) {
      response.writeHead(200, { "content-type": "image/png" }).end("a picture");
      return;
    }
    response.writeHead(200, { "content-type": "application/json", ...headers }).end(text);
  };
}

/** The link that stands in an answer of the API for this picture. */
export async function linkTo(target: string): Promise<string> {
  linkAnswers({ url: `${picturesAt()}${target}` });
  const { text } = await call();
  return (JSON.parse(text) as { url: string }).url;
}

/** A link that the broker would not have made. */
export function madeLink(
  target: string,
  change: { readonly api?: string; readonly exp?: number; readonly decoy?: boolean; readonly instance?: string } = {},
): string {
  const {
    api = "pinned",
    exp = Math.floor(state.nowMs / 1000) + 600,
    decoy = false,
    instance = pass.instance,
  } = change;
  const token = sealLink({ instance, subject: pass.subject, exp }, { api, target }, { ...linkSealing, decoy });
  return `${origin}/l/${project}/${api}/${token}${target}`;
}

export interface Opened {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  readonly code: string | null;
}

/** Asks for a link as it is written, with these headers and no others of a caller. */
export function open(
  link: string,
  options: { method?: string; headers?: Readonly<Record<string, string>>; body?: string } = {},
): Promise<Opened> {
  const { port, hostname } = new URL(origin);
  const path = link.startsWith(origin) ? link.slice(origin.length) : link;
  const { method = "GET", headers = {}, body } = options;
  return new Promise((resolve, reject) => {
    const asked = request({ port, hostname, path, method, headers, agent: false }, (answer) => {
      const parts: Buffer[] = [];
      answer.on("data", (part: Buffer) => parts.push(part));
      answer.on("error", reject);
      answer.on("end", () => {
        const text = Buffer.concat(parts).toString("utf8");
        const isProblem = answer.headers["content-type"] === "application/problem+json";
        const code = isProblem && text !== "" ? (JSON.parse(text) as { code: string }).code : null;
        resolve({ status: answer.statusCode ?? 0, headers: answer.headers, text, code });
      });
    });
    asked.on("error", reject);
    asked.end(body);
  });
}
