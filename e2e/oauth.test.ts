import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Agent } from "@countersign/client";
import { type ClientAttestationHeaders, clientAttestation } from "@countersign/client/oauth";
import type { VirtualDevice } from "@countersign/virtual-device";
import { calculateJwkThumbprint, createRemoteJWKSet, decodeJwt, decodeProtectedHeader, type JWK } from "jose";
import { Provider } from "oidc-provider";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { createDemoDevices } from "../examples/astropiks/src/world/demo-devices.ts";
import { createDemoWorld, type DemoWorld } from "../examples/astropiks/src/world/demo-world.ts";

/**
 * A stock authorization server that knows of Countersign nothing but an issuer's key set accepts genuine installations as OAuth clients
 * (draft-ietf-oauth-attestation-based-client-auth) and nothing else.
 */
const clientId = "astropiks-mobile";
const combinedId = "https://astropiks.example/mobile?combined";
const folder = mkdtempSync(join(tmpdir(), "oauth-"));

interface AuthorizationServer {
  readonly issuer: string;
  readonly server: Server;
}

let world: DemoWorld;
let as: AuthorizationServer;
let attester: string;
const agents: Agent[] = [];

beforeAll(async () => {
  world = await createDemoWorld({ folder, port: 0, tls: false });
  for (const project of [world.project, world.playProject]) {
    for (const id of [clientId, combinedId]) {
      await world.admin.call("PUT", `/projects/${project.id}/oauth-clients`, { clientId: id });
    }
  }
  attester = `${world.origin}/p/${world.project.id}/development/attester`;
  as = await openAuthorizationServer(attester);
});
afterEach(() => {
  vi.useRealTimers();
  for (const agent of agents.splice(0)) agent.stop();
});
afterAll(async () => {
  as.server.close();
  await world.close();
  rmSync(folder, { recursive: true, force: true });
});

async function openAuthorizationServer(trusted: string): Promise<AuthorizationServer> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const keys = createRemoteJWKSet(new URL(`${trusted}/.well-known/jwks.json`));
  const client = { grant_types: ["client_credentials"], redirect_uris: [], response_types: [] };
  const provider = new Provider(issuer, {
    clients: [
      { ...client, client_id: clientId, token_endpoint_auth_method: "attest_jwt_client_auth" as never },
      { ...client, client_id: combinedId, token_endpoint_auth_method: "attest_jwt_client_auth_dpop" as never },
    ],
    clientAuthMethods: ["attest_jwt_client_auth", "attest_jwt_client_auth_dpop"] as never,
    features: {
      clientCredentials: { enabled: true },
      devInteractions: { enabled: false },
      dPoP: { enabled: true, nonceSecret: randomBytes(32) },
      attestClientAuth: {
        enabled: true,
        ack: "draft-12",
        challengeSecret: randomBytes(32),
        getAttestationSignaturePublicKey: async (_ctx: unknown, header: { alg: string; kid?: string }) => keys(header),
        assertAttestationJwtAndPop: async () => {},
      } as never,
    },
  });
  const answer = provider.callback();
  server.on("request", (request, response) => void answer(request, response));
  return { issuer, server };
}

function genuine(device: VirtualDevice = world.devices.iphone({ ios: "27" })): Agent {
  const { agent } = world.createAgent(device, { watch: false });
  agents.push(agent);
  return agent;
}

async function post(path: string, headers: ClientAttestationHeaders["headers"], body: Record<string, string> = {}) {
  const response = await fetch(as.issuer + path, {
    method: "POST",
    headers: headers.map(([name, value]): [string, string] => [name, value]),
    body: new URLSearchParams(body),
  });
  const json = (await response.json()) as Record<string, unknown>;
  return { status: response.status, headers: response.headers, json };
}

async function challenge(): Promise<string> {
  return String((await post("/challenge", [])).json.attestation_challenge);
}

async function freshHeaders(agent: Agent, audience = as.issuer): Promise<ClientAttestationHeaders["headers"]> {
  return (await clientAttestation(agent, { clientId, audience, challenge: await challenge() })).headers;
}

const askToken = (headers: ClientAttestationHeaders["headers"], client = clientId) =>
  post("/token", headers, { grant_type: "client_credentials", client_id: client });

const refused = { status: 401, json: { error: "invalid_client" } };

describe("a stock authorization server", () => {
  it.each([
    ["an iPhone", () => world.devices.iphone({ ios: "27" })],
    ["a Pixel", () => world.devices.pixel()],
  ])("gives %s that is genuine a token for its attestation and proof", async (_name, device) => {
    const headers = await freshHeaders(genuine(device()));
    expect(await askToken(headers)).toMatchObject({ status: 200, json: { access_token: expect.any(String) } });
    const attestation = headers[0]?.[1] ?? "";
    expect(decodeProtectedHeader(attestation)).toMatchObject({ alg: "ES256", typ: "oauth-client-attestation+jwt" });
    const { iss, sub, iat = 0, exp = 0 } = decodeJwt(attestation);
    expect([iss, sub, exp - iat]).toEqual([attester, clientId, 300]);
  });

  it("offers its challenge, which the agent answers", async () => {
    const agent = genuine();
    const { headers: without } = await clientAttestation(agent, { clientId, audience: as.issuer });
    const asked = await askToken(without);
    expect(asked).toMatchObject({ status: 400, json: { error: "use_attestation_challenge" } });
    const offered = asked.headers.get("oauth-client-attestation-challenge") ?? "";
    const { headers } = await clientAttestation(agent, { clientId, audience: as.issuer, challenge: offered });
    expect((await askToken(headers)).status).toBe(200);
  });

  it("refuses a proof that was used before, and takes the next one", async () => {
    const agent = genuine();
    const headers = await freshHeaders(agent);
    expect((await askToken(headers)).status).toBe(200);
    expect(await askToken(headers)).toMatchObject(refused);
    expect((await askToken(await freshHeaders(agent))).status).toBe(200);
  });

  it("refuses a copied attestation with a proof by another genuine device's key", async () => {
    const [attestation] = await freshHeaders(genuine());
    const [, proof] = await freshHeaders(genuine(world.devices.pixel()));
    if (attestation === undefined || proof === undefined) throw new Error("no headers");
    expect(await askToken([attestation, proof])).toMatchObject(refused);
    expect(await askToken([attestation])).toMatchObject(refused);
  });

  it("refuses a proof for another server", async () => {
    expect(await askToken(await freshHeaders(genuine(), "https://other.example"))).toMatchObject(refused);
  });

  it("refuses an attestation whose five minutes are over, however new the proof", async () => {
    const agent = genuine();
    const [attestation] = await freshHeaders(agent);
    const withNewProof = async () => {
      const [, proof] = await freshHeaders(agent);
      if (attestation === undefined || proof === undefined) throw new Error("no headers");
      return askToken([attestation, proof]);
    };
    expect((await withNewProof()).status).toBe(200);
    // The authorization server's clock; it allows for 15 seconds.
    vi.useFakeTimers({ now: Date.now() + 330_000, toFake: ["Date"] });
    expect(await withNewProof()).toMatchObject(refused);
  });

  it("refuses what the attester of another project attested", async () => {
    const { authority, clock, playProject } = world;
    const devices = createDemoDevices({ authority, project: playProject.id, nowMs: clock.nowMs });
    const { configuration } = playProject;
    const { agent } = world.createAgent(devices.iphone({ ios: "27" }), { watch: false, configuration });
    agents.push(agent);
    const headers = await freshHeaders(agent);
    expect(decodeJwt(headers[0]?.[1] ?? "").sub).toBe(clientId);
    expect(await askToken(headers)).toMatchObject(refused);
  });

  it("refuses an attestation for another client", async () => {
    const agent = genuine();
    const { headers } = await clientAttestation(agent, {
      clientId: combinedId,
      audience: as.issuer,
      challenge: await challenge(),
    });
    expect((await askToken(headers, clientId)).status).toBe(400);
    expect(await askToken(headers, combinedId)).toMatchObject(refused);
  });
});

describe("the combined mode, one DPoP proof for both", () => {
  const dpop = () => ({ method: "POST", url: `${as.issuer}/token` });

  async function combined(agent: Agent, nonce?: string): Promise<ClientAttestationHeaders["headers"]> {
    const more = nonce === undefined ? {} : { challenge: nonce };
    const request = { clientId: combinedId, audience: as.issuer, dpop: dpop(), ...more };
    return (await clientAttestation(agent, request)).headers;
  }

  async function nonceOf(agent: Agent): Promise<string> {
    const asked = await askToken(await combined(agent), combinedId);
    expect(asked).toMatchObject({ status: 400, json: { error: "use_dpop_nonce" } });
    return asked.headers.get("dpop-nonce") ?? "";
  }

  it("gives a genuine device a token bound to its instance key", async () => {
    const agent = genuine(world.devices.pixel());
    const headers = await combined(agent, await nonceOf(agent));
    const answer = await askToken(headers, combinedId);
    expect(answer).toMatchObject({ status: 200, json: { token_type: "DPoP" } });
    const { jwk } = decodeProtectedHeader(headers[1]?.[1] ?? "") as { jwk: JWK };
    const { cnf } = decodeJwt(headers[0]?.[1] ?? "") as { cnf: { jwk: JWK } };
    expect(await calculateJwkThumbprint(jwk)).toBe(await calculateJwkThumbprint(cnf.jwk));
  });

  it("refuses a proof that was used before, one by another key, and one for another address", async () => {
    const agent = genuine();
    const nonce = await nonceOf(agent);
    const headers = await combined(agent, nonce);
    expect((await askToken(headers, combinedId)).status).toBe(200);
    expect((await askToken(headers, combinedId)).status).toBe(400);
    const [attestation] = await combined(agent, nonce);
    const [, stranger] = await combined(genuine(world.devices.pixel()), nonce);
    if (attestation === undefined || stranger === undefined) throw new Error("no headers");
    expect((await askToken([attestation, stranger], combinedId)).status).toBe(401);
    const elsewhere = { clientId: combinedId, audience: as.issuer, challenge: nonce };
    const other = await clientAttestation(agent, {
      ...elsewhere,
      dpop: { method: "POST", url: `${as.issuer}/challenge` },
    });
    expect((await askToken(other.headers, combinedId)).status).toBe(400);
  });
});

describe("the service", () => {
  it("attests no client that is not registered, none for another app, and none for what it does not trust", async () => {
    const url = `/projects/${world.project.id}/oauth-clients`;
    const codeOf = (agent: Agent, id: string) =>
      clientAttestation(agent, { clientId: id, audience: as.issuer }).then(
        () => "attested",
        (error: unknown) => (error as { code?: unknown }).code,
      );
    await world.admin.call("PUT", url, { clientId: "nobody", apps: [] });
    expect(await codeOf(genuine(), "unregistered")).toBe("token_unavailable");
    expect(await codeOf(genuine(), "nobody")).toBe("token_unavailable");
    expect(await codeOf(genuine(world.devices.pixel({ locked: false })), clientId)).toBe("refused");
    await world.admin.call("PUT", url, { clientId: "removed" });
    expect(await codeOf(genuine(), "removed")).toBe("attested");
    await world.admin.call("DELETE", `${url}?clientId=removed`);
    expect(await codeOf(genuine(), "removed")).toBe("token_unavailable");
  });

  it("keeps the attester's key apart from those of API tokens", async () => {
    const keysAt = async (url: string): Promise<string[]> => {
      const { keys } = (await (await fetch(url)).json()) as { keys: { kid: string }[] };
      return keys.map(({ kid }) => kid);
    };
    const attesters = await keysAt(`${attester}/.well-known/jwks.json`);
    const apis = await keysAt(attester.replace(/attester$/, ".well-known/jwks.json"));
    expect(attesters).toHaveLength(1);
    expect(apis.some((kid) => attesters.includes(kid))).toBe(false);
    const [attestation] = await freshHeaders(genuine());
    expect(decodeProtectedHeader(attestation?.[1] ?? "").kid).toBe(attesters[0]);
  });
});
