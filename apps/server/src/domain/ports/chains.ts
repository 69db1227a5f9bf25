import type { ChainProblem } from "../chains/chain-problems.ts";

/** One certificate as a host showed it. */
export interface SeenCertificate {
  /** Common name, else the whole name. */
  readonly subject: string;
  readonly issuer: string;
  readonly notBeforeMs: number;
  readonly notAfterMs: number;
  /** b64u SHA-256 of the SubjectPublicKeyInfo. */
  readonly pin: string;
  /** b64u SHA-256 of the certificate. */
  readonly sha256: string;
}

/** What handshakes with a host showed. Nothing but these was sent. */
export interface SeenChain {
  /** From the leaf up, each having signed the one before it. */
  readonly certificates: readonly SeenCertificate[];
  /** The last of them, PEM: the root where the host or the store has it. */
  readonly topPem: string;
  readonly topIsRoot: boolean;
  /** Whether the leaf names the host. */
  readonly named: boolean;
  /** Whether it is good for Node's own authorities and those given beside. */
  readonly store: boolean;
  /** Whether it is good for the managed roots; null where none were given. */
  readonly roots: boolean | null;
  /** Those of the given pins that it is proven to chain to. */
  readonly pins: readonly string[];
}

/** Which host to look at, and what to hold it against. */
export interface ChainLook {
  /** As it is registered; an IPv6 address in brackets. */
  readonly host: string;
  readonly port: number;
  /** The one address to connect to. Default: by the system's resolver. */
  readonly address?: { readonly address: string; readonly family: 4 | 6 };
  readonly pins: readonly string[];
  /** PEM. */
  readonly roots: readonly string[];
  /** PEM: trusted beside Node's own. */
  readonly furtherCas: readonly string[];
  readonly abort?: AbortSignal;
}

/** `unreachable`: no connection, no TLS 1.2 or newer, or another certificate each time. */
export type ChainAnswer =
  | { readonly ok: true; readonly chain: SeenChain }
  | { readonly ok: false; readonly problem: "unreachable" | "address_refused" };

/** Looks at a live chain. Never rejects. */
export type ReadChain = (look: ChainLook) => Promise<ChainAnswer>;

export interface ChainFinding {
  readonly problem: ChainProblem;
  /** Which certificate, by its subject; null where the chain as a whole is meant. */
  readonly certificate: string | null;
  /** Set for `ended` and `ends_soon`. */
  readonly endsAtMs: number | null;
}

/** The last result of looking at an API's chain. */
export interface WatchedChain {
  readonly project: string;
  readonly api: string;
  readonly checkedAtMs: number;
  /** When another leaf than before was seen first; null: never since it is watched. */
  readonly changedAtMs: number | null;
  /** As last seen, also where the host could not be reached since. */
  readonly certificates: readonly SeenCertificate[];
  readonly findings: readonly ChainFinding[];
}
