import { createHash, randomBytes } from "node:crypto";
import { createServer } from "node:http";
import {
  generateTokenKey,
  type MintInput,
  mintToken,
  type TokenAlg,
  type TokenKey,
  type TokenProfile,
  toJwks,
  toPem,
} from "@countersign/tokens";
import { type GuardedServer, listen } from "../servers/guarded-server.ts";

/** One way in which a service gives tokens to a backend, and what the backend was told of it. */
export interface Scheme {
  readonly name: string;
  readonly profile: TokenProfile;
  readonly alg: TokenAlg;
  readonly issuer: string;
  readonly audience: string;
  /** As in `APPROOV_BASE64_SECRET`; null where there is a key set. */
  readonly base64Secret: string | null;
  /** Null where there is a shared secret. */
  readonly jwksUri: string | null;
  readonly pem: string | null;
  readonly key: TokenKey;
  mint(change?: Partial<MintInput>): string;
  close(): Promise<void>;
}

const firebase = { projectNumber: "123456", projectId: "photos", appIds: { photos: "1:123456:android:abc" } };

/** What a backend hashes of the one header its tokens are bound to. */
export const boundValue = "Bearer user-1";

/** A scheme with keys of its own, its key set served on loopback. */
export async function openScheme(profile: TokenProfile, alg: TokenAlg): Promise<Scheme> {
  const made = await generateTokenKey(alg);
  const key: TokenKey = { kid: made.kid, alg, key: made.key };
  const { publicJwk } = made;
  const jwks = publicJwk === null ? null : JSON.stringify(toJwks([{ publicJwk, retiresAtMs: null }]));
  const server: GuardedServer | null =
    jwks === null
      ? null
      : await listen(
          createServer((_request, response) => {
            response.setHeader("content-type", "application/json");
            response.end(jwks);
          }),
        );
  const issuer = "https://service.example/p/AAAAAAAAAAAAAAAAAAAAAA";
  return {
    name: `${profile}, ${alg}`,
    profile,
    alg,
    issuer,
    audience: profile === "firebase-app-check" ? "projects/123456" : "photos",
    base64Secret: publicJwk === null ? Buffer.from(made.material).toString("base64") : null,
    jwksUri: server === null ? null : `http://127.0.0.1:${server.port}/.well-known/jwks.json`,
    pem: publicJwk === null ? null : toPem(publicJwk),
    key,
    mint(change = {}) {
      const nowMs = Date.now();
      return mintToken({
        key,
        profile,
        issuer,
        audience: "photos",
        subject: "c3ViamVjdC1vZi1hcGkxIQ",
        did: new Uint8Array(16).fill(3),
        app: "photos",
        ip: "192.0.2.1",
        firebase: profile === "firebase-app-check" ? firebase : null,
        issuedAtMs: nowMs,
        lifetimeSeconds: 300,
        endsAtMs: nowMs + 300_000,
        jti: new Uint8Array(randomBytes(16)),
        bind: new Uint8Array(createHash("sha256").update(boundValue).digest()),
        ...change,
      });
    },
    close: async () => server?.close(),
  };
}
