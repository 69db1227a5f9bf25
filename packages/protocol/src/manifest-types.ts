import type { Environment } from "./configuration-string.ts";

/** A manifest as it travels. */
export interface ManifestEnvelope {
  readonly kid: string;
  readonly signed: string;
  readonly signature: string;
}

/** An envelope that was read; the signature has not been verified. */
export interface ReceivedManifest {
  readonly envelope: ManifestEnvelope;
  readonly kid: string;
  readonly signed: Uint8Array;
  readonly signature: Uint8Array;
}

/** How an API's token travels and what it is bound to. */
export interface ManifestToken {
  readonly header: string;
  readonly prefix: string;
  /** Headers whose values a token is bound to, in order. */
  readonly bind: readonly string[];
  /** How those values become one text. Absent: `lines`, joined by a line feed. `concatenated`: trimmed, nothing between. */
  readonly binding?: "lines" | "concatenated";
  /** A token serves one request alone. Absent: false. */
  readonly limitedUse?: boolean;
}

/** A host the app talks to. `unknown` stands for every channel this version does not know: the host is refused. */
export interface ManifestApi {
  readonly api: string;
  readonly host: string;
  readonly port: number;
  readonly channel: "pins" | "roots" | "both" | "system" | "unknown";
  /** b64u SHA-256 of SPKI; at least 2 where the channel has pins. */
  readonly pins: readonly string[];
  readonly token?: ManifestToken;
  readonly proof?: "dpop" | "httpsig";
  /** `proceed` is ignored for a host that any secret may go to: see `mayProceed`. */
  readonly whenUnavailable: "fail" | "proceed";
}

/** The one declared spot of a request where a secret may be filled. */
export interface Place {
  readonly api: string;
  /** Upper-case, exact. */
  readonly methods: readonly string[];
  /** Prefix of the path as it is written, at a segment boundary. */
  readonly path: string;
  readonly in: "header" | "query" | "segment" | "form" | "json" | "basic";
  /** Header, parameter, segment number from 1, form field, JSON pointer (RFC 6901), or `username` / `password`. */
  readonly name: string;
  /** Text before the placeholder in the decoded value, for example `Bearer `. */
  readonly prefix?: string;
  readonly when: "placeholder" | "always";
}

export interface ManifestSecret {
  readonly name: string;
  readonly placeholder: string;
  readonly places: readonly Place[];
}

/** Signed, versioned configuration of one app, which the agent obeys. */
export interface Manifest {
  readonly v: 1;
  readonly project: string;
  readonly environment: Environment;
  readonly app: string;
  readonly epoch: number;
  readonly version: number;
  readonly issuedAtMs: number;
  readonly staleAfterSeconds: number;
  readonly apis: readonly ManifestApi[];
  readonly secrets: readonly ManifestSecret[];
  /** b64u DER of managed roots, for channels `roots` and `both`. */
  readonly roots: readonly string[];
  /** Detectors that a statement must name. */
  readonly signals: { readonly required: readonly string[] };
  /** Origin of a broker that stands alone (`isBrokerOrigin`). Absent: brokered requests go to the service. */
  readonly broker?: string;
}
