import { createPublicKey } from "node:crypto";
import { decodeProtectedHeader, jwtVerify } from "jose";
import { describe, expect, it } from "vitest";
import { clientAttestation } from "./proofs/client-attestation.ts";
import { createTestBed, type TestBed } from "./testing/test-agent.ts";

const audience = "https://as.example.com";
const clientId = "https://client.example.com";

function attestedBed(): TestBed {
  const bed = createTestBed();
  bed.project.oauthClients = [clientId];
  return bed;
}

function keyOf(bed: TestBed): ReturnType<typeof createPublicKey> {
  const point = Buffer.from(bed.service.statements().at(-1)?.instanceKey ?? "", "base64url");
  const [x, y] = [point.subarray(1, 33), point.subarray(33)].map((part) => part.toString("base64url"));
  return createPublicKey({ key: { kty: "EC", crv: "P-256", x, y } as never, format: "jwk" });
}

async function codeOf(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => "no error",
    (error: unknown) => (error as { code?: unknown }).code,
  );
}

describe("clientAttestation", () => {
  it("gives the attestation of the session and a proof by the instance key at service time", async () => {
    const bed = attestedBed();
    const { headers } = await clientAttestation(bed.agent, { clientId, audience, challenge: "c-1" });
    const [attestation, proof] = headers;
    expect(attestation?.[0]).toBe("OAuth-Client-Attestation");
    expect(bed.service.sealedTexts()).toContain(attestation?.[1]);
    expect(proof?.[0]).toBe("OAuth-Client-Attestation-PoP");
    expect(decodeProtectedHeader(proof?.[1] ?? "")).toEqual({ typ: "oauth-client-attestation-pop+jwt", alg: "ES256" });
    const { payload } = await jwtVerify(proof?.[1] ?? "", keyOf(bed), { algorithms: ["ES256"], audience });
    expect(payload).toEqual({
      aud: audience,
      jti: expect.stringMatching(/^[A-Za-z0-9_-]{22}$/),
      iat: Math.floor(bed.service.nowMs() / 1000),
      challenge: "c-1",
    });
  });

  it("asks for each client once, and makes a new proof each time", async () => {
    const bed = attestedBed();
    const first = await clientAttestation(bed.agent, { clientId, audience });
    const second = await clientAttestation(bed.agent, { clientId, audience });
    expect(bed.service.statements()).toHaveLength(1);
    expect(bed.service.statements()[0]?.asks.clientAttestations).toEqual([{ clientId }]);
    expect(first.headers[0]).toEqual(second.headers[0]);
    expect(first.headers[1]).not.toEqual(second.headers[1]);
  });

  it("makes a DPoP proof without a token for the combined mode, the challenge as its nonce", async () => {
    const bed = attestedBed();
    const dpop = { method: "POST", url: `${audience}/token?x=1` };
    const { headers } = await clientAttestation(bed.agent, { clientId, audience, challenge: "n-1", dpop });
    expect(headers.map(([name]) => name)).toEqual(["OAuth-Client-Attestation", "DPoP"]);
    const { payload } = await jwtVerify(headers[1]?.[1] ?? "", keyOf(bed), { typ: "dpop+jwt" });
    expect(payload).toMatchObject({ htm: "POST", htu: `${audience}/token`, nonce: "n-1" });
    expect(payload).not.toHaveProperty("ath");
  });

  it("is token_unavailable where the service attests no such client, without a statement for every call", async () => {
    const bed = createTestBed();
    for (let call = 0; call < 3; call += 1) {
      expect(await codeOf(clientAttestation(bed.agent, { clientId, audience }))).toBe("token_unavailable");
    }
    expect(bed.service.statements()).toHaveLength(1);
  });

  it("is proof_unsupported where the platform makes no proofs", async () => {
    const bed = attestedBed();
    bed.keys.refuseProofs();
    expect(await codeOf(clientAttestation(bed.agent, { clientId, audience }))).toBe("proof_unsupported");
  });

  it("is made by the key that took the place of one the platform lost", async () => {
    const bed = attestedBed();
    await clientAttestation(bed.agent, { clientId, audience });
    bed.keys.lose(bed.keys.aliases()[0] ?? "");
    const { headers } = await clientAttestation(bed.agent, { clientId, audience });
    const { payload } = await jwtVerify(headers[1]?.[1] ?? "", keyOf(bed), { audience });
    expect(payload.aud).toBe(audience);
    expect(bed.keys.made()).toBe(2);
  });

  it("is not given where a severe signal wiped the session while the key was at work", async () => {
    const bed = attestedBed();
    const { clientAttestationProof } = bed.keys;
    bed.keys.clientAttestationProof = async (alias, request) => {
      bed.seen.push({ name: "hook", count: 1, ageSeconds: 0 });
      await bed.agent.refresh();
      return clientAttestationProof(alias, request);
    };
    expect(await codeOf(clientAttestation(bed.agent, { clientId, audience }))).toBe("token_unavailable");
  });

  it("keeps attestations out of state, events and what is stored", async () => {
    const bed = attestedBed();
    const seen: unknown[] = [];
    bed.agent.on("session", (event) => seen.push(event));
    bed.agent.on("changed", (event) => seen.push(event));
    const { headers } = await clientAttestation(bed.agent, { clientId, audience });
    const stored = await bed.storage.read(`countersign.${bed.project.project}.${bed.project.app}.instance`);
    const shown = JSON.stringify([seen, bed.agent.state(), stored]);
    expect(shown).not.toContain(headers[0]?.[1]);
  });

  it("refuses what is no client, audience, challenge or request", async () => {
    const bed = attestedBed();
    for (const wrong of [
      { clientId: "", audience },
      { clientId: "c".repeat(257), audience },
      { clientId, audience: "" },
      { clientId, audience, challenge: "" },
      { clientId, audience, dpop: { method: "", url: audience } },
    ]) {
      await expect(clientAttestation(bed.agent, wrong)).rejects.toThrow(TypeError);
    }
    expect(bed.service.calls).toEqual([]);
  });
});
