import { type ChildProcess, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type IncomingHttpHeaders, request, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { generateTokenKey, mintToken } from "@countersign/tokens";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { backendExamples, type RunningExample, startExample } from "../testing/backend-examples.ts";
import { blocksOf } from "../testing/guide.ts";
import { requireAll } from "../testing/vectors.ts";

const nginx = "/usr/sbin/nginx";
const python = backendExamples.Python;
const isPresent = existsSync(nginx) && python?.present() === true;

const issuer = "https://attest.example.com/p/gallery";
const key = await generateTokenKey("HS256");

const mint = (changes: { readonly audience?: string; readonly issuedAtMs?: number } = {}): string =>
  mintToken({
    key,
    profile: "countersign",
    issuer,
    audience: "gallery-api",
    subject: randomBytes(16).toString("base64url"),
    did: null,
    app: "gallery",
    ip: null,
    firebase: null,
    issuedAtMs: Date.now(),
    lifetimeSeconds: 300,
    endsAtMs: Date.now() + 300_000,
    jti: randomBytes(16),
    ...changes,
  });

describe.skipIf(!requireAll && !isPresent)("NGINX as the guide sets it, before the check in Python", () => {
  const folder = mkdtempSync(join(tmpdir(), "gateways-"));
  const socket = join(folder, "gateway.sock");
  const seen: { readonly headers: IncomingHttpHeaders; readonly body: string }[] = [];
  let api: Server;
  let check: RunningExample;
  let gateway: ChildProcess;

  beforeAll(async () => {
    api = createServer((message, answer) => {
      let body = "";
      message.on("data", (part: Buffer) => (body += part.toString()));
      message.on("end", () => {
        seen.push({ headers: message.headers, body });
        answer.end("pictures");
      });
    }).listen(0, "127.0.0.1");
    await once(api, "listening");
    check = await startExample(python?.prepare(folder) ?? [], {
      COUNTERSIGN_ISSUER: issuer,
      COUNTERSIGN_AUDIENCE: "gallery-api",
      COUNTERSIGN_SECRET: Buffer.from(key.material).toString("base64"),
    });
    const [server = ""] = blocksOf("docs/guides/api-gateways.md", "nginx");
    const here = server
      .replace("127.0.0.1:8080", `unix:${socket}`)
      .replace("127.0.0.1:9000", `127.0.0.1:${(api.address() as AddressInfo).port}`)
      .replace("http://127.0.0.1:8000", check.origin ?? "");
    mkdirSync(join(folder, "logs"));
    const paths = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map((each) => `${each}_temp_path temp;`);
    writeFileSync(
      join(folder, "nginx.conf"),
      `daemon off; master_process off; pid nginx.pid; events {} http { access_log off; ${paths.join(" ")} ${here} }`,
    );
    gateway = spawn(nginx, ["-p", folder, "-c", "nginx.conf", "-e", join(folder, "logs", "error.log")], {
      stdio: "ignore",
    });
    for (let tries = 0; tries < 600 && !existsSync(socket) && gateway.exitCode === null; tries += 1)
      await new Promise((resolve) => setTimeout(resolve, 25));
  });
  afterAll(async () => {
    gateway.kill("SIGKILL");
    api.close();
    await check.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  function ask(headers: readonly string[], body = ""): Promise<number> {
    return new Promise((resolve, reject) => {
      const sent = request({
        socketPath: socket,
        method: body === "" ? "GET" : "POST",
        headers: ["Host", "api", ...headers],
      });
      sent.once("response", (answer) => {
        answer.resume();
        answer.once("end", () => resolve(answer.statusCode ?? 0));
      });
      sent.once("error", reject);
      sent.end(body);
    });
  }

  it("lets requests with a genuine token through, without the token and with their body", async () => {
    expect(await ask(["Countersign-Token", mint()])).toBe(200);
    expect(await ask(["Countersign-Token", mint(), "Content-Length", "7"], "picture")).toBe(200);
    expect(seen.map(({ body }) => body)).toEqual(["", "picture"]);
    for (const { headers } of seen) expect(headers["countersign-token"]).toBeUndefined();
  });

  it("stops every other request before it reaches the API", async () => {
    const before = seen.length;
    const ended = mint({ issuedAtMs: Date.now() - 400_000 });
    const tokens = [
      [],
      [ended],
      [mint({ audience: "other-api" })],
      [`${mint()}x`],
      [mint(), mint()],
      ["x".repeat(7000)],
    ];
    for (const each of tokens) expect(await ask(each.flatMap((token) => ["Countersign-Token", token]))).toBe(401);
    expect(seen).toHaveLength(before);
  });

  it("stops genuine requests too where the check is not there", async () => {
    const before = seen.length;
    await check.stop();
    expect(await ask(["Countersign-Token", mint()])).toBe(500);
    expect(seen).toHaveLength(before);
  });
});
