import { fromHex, utf8 } from "../encoding/bytes.ts";
import { boolean, enumerated, explicit, integer, nothing, octets, sequence, setOf } from "../encoding/der-writer.ts";

export type SecurityLevel = "tee" | "strongbox" | "software";
export type BootState = "verified" | "self_signed" | "unverified" | "failed";

/** What the keystore says of a key, of the app that made it and of the system it runs on. */
export interface KeyDescriptionFields {
  readonly security: SecurityLevel;
  /** 32 bytes for our enrolment. */
  readonly challenge: Uint8Array;
  readonly packageName: string;
  readonly versionCode: number;
  /** Hex SHA-256 of the app's signing certificate. */
  readonly signingDigest: string;
  readonly locked: boolean;
  readonly bootState: BootState;
  /** 32 bytes each. */
  readonly verifiedBootKey: Uint8Array;
  readonly verifiedBootHash: Uint8Array;
  readonly nowMs: number;
}

const levels = { software: 0, tee: 1, strongbox: 2 } as const;
const bootStates = { verified: 0, self_signed: 1, unverified: 2, failed: 3 } as const;

/** Versions that current Pixels write: KeyMint 4 in the TEE, KeyMint 3 in StrongBox. */
const versions = { software: 400, tee: 400, strongbox: 300 } as const;

/**
 * The value of extension 1.3.6.1.4.1.11129.2.1.17 for a key that meets the enrolment parameters: EC, P-256, purpose exactly {SIGN},
 * digest SHA-256, generated. In software the hardware-enforced list is empty.
 */
export function keyDescription(fields: KeyDescriptionFields): Uint8Array {
  const version = integer(versions[fields.security]);
  const level = enumerated(levels[fields.security]);
  const software = fields.security === "software";
  const key = keyAuthorizations();
  const origin = explicit(702, integer(0));
  const system = systemAuthorizations(fields);
  const app = [
    explicit(701, integer(Math.floor(fields.nowMs))),
    explicit(709, octets(applicationId(fields))),
    ...(fields.security === "strongbox" ? [] : [explicit(724, octets(moduleHash))]),
  ];
  return sequence(
    version,
    level,
    version,
    level,
    octets(fields.challenge),
    octets(new Uint8Array(0)),
    software ? sequence(...key, ...app.slice(0, 1), origin, ...system, ...app.slice(1)) : sequence(...app),
    software ? sequence() : sequence(...key, origin, ...system),
  );
}

/** Purpose {SIGN}, algorithm EC, 256 bits, digest {SHA-256}, P-256, no user authentication. */
function keyAuthorizations(): Uint8Array[] {
  return [
    explicit(1, setOf(integer(2))),
    explicit(2, integer(3)),
    explicit(3, integer(256)),
    explicit(5, setOf(integer(4))),
    explicit(10, integer(1)),
    explicit(503, nothing()),
  ];
}

/** System version and patch levels, behind the root of trust where hardware vouches for one. */
function systemAuthorizations(fields: KeyDescriptionFields): Uint8Array[] {
  const osVersion = explicit(705, integer(160_000));
  const osPatchLevel = explicit(706, integer(202_609));
  if (fields.security === "software") return [osVersion, osPatchLevel];
  const rootOfTrust = sequence(
    octets(fields.verifiedBootKey),
    boolean(fields.locked),
    enumerated(bootStates[fields.bootState]),
    octets(fields.verifiedBootHash),
  );
  return [
    explicit(704, rootOfTrust),
    osVersion,
    osPatchLevel,
    explicit(718, integer(20_260_905)),
    explicit(719, integer(20_260_905)),
  ];
}

function applicationId(fields: KeyDescriptionFields): Uint8Array {
  return sequence(
    setOf(sequence(octets(utf8(fields.packageName)), integer(fields.versionCode))),
    setOf(octets(fromHex(fields.signingDigest))),
  );
}

/** SHA-256 over the system's APEX modules; any fixed value serves. */
const moduleHash = fromHex("5c".repeat(32));
