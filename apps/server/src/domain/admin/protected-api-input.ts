import { limits } from "@countersign/protocol";
import type { DecoyAnswer, ProtectedApi } from "../ports/index.ts";
import { invalidInput } from "./admin-error.ts";
import { toDecoyAnswer } from "./decoy-answer-input.ts";
import { parseCertificatePem } from "./rules/certificate-pem.ts";
import { parseHost } from "./rules/host.ts";
import { parseIdentifier } from "./rules/identifier.ts";
import { accept, acceptEach } from "./rules/rule.ts";
import { parseSpkiPin } from "./rules/spki-pin.ts";
import { type TokenInput, toApiToken } from "./token-input.ts";

/** A protected API as it is given. */
export interface ApiInput {
  readonly host: string;
  /** Default 443. */
  readonly port?: number | undefined;
  readonly channel: ProtectedApi["channel"];
  readonly pins?: readonly string[] | undefined;
  readonly roots?: readonly string[] | undefined;
  /** Default: no token for this API. */
  readonly token?: TokenInput | null | undefined;
  /** Default 300. */
  readonly tokenSeconds?: number | undefined;
  /** Default `fail`. */
  readonly whenUnavailable?: ProtectedApi["whenUnavailable"] | undefined;
  /** Default: 429 with `{}`. */
  readonly decoyAnswer?: DecoyAnswer | null | undefined;
}

/** The audience by which `did` is made: an API of this id would have it for a subject. */
const RESERVED_ID = "project";

/** Checks every member and brings it into its canonical form. */
export function toProtectedApi(project: string, id: string, createdAtMs: number, input: ApiInput): ProtectedApi {
  const tokenSeconds = input.tokenSeconds ?? limits.tokenSecondsMax;
  if (tokenSeconds < limits.tokenSecondsMin || tokenSeconds > limits.tokenSecondsMax) {
    throw invalidInput("/tokenSeconds", `tokenSeconds is from ${limits.tokenSecondsMin} to ${limits.tokenSecondsMax}.`);
  }
  const port = input.port ?? 443;
  if (!Number.isInteger(port) || port < 1 || port > 65535) {
    throw invalidInput("/port", "A port is a number from 1 to 65535.");
  }
  if (id === RESERVED_ID) throw invalidInput("/id", "This id is reserved; choose another.");
  const whenUnavailable = input.whenUnavailable ?? "fail";
  const token = input.token ?? null;
  return {
    project,
    id: accept("/id", parseIdentifier(id)),
    host: accept("/host", parseHost(input.host)),
    port,
    channel: input.channel,
    ...toChannel(input),
    token: token === null ? null : toApiToken(token, whenUnavailable),
    tokenSeconds,
    whenUnavailable,
    createdAtMs,
    ...toDecoyAnswer(input.decoyAnswer),
  };
}

/** Pins and roots must be those the channel uses: a list that nothing reads would look like a protection. */
function toChannel(input: ApiInput): Pick<ProtectedApi, "pins" | "roots"> {
  const pins = acceptEach("/pins", input.pins ?? [], parseSpkiPin);
  const certificates = acceptEach("/roots", input.roots ?? [], parseCertificatePem);
  const usesPins = input.channel === "pins" || input.channel === "both";
  const usesRoots = input.channel === "roots" || input.channel === "both";
  if (usesPins && (pins.length < limits.pinsMin || pins.length > limits.pinsMax)) {
    const message = `Give ${limits.pinsMin} to ${limits.pinsMax} pins: the present key's and a backup key's, or the host is lost when its key changes.`;
    throw invalidInput("/pins", message);
  }
  if (!usesPins && pins.length > 0) throw invalidInput("/pins", "Pins need the channel `pins` or `both`.");
  if (usesRoots && certificates.length < 1) throw invalidInput("/roots", "Give at least one root certificate as PEM.");
  if (!usesRoots && certificates.length > 0) throw invalidInput("/roots", "Roots need the channel `roots` or `both`.");
  const leaf = certificates.findIndex((certificate) => !certificate.isCertificateAuthority);
  if (leaf >= 0)
    throw invalidInput(`/roots/${leaf}`, "A root must be a certificate authority (basicConstraints CA:TRUE).");
  return { pins, roots: certificates.map((certificate) => certificate.pem) };
}
