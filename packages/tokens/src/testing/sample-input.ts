import type { MintInput } from "../mint-input.ts";

export const nowMs = Date.UTC(2026, 10, 22);
export const now = nowMs / 1000;

/** A token of an instance, but for its key. */
export const sampleInput: Omit<MintInput, "key"> = {
  profile: "countersign",
  issuer: "https://service.example/p/abc",
  audience: "nasa",
  subject: "AAAAAAAAAAAAAAAAAAAAAA",
  did: new Uint8Array(16).fill(1),
  app: "shop",
  ip: "192.0.2.7",
  firebase: {
    projectNumber: "123456789012",
    projectId: "shop-prod",
    appIds: { shop: "1:123456789012:ios:0a1b2c3d4e5f6071" },
  },
  issuedAtMs: nowMs,
  lifetimeSeconds: 300,
  endsAtMs: nowMs + 300_000,
  jti: new Uint8Array(16).fill(7),
};

/** The parts of a compact token, decoded without a check. */
export function decode(token: string): {
  readonly header: Readonly<Record<string, unknown>>;
  readonly payload: Readonly<Record<string, unknown>>;
} {
  const [header = "", payload = ""] = token.split(".");
  const read = (segment: string) =>
    JSON.parse(Buffer.from(segment, "base64url").toString()) as Readonly<Record<string, unknown>>;
  return { header: read(header), payload: read(payload) };
}
