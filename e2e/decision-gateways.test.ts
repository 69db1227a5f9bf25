import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type IncomingMessage, request, type Server } from "node:http";
import { type AddressInfo, connect, createServer as createTcpServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { RawInstance, VirtualDevice } from "@countersign/virtual-device";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openVerifierLab, type VerifierLab } from "../apps/server/src/http/verifier/verifier-lab.suite.ts";
import { type CommandLine, commandLineOf } from "../testing/command-line.ts";
import { requireAll } from "../testing/vectors.ts";

const examples = join(import.meta.dirname, "../examples/gateways");
const key = "upstream-key-9Wz4-of-the-operator";
const tokenHeader = "Countersign-Token";

/** Where a gateway stands, and what it asks with. */
interface At {
  readonly folder: string;
  readonly service: number;
  readonly api: number;
  readonly port: number;
  readonly credential: string;
  /** Default: the example's. */
  readonly id?: string;
}

/** One proxy: the example's own files, with addresses of this test. */
interface Gateway {
  readonly program: string;
  /** Writes the files and says how to start it. */
  prepare(at: At): {
    readonly args: readonly string[];
    readonly env: Readonly<Record<string, string>>;
  };
  /** What is answered where the service is not there, and where it does not answer in time. */
  readonly without: readonly number[];
  /** The time for an answer, as the example has it and as this test has patience for. */
  readonly timeout: readonly [example: string, here: string];
}

const read = (name: string): string => readFileSync(join(examples, name), "utf8");

/** The example with this test's ports and header; each address must be there, so that an example cannot drift away unseen. */
function placed(text: string, { service, api, port, id = "gallery-api" }: At): string {
  for (const address of ["127.0.0.1:8400", "127.0.0.1:9000", ":8080", "gallery-api"]) expect(text).toContain(address);
  return text
    .replaceAll("127.0.0.1:8400", `127.0.0.1:${service}`)
    .replaceAll("127.0.0.1:9000", `127.0.0.1:${api}`)
    .replaceAll(":8080", `:${port}`)
    .replaceAll("gallery-api", id);
}

const gateways: Readonly<Record<string, Gateway>> = {
  nginx: {
    program: "/usr/sbin/nginx",
    without: [500],
    timeout: ["proxy_read_timeout      3s", "proxy_read_timeout 300ms"],
    prepare: (at) => {
      mkdirSync(join(at.folder, "logs"));
      const temps = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map((each) => `${each}_temp_path temp;`);
      const text = placed(read("nginx/nginx.conf"), at)
        .replace("events {}", "daemon off; master_process off; pid nginx.pid; events {}")
        .replace("http {", `http { access_log logs/access.log; ${temps.join(" ")}`);
      writeFileSync(join(at.folder, "nginx.conf"), text);
      const line = `proxy_set_header Countersign-Verifier ${at.credential};\n`;
      writeFileSync(join(at.folder, "countersign-verifier.conf"), line, { mode: 0o600 });
      return { args: ["-p", at.folder, "-c", "nginx.conf", "-e", join(at.folder, "logs", "error.log")], env: {} };
    },
  },
  caddy: {
    program: "/usr/bin/caddy",
    without: [502, 504],
    timeout: ["response_header_timeout 3s", "response_header_timeout 300ms"],
    prepare: (at) => {
      const text = `{\n\tadmin off\n}\n\n${placed(read("caddy/Caddyfile"), at)}`;
      writeFileSync(join(at.folder, "Caddyfile"), text);
      const env = { HOME: at.folder, COUNTERSIGN_VERIFIER: at.credential };
      return { args: ["run", "--config", join(at.folder, "Caddyfile"), "--adapter", "caddyfile"], env };
    },
  },
  haproxy: {
    program: "/usr/sbin/haproxy",
    without: [401],
    timeout: ["timeout = 3000", "timeout = 300"],
    prepare: (at) => {
      const text = placed(read("haproxy/haproxy.cfg"), at).replace(
        "lua-load-per-thread countersign.lua",
        `lua-load-per-thread ${join(at.folder, "countersign.lua")}`,
      );
      writeFileSync(join(at.folder, "haproxy.cfg"), text);
      writeFileSync(join(at.folder, "countersign.lua"), read("haproxy/countersign.lua"));
      return { args: ["-db", "-f", join(at.folder, "haproxy.cfg")], env: { COUNTERSIGN_VERIFIER: at.credential } };
    },
  },
};

let backend: VerifierLab;
let device: VirtualDevice;
let instance: RawInstance;
let credential: string;
let countersign: CommandLine;
const admin = () => backend.lab.service().domain.admin;

/** As an operator makes the credential. */
async function addGateway(): Promise<void> {
  const line = ["verifier", "add", "gateway", "--api", "gallery-api", "--inject", "X-Api-Key=upstream-key"];
  const { code, out } = await countersign(line);
  expect([code, out]).toEqual([0, expect.stringMatching(/^csv_[A-Za-z0-9_-]{43}\n$/)]);
  credential = out.trim();
}

beforeAll(async () => {
  backend = await openVerifierLab();
  const { actor, lab } = backend;
  const { bootstrapToken, origin } = lab.service();
  const { token } = await admin().redeemBootstrap({ token: bootstrapToken ?? "", name: "Ada" });
  countersign = commandLineOf(origin, token);
  await backend.putApi("gallery-api", { header: tokenHeader, alg: "HS256" });
  await backend.putApi("other-api", { header: tokenHeader, alg: "HS256" });
  const place = {
    api: "gallery-api",
    methods: ["GET"],
    path: "/",
    in: "header",
    name: "X-Api-Key",
    when: "placeholder",
  } as const;
  await admin().setSecret(actor, lab.project, "upstream-key", { value: key, mode: "brokered", places: [place] });
  await addGateway();
  device = lab.pixel();
  instance = lab.instanceOf(device);
  await instance.enrol();
});
afterAll(() => backend.lab.close());

const freePort = async (): Promise<number> => {
  const server = createTcpServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
};

/** Whether somebody listens there. */
const answers = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    socket.once("connect", () => resolve(socket.destroy() !== null));
    socket.once("error", () => resolve(false));
  });

interface RunningGateway {
  readonly port: number;
  /** What it wrote to its terminal. */
  said(): string;
  stop(): Promise<void>;
}

/** Starts a gateway by its example, and resolves when it listens. */
async function start(gateway: Gateway, at: Omit<At, "port">): Promise<RunningGateway> {
  const port = await freePort();
  const { args, env } = gateway.prepare({ ...at, port });
  const proxy = spawn(gateway.program, args, {
    cwd: at.folder,
    env: { PATH: process.env.PATH ?? "", ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let said = "";
  for (const stream of [proxy.stdout, proxy.stderr]) stream.on("data", (part: Buffer) => (said += part.toString()));
  const ended = once(proxy, "exit");
  for (let tries = 0; tries < 600 && proxy.exitCode === null && !(await answers(port)); tries += 1)
    await new Promise((resolve) => setTimeout(resolve, 25));
  if (proxy.exitCode !== null) throw new Error(`${gateway.program} ended: ${said}`);
  return {
    port,
    said: () => said,
    stop: async () => {
      proxy.kill("SIGKILL");
      await ended;
    },
  };
}

interface Answer {
  readonly status: number;
  readonly text: string;
}

describe.each(Object.entries(gateways))("%s by its example", (name, gateway) => {
  const isPresent = existsSync(gateway.program);
  describe.skipIf(!requireAll && !isPresent)("before an API of somebody else's", () => {
    const folder = mkdtempSync(join(tmpdir(), `decision-${name}-`));
    /** What reached the API. */
    const seen: {
      readonly lines: readonly string[];
      readonly url: string;
      readonly method: string;
      readonly body: string;
    }[] = [];
    /** What clients were answered. */
    let said = "";
    let api: Server;
    let running: RunningGateway;

    beforeAll(async () => {
      api = createServer((message: IncomingMessage, answer) => {
        let body = "";
        message.on("data", (part: Buffer) => (body += part.toString()));
        message.on("end", () => {
          seen.push({ lines: message.rawHeaders, url: message.url ?? "", method: message.method ?? "", body });
          answer.end("pictures");
        });
      }).listen(0, "127.0.0.1");
      await once(api, "listening");
      running = await start(gateway, {
        folder,
        service: backend.lab.service().port,
        api: (api.address() as AddressInfo).port,
        credential,
      });
    });
    afterAll(async () => {
      await running.stop();
      api.closeAllConnections();
      await new Promise((resolve) => api.close(resolve));
      rmSync(folder, { recursive: true, force: true });
    });

    function ask(
      lines: readonly string[],
      { method = "GET", path = "/pictures?page=2", body = "", port = running.port } = {},
    ): Promise<Answer> {
      return new Promise((resolve, reject) => {
        const length = body === "" ? [] : ["Content-Length", String(body.length)];
        const headers = ["Host", "gateway.example", "Connection", "close", ...length, ...lines];
        const sent = request({ host: "127.0.0.1", port, method, path, headers, agent: false });
        sent.once("response", (answer) => {
          let text = JSON.stringify(answer.rawHeaders);
          answer.on("data", (part: Buffer) => (text += part.toString()));
          answer.once("end", () => {
            said += text;
            resolve({ status: answer.statusCode ?? 0, text });
          });
        });
        sent.once("error", reject);
        sent.end(body);
      });
    }
    const token = (id = "gallery-api"): Promise<string> => backend.tokenOf(instance, id);
    const valuesOf = (lines: readonly string[], wanted: RegExp): readonly string[] =>
      lines.filter((_, at) => at % 2 === 1 && wanted.test(lines[at - 1] ?? ""));
    const anyKey = /^x[-_]api[-_]key$/i;

    it("hands a genuine request on with the key, and without what was for the gateway alone", async () => {
      const before = seen.length;
      expect((await ask([tokenHeader, await token()])).status).toBe(200);
      const posted = { method: "POST", path: "/pictures", body: "picture" };
      expect((await ask([tokenHeader, await token()], posted)).status).toBe(200);
      const [got, sent] = seen.slice(before);
      expect([got?.method, got?.url]).toEqual(["GET", "/pictures?page=2"]);
      expect([sent?.method, sent?.body]).toEqual(["POST", "picture"]);
      for (const { lines } of seen.slice(before)) {
        expect(valuesOf(lines, anyKey)).toEqual([key]);
        expect(valuesOf(lines, /^(countersign-.*|dpop|signature.*)$/i)).toEqual([]);
        expect(lines.join("\n")).not.toContain(credential);
      }
    });

    it("stops every request without a genuine token of this API before it reaches the API", async () => {
      const before = seen.length;
      const good = await token();
      const { actor, lab } = backend;
      const minted = async (type: "valid" | "expired" | "decoy"): Promise<string> =>
        (await admin().mintExample(actor, lab.project, "gallery-api", { type })).token;
      const bad: readonly (readonly string[])[] = [
        [],
        [tokenHeader, `${good.slice(0, -6)}AAAAAA`],
        [tokenHeader, await token("other-api")],
        [tokenHeader, await minted("expired")],
        [tokenHeader, await minted("decoy")],
        [tokenHeader, await minted("valid")],
        [tokenHeader, good, tokenHeader, good],
        [tokenHeader, "x".repeat(7000)],
        ["X-Api-Key", "guessed"],
        ["Countersign-Verifier", credential],
      ];
      for (const lines of bad) {
        const { status, text } = await ask(lines);
        expect([lines[0], lines[1]?.slice(0, 9), status]).toEqual([lines[0], lines[1]?.slice(0, 9), 401]);
        expect(text).not.toMatch(/countersign-reason|decoy|expired/i);
      }
      expect(seen).toHaveLength(before);
    });

    it("stops a request whose token has ended, or whose instance was banned a moment ago", async () => {
      const before = seen.length;
      const banned = backend.lab.instanceOf(backend.lab.iphone());
      await banned.enrol();
      const held = await backend.tokenOf(banned, "gallery-api");
      expect((await ask([tokenHeader, held])).status).toBe(200);
      await backend.lab.ban(await backend.instanceId(banned));
      expect([401, 403]).toContain((await ask([tokenHeader, held])).status);
      const ended = await token();
      backend.lab.advance(126_000);
      expect((await ask([tokenHeader, ended])).status).toBe(401);
      expect(seen).toHaveLength(before + 1);
    });

    it("never hands on what a client sends under the key's name, however it is sent", async () => {
      const before = seen.length;
      const good = await token();
      const smuggled: readonly (readonly string[])[] = [
        ["X-Api-Key", "smuggled"],
        ["x-aPI-kEY", "smuggled", "X-Api-Key", "smuggled"],
        ["X_Api_Key", "smuggled"],
        ["X-Api-Key", ""],
      ];
      for (const lines of smuggled) expect((await ask([tokenHeader, good, ...lines])).status).toBe(200);
      for (const { lines } of seen.slice(before)) expect(valuesOf(lines, anyKey)).toEqual([key]);
      expect(seen).toHaveLength(before + smuggled.length);
      // A client's Connection may name a header for proxies to drop: then there is no key, never another.
      const { status } = await ask([tokenHeader, good, "Connection", "X-Api-Key", "X-Api-Key", "smuggled"]);
      const last = status === 200 ? valuesOf(seen.at(-1)?.lines ?? [], anyKey) : [];
      expect(last.filter((each) => each !== key)).toEqual([]);
    });

    it("does not let a client answer for the service, or speak as another gateway", async () => {
      const before = seen.length;
      const good = await token();
      const lines = ["Countersign-Verifier", `csv_${"A".repeat(43)}`, "X-Original-URI", "/x", "X-Forwarded-Uri", "/x"];
      expect((await ask([tokenHeader, good, ...lines])).status).toBe(200);
      expect(valuesOf(seen.at(-1)?.lines ?? [], /^countersign-verifier$/i)).toEqual([]);
      const inner = await ask([], { path: "/_countersign" });
      expect(inner.status).toBeGreaterThanOrEqual(400);
      expect(inner.text).not.toContain(key);
      expect(seen).toHaveLength(before + 1);
    });

    it("tells the service what was asked for, so that a proof of possession holds for that and for nothing else", async () => {
      const { actor, lab } = backend;
      const id = `proved-by-${name}`;
      await backend.putApi(id, { header: tokenHeader, proof: "dpop" });
      const input = { name: id, api: id, injections: [{ header: "X-Api-Key", secret: "upstream-key" }] };
      const made = await admin().addVerifier(actor, lab.project, input);
      const own = mkdtempSync(join(tmpdir(), `decision-${name}-`));
      const other = await start(gateway, {
        folder: own,
        service: lab.service().port,
        api: (api.address() as AddressInfo).port,
        credential: made.credential,
        id,
      });
      const before = seen.length;
      const held = await token(id);
      const proof = (method: string, path: string): Promise<string> =>
        device.keys.dpop(instance.key().alias, {
          method,
          url: `https://${id}.example${path}`,
          token: held,
          iat: Math.floor(lab.nowMs() / 1000),
          jti: randomBytes(16).toString("base64url"),
        });
      const { port } = other;
      const asked = async (text: string | null, how: object = {}, more: readonly string[] = []): Promise<number> => {
        const lines = [tokenHeader, held, ...(text === null ? [] : ["DPoP", text]), ...more];
        return (await ask(lines, { path: "/a%20b/pictures?page=2", ...how, port })).status;
      };
      const good = await proof("GET", "/a%20b/pictures");
      const claimed = ["Original-Method", "Original-URI", "Forwarded-Method", "Forwarded-Uri"].flatMap((each) => [
        `X-${each}`,
        each.endsWith("Method") ? "GET" : "/a%20b/pictures",
      ]);
      expect(await asked(null)).toBe(401);
      expect(await asked(good, { method: "DELETE" }, claimed)).toBe(401);
      expect(await asked(good, { path: "/keys" }, claimed)).toBe(401);
      expect(seen).toHaveLength(before);
      expect(await asked(good, {}, claimed)).toBe(200);
      expect(await asked(good, {}, claimed)).toBe(401);
      expect(await asked(await proof("POST", "/a%20b/pictures"), { method: "POST", body: "picture" })).toBe(200);
      expect(seen.slice(before).map(({ method, url }) => `${method} ${url}`)).toEqual([
        "GET /a%20b/pictures?page=2",
        "POST /a%20b/pictures?page=2",
      ]);
      await other.stop();
      rmSync(own, { recursive: true, force: true });
    });

    it("asks about every kind of request: HEAD, a body in chunks, an upgrade", async () => {
      const before = seen.length;
      const good = await token();
      const handshake = ["Sec-WebSocket-Version", "13", "Sec-WebSocket-Key", randomBytes(16).toString("base64")];
      const kinds: readonly (readonly [string, readonly string[]])[] = [
        ["HEAD", []],
        ["OPTIONS", []],
        ["PUT", ["Transfer-Encoding", "chunked"]],
        ["GET", ["Connection", "Upgrade", "Upgrade", "websocket", ...handshake]],
      ];
      for (const [method, lines] of kinds) {
        expect([method, (await ask(lines, { method })).status]).toEqual([method, 401]);
        expect([method, (await ask([tokenHeader, good, ...lines], { method })).status]).toEqual([method, 200]);
      }
      expect(seen.slice(before).map(({ method, lines }) => [method, valuesOf(lines, anyKey)])).toEqual(
        kinds.map(([method]) => [method, [key]]),
      );
    });

    it("hands no TRACE on, which would have the API send the key back", async () => {
      const before = seen.length;
      expect((await ask([tokenHeader, await token()], { method: "TRACE" })).status).toBe(405);
      expect(seen).toHaveLength(before);
    });

    it("has the key as it was changed a moment ago", async () => {
      const { actor, lab } = backend;
      await admin().rotateSecret(actor, lab.project, "upstream-key", { value: "changed-key-of-the-operator" });
      expect((await ask([tokenHeader, await token()])).status).toBe(200);
      expect(valuesOf(seen.at(-1)?.lines ?? [], anyKey)).toEqual(["changed-key-of-the-operator"]);
      await admin().rotateSecret(actor, lab.project, "upstream-key", { value: key });
    });

    it("stops genuine requests too where the service refuses the gateway or cannot judge", async () => {
      const before = seen.length;
      const good = await token();
      const { standing } = backend.lab.service().domain.device as unknown as { standing: { isCurrent: () => boolean } };
      const working = standing.isCurrent;
      standing.isCurrent = () => false;
      expect((await ask([tokenHeader, good])).status).toBeGreaterThanOrEqual(400);
      standing.isCurrent = working;
      await admin().removeVerifier(backend.actor, backend.lab.project, "gateway");
      expect((await ask([tokenHeader, good])).status).toBeGreaterThanOrEqual(400);
      await addGateway();
      expect(seen).toHaveLength(before);
    });

    it("stops genuine requests too where the service is not there, or does not answer in time", async () => {
      const before = seen.length;
      const good = await token();
      const silent = createTcpServer((socket) => socket.resume().on("error", () => {})).listen(0, "127.0.0.1");
      await once(silent, "listening");
      const [example, here] = gateway.timeout;
      const impatient: Gateway = {
        ...gateway,
        prepare: (at) => {
          const prepared = gateway.prepare(at);
          for (const file of readdirSync(at.folder, { withFileTypes: true }).filter((each) => each.isFile())) {
            const path = join(at.folder, file.name);
            writeFileSync(path, readFileSync(path, "utf8").replace(example, here));
          }
          return prepared;
        },
      };
      for (const service of [await freePort(), (silent.address() as AddressInfo).port]) {
        const own = mkdtempSync(join(tmpdir(), `decision-${name}-`));
        const other = await start(impatient, {
          folder: own,
          service,
          api: (api.address() as AddressInfo).port,
          credential,
        });
        const { status } = await ask([tokenHeader, good], { port: other.port });
        expect(gateway.without).toContain(status);
        await other.stop();
        rmSync(own, { recursive: true, force: true });
      }
      await new Promise((resolve) => {
        silent.close(resolve);
      });
      expect(seen).toHaveLength(before);
    });

    it("writes no key, credential or token into its logs or answers", () => {
      const logs = ["logs/access.log", "logs/error.log"]
        .map((each) => join(folder, each))
        .filter((each) => existsSync(each));
      const all = [said, running.said(), ...logs.map((each) => readFileSync(each, "utf8"))].join("\n");
      for (const secret of [key, "changed-key-of-the-operator"]) expect(all).not.toContain(secret);
      expect(all).not.toContain("csv_");
    });
  });
});
