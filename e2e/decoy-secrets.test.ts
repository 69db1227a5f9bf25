import { spawn } from "node:child_process";
import { createHmac, timingSafeEqual } from "node:crypto";
import { once } from "node:events";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer as createHttpServer, type Server } from "node:http";
import { createServer as createHttpsServer } from "node:https";
import { type AddressInfo, connect, createServer as createTcpServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createServiceClient, createVerifier, secretKeys } from "@countersign/verify";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openVerifierLab, type VerifierLab } from "../apps/server/src/http/verifier/verifier-lab.suite.ts";
import { type CommandLine, commandLineOf } from "../testing/command-line.ts";
import { createTlsAuthority } from "../testing/tls-authority.ts";
import { requireAll } from "../testing/vectors.ts";

interface Alarm {
  readonly id: string;
  readonly kind: string;
  readonly decoy: string | null;
  readonly where: string;
  readonly who: Readonly<Record<string, unknown>>;
  readonly count: number;
  readonly acknowledgedAtMs: number | null;
}

interface Notice {
  readonly type: string;
  readonly data: Readonly<Record<string, unknown>>;
}

const folder = mkdtempSync(join(tmpdir(), "decoy-secrets-"));
const nginx = "/usr/sbin/nginx";
let backend: VerifierLab;
let countersign: CommandLine;
/** Where alarms are told: what it took, after it checked the signature. */
let receiver: Server;
const told: Notice[] = [];
const refused: string[] = [];
/** Ids of messages that came while it answered with an error. */
const missed: string[] = [];
let isDown = false;
let key = "";
/** Planted, by name. */
const planted = new Map<string, string>();

const run = async (...args: string[]): Promise<string> => {
  const { code, out, err } = await countersign(args);
  expect([args, code, err]).toEqual([args, 0, ""]);
  return out.trim();
};
const json = async <T>(...args: string[]): Promise<T> => JSON.parse(await run(...args, "--json")) as T;
const alarms = async (): Promise<readonly Alarm[]> => (await json<{ alarms: Alarm[] }>("alarm", "list")).alarms;

/** As a receiver checks a message (standardwebhooks.com). */
function isSigned(headers: Readonly<Record<string, unknown>>, body: string): boolean {
  const { "webhook-id": id, "webhook-timestamp": timestamp, "webhook-signature": signature } = headers;
  const bytes = Buffer.from(key.slice("whsec_".length), "base64");
  const mac = createHmac("sha256", bytes)
    .update(`${String(id)}.${String(timestamp)}.${body}`)
    .digest("base64");
  const [given, expected] = [Buffer.from(String(signature)), Buffer.from(`v1,${mac}`)];
  const age = Math.abs(backend.lab.nowMs() / 1000 - Number(timestamp));
  return given.length === expected.length && timingSafeEqual(given, expected) && age < 300;
}

beforeAll(async () => {
  const authority = createTlsAuthority({ name: "Receivers", nowMs: Date.now() });
  const upstreamCa = join(folder, "ca.pem");
  writeFileSync(upstreamCa, authority.pem);
  backend = await openVerifierLab({ upstreamCa });
  const { bootstrapToken, domain, origin } = backend.lab.service();
  const { token } = await domain.admin.redeemBootstrap({ token: bootstrapToken ?? "", name: "Ada" });
  countersign = commandLineOf(origin, token);
  await backend.putApi("gallery-api", { header: "Countersign-Token", alg: "HS256" });
  receiver = createHttpsServer(authority.issue(["localhost"]), (request, response) => {
    let body = "";
    request.on("data", (part: Buffer) => (body += part.toString()));
    request.on("end", () => {
      if (isDown) missed.push(String(request.headers["webhook-id"]));
      else if (isSigned(request.headers, body)) told.push(JSON.parse(body) as Notice);
      else refused.push(body);
      response.writeHead(isDown ? 503 : 204).end();
    });
  }).listen(0, "127.0.0.1");
  await once(receiver, "listening");
});
afterAll(async () => {
  await backend.lab.close();
  receiver.closeAllConnections();
  await new Promise((resolve) => receiver.close(resolve));
  rmSync(folder, { recursive: true, force: true });
});

const freePort = async (): Promise<number> => {
  const server = createTcpServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
};

const answers = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    socket.once("connect", () => resolve(socket.destroy() !== null));
    socket.once("error", () => resolve(false));
  });

/** nginx by the example's own file, before an API that answers everybody; gives where it listens, and how to end it. */
async function startGateway(credential: string): Promise<{ readonly port: number; stop(): Promise<void> }> {
  const api = createHttpServer((_request, response) => response.end("pictures")).listen(0, "127.0.0.1");
  await once(api, "listening");
  const port = await freePort();
  const home = join(folder, "nginx");
  mkdirSync(join(home, "logs"), { recursive: true });
  const temps = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map((each) => `${each}_temp_path temp;`);
  const example = readFileSync(join(import.meta.dirname, "../examples/gateways/nginx/nginx.conf"), "utf8");
  const placed = example
    .replaceAll("127.0.0.1:8400", `127.0.0.1:${backend.lab.service().port}`)
    .replaceAll("127.0.0.1:9000", `127.0.0.1:${(api.address() as AddressInfo).port}`)
    .replaceAll(":8080", `:${port}`)
    .replace("events {}", "daemon off; master_process off; pid nginx.pid; events {}")
    .replace("http {", `http { access_log logs/access.log; ${temps.join(" ")}`);
  writeFileSync(join(home, "nginx.conf"), placed);
  writeFileSync(join(home, "countersign-verifier.conf"), `proxy_set_header Countersign-Verifier ${credential};\n`);
  const proxy = spawn(nginx, ["-p", home, "-c", "nginx.conf", "-e", join(home, "logs", "error.log")], {
    stdio: "ignore",
  });
  const ended = once(proxy, "exit");
  while (proxy.exitCode === null && !(await answers(port))) await new Promise((resolve) => setTimeout(resolve, 25));
  return {
    port,
    stop: async () => {
      proxy.kill("SIGKILL");
      await ended;
      api.closeAllConnections();
      await new Promise((resolve) => api.close(resolve));
    },
  };
}

const waitFor = async <T>(look: () => Promise<T | undefined> | T | undefined): Promise<T> => {
  for (let tries = 0; tries < 400; tries += 1) {
    const found = await look();
    if (found !== undefined) return found;
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  throw new Error("it did not come");
};

/** The one open alarm of a decoy, and that it was told with a good signature; then it is acknowledged. */
async function raisedBy(decoy: string, where: string): Promise<Alarm> {
  const alarm = await waitFor(async () =>
    (await alarms()).find((each) => each.decoy === decoy && each.where === where),
  );
  expect((await alarms()).filter((each) => each.acknowledgedAtMs === null)).toEqual([alarm]);
  const notice = await waitFor(() => told.find(({ data }) => data.id === alarm.id));
  expect(notice).toMatchObject({ type: "alarm.raised", data: { decoy, where, kind: alarm.kind } });
  expect(refused).toEqual([]);
  expect((await json<{ openAlarms: number }>("status")).openAlarms).toBe(1);
  expect((await json<Alarm>("alarm", "ack", alarm.id)).acknowledgedAtMs).toEqual(expect.any(Number));
  expect((await json<{ openAlarms: number }>("status")).openAlarms).toBe(0);
  return alarm;
}

describe("decoy secrets", () => {
  it("are made on the command line, each shown once, and have alarms told where the operator says", async () => {
    for (const [name, like] of [
      ["old-app", "sk_live_{alnum*24}"],
      ["old-repo", "AKIA{base32*16}"],
      ["ci-config", "ghp_{alnum*36}"],
      ["notebook", "{hex*40}"],
    ] as const)
      planted.set(name, await run("decoy", "add", name, "--like", like, "--note", "planted by a test"));
    expect(planted.get("old-app")).toMatch(/^sk_live_[A-Za-z0-9]{24}$/);
    expect(await json("decoy", "list")).toMatchObject({
      decoys: [{ name: "ci-config", length: 40 }, { name: "notebook" }, { name: "old-app" }, { name: "old-repo" }],
    });
    const { port } = receiver.address() as AddressInfo;
    key = await run("alarm-notify", "set", `https://localhost:${port}/countersign?with=a-secret-path`);
    expect(await run("alarm-notify", "show")).toBe(`https://localhost:${port}`);
    expect(await json("alarm-notify", "test")).toEqual({ ok: true, status: 204, problem: null });
    expect(told.map(({ type }) => type)).toEqual(["alarm.test"]);
    expect(refused).toEqual([]);
  });

  it("raise an alarm at the broker, of whoever comes without a pass, who is answered as without one", async () => {
    const { origin } = backend.lab.service();
    const ask = async (headers: Record<string, string>): Promise<readonly [number, string]> => {
      const answer = await fetch(`${origin}/b/${backend.lab.project}/gallery-api/v1/charges`, { headers });
      return [answer.status, await answer.text()];
    };
    const ordinary = await ask({ authorization: `Bearer sk_live_${"0".repeat(24)}` });
    expect(await alarms()).toEqual([]);
    expect(await ask({ authorization: `Bearer ${planted.get("old-app")}` })).toEqual(ordinary);
    const alarm = await raisedBy("old-app", "broker");
    expect(alarm).toMatchObject({ kind: "decoy_secret_used", count: 1 });
    expect(alarm.who).toEqual({ api: "gallery-api", network: expect.stringMatching(/^[\w-]{22}$/) });
  });

  it.skipIf(!requireAll && !existsSync(nginx))(
    "raise one through a real gateway that asks about a request",
    async () => {
      const gateway = await startGateway(await run("verifier", "add", "gateway", "--api", "gallery-api"));
      try {
        const url = `http://127.0.0.1:${gateway.port}/pictures`;
        const ordinary = await fetch(`${url}?access_key=AKIA${"A".repeat(16)}`);
        const used = await fetch(`${url}?access_key=${planted.get("old-repo")}`);
        expect([used.status, await used.text()]).toEqual([ordinary.status, await ordinary.text()]);
        expect(used.status).toBe(401);
        const alarm = await raisedBy("old-repo", "decision");
        expect(alarm.who).toEqual({ api: "gallery-api", verifier: "gateway" });
      } finally {
        await gateway.stop();
      }
    },
  );

  it("raise one at a backend with the verify package", async () => {
    const credential = await run("verifier", "add", "backend-of-pictures", "--api", "gallery-api");
    const verifier = createVerifier({
      issuer: null,
      audience: null,
      keys: secretKeys([{ secret: new Uint8Array(32) }]),
      header: "Countersign-Token",
      nowMs: backend.lab.nowMs,
      service: createServiceClient({ url: backend.lab.service().origin, credential, api: "gallery-api" }),
      spotDecoys: true,
    });
    const ask = (value: string) =>
      verifier.verifyRequest(new Request("https://pictures.example/", { headers: { cookie: `a=b; key=${value}` } }));
    const ordinary = await ask(`ghp_${"0".repeat(36)}`);
    await verifier.close();
    expect((await alarms()).filter((each) => each.acknowledgedAtMs === null)).toEqual([]);
    expect(await ask(planted.get("ci-config") ?? "")).toEqual(ordinary);
    await verifier.close();
    const alarm = await raisedBy("ci-config", "verifier");
    expect(alarm.who).toEqual({ api: "gallery-api", verifier: "backend-of-pictures" });
  });

  it.skipIf(!requireAll && !existsSync("/usr/bin/curl"))(
    "raise one that somebody outside reports with curl",
    async () => {
      const url = await run("alarm-hook", "add", "scanner", "--decoy", "notebook");
      const report = JSON.stringify({ text: `seen on a paste site: ${planted.get("notebook")}` });
      const curl = spawn("/usr/bin/curl", ["-sS", "-A", "scanner/1.0", "--json", report, url]);
      let said = "";
      curl.stdout.on("data", (part: Buffer) => (said += part.toString()));
      await once(curl, "close");
      expect(JSON.parse(said)).toEqual({ ok: true });
      const alarm = await raisedBy("notebook", "webhook");
      expect(alarm.kind).toBe("reported");
      expect(alarm.who).toMatchObject({ hook: "scanner", userAgent: "scanner/1.0", text: "seen on a paste site: ..." });
    },
  );

  it("are told of after a restart too, once the address answers, under the id that was tried before", async () => {
    isDown = true;
    planted.set("late", await run("decoy", "add", "late"));
    const { origin } = backend.lab.service();
    await fetch(`${origin}/b/${backend.lab.project}/gallery-api/v1?key=${planted.get("late")}`);
    const id = await waitFor(() => missed[0]);
    await backend.lab.restart();
    isDown = false;
    backend.lab.advance(31_000);
    await backend.lab.service().domain.writeAlarms();
    expect(missed).toEqual([id]);
    expect((await raisedBy("late", "broker")).id).toBe(id);
  });

  it("are in no log, alarm, message, audit record or list", async () => {
    const everywhere = [
      ...backend.lab.lines,
      JSON.stringify([told, refused]),
      await run("alarm", "list", "--json"),
      await run("decoy", "list", "--json"),
      await run("audit", "--json"),
    ].join("\n");
    expect(everywhere).toContain('"event":"alarm"');
    for (const value of [...planted.values(), key.slice("whsec_".length), "a-secret-path"])
      expect(everywhere).not.toContain(value);
  });

  it("raise no alarm any more once they are taken out of use", async () => {
    await run("decoy", "remove", "old-app");
    const { origin } = backend.lab.service();
    await fetch(`${origin}/b/${backend.lab.project}/gallery-api/v1`, {
      headers: { authorization: `Bearer ${planted.get("old-app")}` },
    });
    expect((await alarms()).filter((each) => each.acknowledgedAtMs === null)).toEqual([]);
    expect((await countersign(["decoy", "remove", "notebook"])).err).toContain("The hook scanner reports this decoy");
  });
});
