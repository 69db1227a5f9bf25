import {
  clientAttestationSigningInput,
  dpopSigningInput,
  formatSignature,
  isPoint,
  parseStatement,
  previousInput,
  signatureBase,
  statementHash,
  statementMessage,
  thumbprintOf,
  toJws,
  toUtf8,
} from "@countersign/protocol";
import * as limits from "@countersign/protocol/limits";
import { sha256 } from "../crypto/sha256.ts";
import { NativeKeyError, type NativeKeys, type Platform } from "../ports.ts";
import { type Database, openDatabase } from "./database.ts";

const algorithm = { name: "ECDSA", namedCurve: "P-256" } as const;
const signature = { name: "ECDSA", hash: "SHA-256" } as const;

export interface WebKeysOptions {
  /** The project's id, b64u: nothing of another project is signed. */
  readonly project: string;
  /** Default `web`. Another where the page stands in for an app, which only a development key lets it do. */
  readonly platform?: Platform;
  /** Where the keys are kept. Default: IndexedDB `countersign-keys`. */
  readonly database?: Database;
}

interface KeptKey {
  readonly privateKey: CryptoKey;
  /** Absent in keys kept by a version that made no proofs. */
  readonly point?: Uint8Array;
}

function isKept(value: unknown): value is KeptKey {
  return typeof value === "object" && value !== null && "privateKey" in value;
}

/** Instance keys of WebCrypto: P-256, not extractable, kept by the browser for this origin. The web has no evidence of app or device. */
export function webKeys(options: WebKeysOptions): NativeKeys {
  const database = options.database ?? openDatabase("countersign-keys");

  const kept = async (alias: string): Promise<KeptKey> => {
    const key = await database.get(alias);
    if (!isKept(key)) throw new NativeKeyError("invalid_key", "there is no such key", alias);
    return key;
  };
  /** A private key that may not leave the browser does not give its point either: without one kept, no proof can name the key. */
  const pointOf = async (alias: string): Promise<Uint8Array> => {
    const { point } = await kept(alias);
    if (point === undefined || !isPoint(point)) throw new NativeKeyError("invalid_key", "this key has no point", alias);
    return point;
  };
  const sign = async (alias: string, message: Uint8Array): Promise<Uint8Array> =>
    new Uint8Array(await crypto.subtle.sign(signature, (await kept(alias)).privateKey, Uint8Array.from(message)));
  const jws = async (alias: string, signingInput: string): Promise<string> =>
    toJws(signingInput, await sign(alias, toUtf8(signingInput)));
  const assertOwn = (statement: Uint8Array): void => {
    const parsed = parseStatement(statement);
    if (!parsed.ok || parsed.value.project !== options.project) {
      throw new NativeKeyError("unsupported", "these bytes are no statement of this project");
    }
  };

  return {
    platform: options.platform ?? "web",
    async enrol() {
      if (globalThis.crypto?.subtle === undefined) {
        throw new NativeKeyError("unsupported", "WebCrypto is offered to secure origins alone");
      }
      const pair = await crypto.subtle.generateKey(algorithm, false, ["sign", "verify"]);
      const point = new Uint8Array(await crypto.subtle.exportKey("raw", pair.publicKey));
      const alias = crypto.randomUUID();
      await database.put(alias, { privateKey: pair.privateKey, point } satisfies KeptKey);
      return { alias, instanceKey: point, attestedKey: point, evidence: [] };
    },
    async prove(alias, statement) {
      assertOwn(statement);
      return { signature: await sign(alias, statementMessage(statement)) };
    },
    async provePrevious(alias, statement) {
      assertOwn(statement);
      return sign(alias, previousInput(statementHash(sha256, statement)));
    },
    dpop: async (alias, request) => jws(alias, dpopSigningInput(sha256, { ...request, point: await pointOf(alias) })),
    async httpSignature(alias, request) {
      const { created, nonce } = request;
      const keyid = thumbprintOf(sha256, await pointOf(alias));
      const made = signatureBase(request, { created, expires: created + limits.signatureSeconds, nonce, keyid });
      if (!made.ok) throw new NativeKeyError("unsupported", made.detail, alias);
      const { base, signatureInput } = made.value;
      return { signatureInput, signature: formatSignature(await sign(alias, base)) };
    },
    clientAttestationProof: (alias, request) => jws(alias, clientAttestationSigningInput(request)),
    forget: (alias) => database.remove(alias),
  };
}
