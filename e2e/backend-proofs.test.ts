import { generateKeyPairSync, randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer, request as httpsRequest, type Server } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { text } from "node:stream/consumers";
import type { Agent } from "@countersign/client";
import {
  createServiceClient,
  createVerifier,
  jwks,
  type Verification,
  type VerifierOptions,
} from "@countersign/verify";
import { tokenDecryption } from "@countersign/verify/jwe";
import { countersign } from "@countersign/verify/node";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createTlsAuthority } from "../examples/astropiks/src/tls/tls-authority.ts";
import { createDemoWorld, type DemoWorld } from "../examples/astropiks/src/world/demo-world.ts";

interface Taken {
  readonly method: string;
  readonly url: string;
  readonly headers: readonly string[];
  readonly body: string;
}

/** One backend of an API: plain Node behind TLS, the check as docs/guides/backends.md has it. Keeps every request as it came. */
interface Backend {
  readonly port: number;
  readonly taken: Taken[];
  readonly verdicts: Verification[];
  close(): Promise<void>;
}

const folder = mkdtempSync(join(tmpdir(), "backend-proofs-"));
const tls = createTlsAuthority({ name: "Backend CA", nowMs: Date.now() });
const recipient = generateKeyPairSync("ec", {
  namedCurve: "P-256",
  publicKeyEncoding: { type: "spki", format: "pem" },
  privateKeyEncoding: { type: "pkcs8", format: "pem" },
});
const apis = {
  bound: { header: "Countersign-Token", bind: ["Authorization"] },
  lines: { header: "Countersign-Token", bind: ["Authorization", "X-Device-Id"] },
  joined: { profile: "approov", alg: "ES256", bind: ["Authorization", "X-Device-Id"] },
  sealed: { header: "Countersign-Token", encryption: { key: recipient.publicKey } },
  dpop: { header: "Authorization", prefix: "DPoP ", proof: "dpop" },
  signed: { header: "Countersign-Token", proof: "httpsig" },
  once: { header: "Countersign-Token", limitedUse: true },
} as const;
type Api = keyof typeof apis;
const own: Record<Api, (origin: string, credential: string) => Partial<VerifierOptions>> = {
  bound: () => ({ bind: ["Authorization"] }),
  lines: () => ({ bind: ["Authorization", "X-Device-Id"] }),
  joined: () => ({ profile: "approov", bind: ["Authorization", "X-Device-Id"] }),
  sealed: () => ({ decrypt: tokenDecryption([{ alg: "ECDH-ES+A256KW", key: recipient.privateKey }]) }),
  dpop: (origin) => ({
    header: "Authorization",
    prefix: "DPoP ",
    proof: "dpop",
    origin,
    dpopNonce: { key: randomBytes(32), lifetimeSeconds: 60 },
  }),
  signed: (origin) => ({ proof: "httpsig", origin }),
  once: (_, credential) => ({ service: createServiceClient({ url: world.origin, credential, api: "once" }) }),
};

let world: DemoWorld;
let agents: readonly Agent[];
const backends = new Map<Api, Backend>();

const listening = (server: Server): Promise<number> =>
  new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve((server.address() as AddressInfo).port)));

async function open(api: Api, credential: string): Promise<Backend> {
  const handle = (req: IncomingMessage, res: ServerResponse) => void answer(req, res);
  const server = createServer({ ...tls.issue(["localhost"]) }, (req, res) => void guarded(req, res));
  const port = await listening(server);
  const issuer = `${world.origin}/p/${world.project.id}/development`;
  const taken: Taken[] = [];
  const verdicts: Verification[] = [];
  const verifier = createVerifier({
    issuer,
    audience: api,
    keys: jwks({ url: `${issuer}/apis/${api}/jwks.json` }),
    nowMs: () => world.clock.nowMs(),
    onVerification: (verification) => verdicts.push(verification),
    ...own[api](`https://localhost:${port}`, credential),
  });
  const answer = async (req: IncomingMessage, res: ServerResponse): Promise<void> => {
    const body = await text(req);
    taken.push({ method: req.method ?? "", url: req.url ?? "", headers: req.rawHeaders, body });
    res.end(JSON.stringify({ body }));
  };
  const guarded = countersign(verifier)(handle);
  return {
    port,
    taken,
    verdicts,
    close: async () => {
      server.closeAllConnections();
      await Promise.all([verifier.close(), new Promise((resolve) => server.close(resolve))]);
    },
  };
}

const backend = (api: Api): Backend => {
  const found = backends.get(api);
  if (found === undefined) throw new TypeError(`no backend ${api}`);
  return found;
};
const urlOf = (api: Api, path: string): string => `https://localhost:${backend(api).port}${path}`;

/** What somebody who saw a request sends: these very header lines, to this place, with this body. */
function replay(api: Api, { method, url, headers, body }: Taken): Promise<number> {
  return new Promise((resolve, reject) => {
    const lines = headers.filter(
      (_, index) => !/^(?:host|connection|content-length|transfer-encoding)$/i.test(headers[index - (index % 2)] ?? ""),
    );
    const sent = httpsRequest(
      { host: "localhost", port: backend(api).port, ca: tls.pem, method, path: url, agent: false },
      (answer) => {
        answer.resume();
        answer.on("end", () => resolve(answer.statusCode ?? 0));
      },
    );
    for (let index = 0; index < lines.length; index += 2) sent.setHeader(lines[index] ?? "", lines[index + 1] ?? "");
    sent.on("error", reject);
    Readable.from(body === "" ? [] : [Buffer.from(body)]).pipe(sent);
  });
}
const lastOf = <T>(list: readonly T[]): T => {
  const last = list.at(-1);
  if (last === undefined) throw new TypeError("nothing there");
  return last;
};
const withHeader = (taken: Taken, name: string, value: string): Taken => ({
  ...taken,
  headers: taken.headers.map((text, index) =>
    index % 2 === 1 && taken.headers[index - 1]?.toLowerCase() === name.toLowerCase() ? value : text,
  ),
});
async function refusedAs(api: Api, taken: Taken): Promise<string> {
  const status = await replay(api, taken);
  const verdict = lastOf(backend(api).verdicts);
  return verdict.ok ? `accepted with ${status}` : `${status} ${verdict.reason}`;
}

beforeAll(async () => {
  world = await createDemoWorld({ folder, port: 0, tls: false });
  const base = `/projects/${world.project.id}`;
  const { credential } = await world.admin.call<{ credential: string }>("POST", `${base}/verifiers`, {
    name: "once-backend",
  });
  for (const api of Object.keys(apis) as Api[]) {
    // The port is known when the backend listens; it asks for keys at its first token.
    backends.set(api, await open(api, credential));
    await world.admin.call("POST", `${base}/apis`, {
      id: api,
      host: "localhost",
      port: backend(api).port,
      channel: "system",
      token: apis[api],
    });
  }
  agents = [world.devices.iphone(), world.devices.pixel()].map(
    (device) => world.createAgent(device, { watch: false, trustedCas: [tls.pem] }).agent,
  );
});
afterAll(async () => {
  for (const agent of agents ?? []) agent.stop();
  for (const each of backends.values()) await each.close();
  await world.close();
  rmSync(folder, { recursive: true, force: true });
});

describe("a backend accepts the app on a genuine device and refuses whoever copied its request", () => {
  test("bound to a user's session: not with another's", async () => {
    for (const agent of agents) {
      const answer = await agent.fetch(urlOf("bound", "/notes"), { headers: { authorization: "Bearer alice" } });
      expect(answer.status).toBe(200);
    }
    const seen = lastOf(backend("bound").taken);
    expect(await refusedAs("bound", withHeader(seen, "authorization", "Bearer mallory"))).toBe("401 binding_wrong");
    const index = seen.headers.findIndex((text, at) => at % 2 === 0 && text.toLowerCase() === "authorization");
    expect(await refusedAs("bound", { ...seen, headers: seen.headers.toSpliced(index, 2) })).toBe(
      "401 binding_missing",
    );
  });

  test.each(["lines", "joined"] as const)(
    "bound to several headers in their order, %s: to each of them",
    async (api) => {
      const headers = { "x-device-id": "device-7", authorization: "Bearer alice" };
      for (const agent of agents) expect((await agent.fetch(urlOf(api, "/notes"), { headers })).status).toBe(200);
      const seen = lastOf(backend(api).taken);
      expect(await replay(api, seen)).toBe(200);
      expect(await refusedAs(api, withHeader(seen, "authorization", "Bearer mallory"))).toBe("401 binding_wrong");
      expect(await refusedAs(api, withHeader(seen, "x-device-id", "device-8"))).toBe("401 binding_wrong");
      const swapped = withHeader(withHeader(seen, "authorization", "device-7"), "x-device-id", "Bearer alice");
      expect(await refusedAs(api, swapped)).toBe("401 binding_wrong");
    },
  );

  test("encrypted on request: the backend opens it, nobody else reads it, and what is in it is verified", async () => {
    for (const agent of agents) expect((await agent.fetch(urlOf("sealed", "/notes"))).status).toBe(200);
    const seen = lastOf(backend("sealed").taken);
    const token = seen.headers[seen.headers.findIndex((text) => /^countersign-token$/i.test(text)) + 1] ?? "";
    expect(token.split(".")).toHaveLength(5);
    const keys = jwks({ url: `${world.origin}/p/${world.project.id}/development/apis/sealed/jwks.json` });
    const without = createVerifier({ issuer: null, audience: "sealed", keys, nowMs: () => world.clock.nowMs() });
    expect(await without.verifyToken(token)).toMatchObject({ ok: false, reason: "token_encrypted" });
    const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
    const key = privateKey.export({ type: "pkcs8", format: "pem" }).toString();
    const decrypt = tokenDecryption([{ alg: "ECDH-ES+A256KW", key }]);
    const other = createVerifier({ issuer: null, audience: "sealed", keys, decrypt, nowMs: () => world.clock.nowMs() });
    expect(await other.verifyToken(token)).toMatchObject({ ok: false, reason: "decryption_failed" });
    expect(await refusedAs("sealed", withHeader(seen, "countersign-token", `${token.slice(0, -4)}AAAA`))).toBe(
      "401 decryption_failed",
    );
  });

  test("DPoP with the backend's nonce: not again, not elsewhere, not by another method, not without proof", async () => {
    for (const agent of agents) {
      expect((await agent.fetch(urlOf("dpop", "/notes?page=1"))).status).toBe(200);
      expect((await agent.fetch(urlOf("dpop", "/notes"), { method: "POST", body: "a note" })).status).toBe(200);
    }
    const seen = lastOf(backend("dpop").taken);
    expect(seen.body).toBe("a note");
    expect(await refusedAs("dpop", seen)).toBe("401 proof_replayed");
    expect(await refusedAs("dpop", { ...seen, url: "/account" })).toBe("401 proof_target_wrong");
    expect(await refusedAs("dpop", { ...seen, method: "PUT" })).toBe("401 proof_method_wrong");
    const index = seen.headers.findIndex((text, at) => at % 2 === 0 && text.toLowerCase() === "dpop");
    expect(await refusedAs("dpop", { ...seen, headers: seen.headers.toSpliced(index, 2) })).toBe("401 proof_missing");
  });

  test("HTTP message signatures: not with another body, target or method, and not again", async () => {
    for (const agent of agents) {
      expect((await agent.fetch(urlOf("signed", "/notes?page=1"))).status).toBe(200);
      const answer = await agent.fetch(urlOf("signed", "/transfers"), { method: "POST", body: "10 to bob" });
      expect([answer.status, await answer.json()]).toEqual([200, { body: "10 to bob" }]);
    }
    const seen = lastOf(backend("signed").taken);
    expect(await refusedAs("signed", { ...seen, body: "99 to eve" })).toBe("401 digest_wrong");
    expect(await refusedAs("signed", { ...seen, url: "/transfers?to=eve" })).toBe("401 proof_signature_invalid");
    expect(await refusedAs("signed", { ...seen, method: "PUT" })).toBe("401 proof_signature_invalid");
    expect(await refusedAs("signed", seen)).toBe("401 proof_replayed");
  });

  test("limited use: each call has a token of its own, and each counts once", async () => {
    for (const agent of agents) {
      const answers = await Promise.all([1, 2, 3].map((page) => agent.fetch(urlOf("once", `/notes?page=${page}`))));
      expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
    }
    const { taken } = backend("once");
    const tokens = taken.map(
      ({ headers }) => headers[headers.findIndex((text) => /^countersign-token$/i.test(text)) + 1],
    );
    expect(new Set(tokens).size).toBe(6);
    for (const seen of taken.slice(0, 6)) expect(await refusedAs("once", seen)).toBe("401 token_consumed");
  });
});
