import { parseStatement, previousInput, statementHash, statementMessage } from "@countersign/protocol";
import { sha256 } from "../crypto/sha256.ts";
import { NativeKeyError, type NativeKeys } from "../ports.ts";
import { type Database, openDatabase } from "./database.ts";

const algorithm = { name: "ECDSA", namedCurve: "P-256" } as const;
const signature = { name: "ECDSA", hash: "SHA-256" } as const;

export interface WebKeysOptions {
  /** The project's id, b64u: nothing of another project is signed. */
  readonly project: string;
  /** Where the keys are kept. Default: IndexedDB `countersign-keys`. */
  readonly database?: Database;
}

interface KeptKey {
  readonly privateKey: CryptoKey;
}

function isKept(value: unknown): value is KeptKey {
  return typeof value === "object" && value !== null && "privateKey" in value;
}

/** Instance keys of WebCrypto: P-256, not extractable, kept by the browser for this origin. The web has no evidence of app or device. */
export function webKeys(options: WebKeysOptions): NativeKeys {
  const database = options.database ?? openDatabase("countersign-keys");

  const keyOf = async (alias: string): Promise<CryptoKey> => {
    const kept = await database.get(alias);
    if (!isKept(kept)) throw new NativeKeyError("invalid_key", "there is no such key", alias);
    return kept.privateKey;
  };
  const sign = async (alias: string, message: Uint8Array): Promise<Uint8Array> =>
    new Uint8Array(await crypto.subtle.sign(signature, await keyOf(alias), Uint8Array.from(message)));
  const assertOwn = (statement: Uint8Array): void => {
    const parsed = parseStatement(statement);
    if (!parsed.ok || parsed.value.project !== options.project) {
      throw new NativeKeyError("unsupported", "these bytes are no statement of this project");
    }
  };

  return {
    platform: "web",
    async enrol() {
      const pair = await crypto.subtle.generateKey(algorithm, false, ["sign", "verify"]);
      const point = new Uint8Array(await crypto.subtle.exportKey("raw", pair.publicKey));
      const alias = crypto.randomUUID();
      await database.put(alias, { privateKey: pair.privateKey } satisfies KeptKey);
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
    forget: (alias) => database.remove(alias),
  };
}
