import type { IncomingHttpHeaders } from "node:http";
import type { Readable } from "node:stream";
import type { Manifest, Pass, PresentedRequest, ProblemCode } from "@countersign/protocol";
import type { LinkBearer, LinkTarget } from "@countersign/protocol/server";
import type { LinkTerms } from "./links/link-terms.ts";
import type { SecretTerms } from "./secret-terms.ts";
import { defaultSocketLimits, type SocketLimits } from "./websocket/socket-limits.ts";

/** A pass that the service opened: `Pass` of protocol section 12, with the key of its bearer. Its `exp` (seconds) is judged here. */
export type OpenedPass =
  | {
      readonly ok: true;
      readonly pass: Pass;
      readonly proofKey: Uint8Array;
      /** Whether it is a decoy's: then no secret is revealed and nothing is sent for it. */
      readonly decoy: boolean;
    }
  | { readonly ok: false; readonly code: ProblemCode };

/** For whom a value is asked: what the pass says of its bearer. */
export type Bearer = Pick<Pass, "instance" | "subject" | "app" | "verdict">;

/** What is sealed in a link: in whose answer it stood, and until when it is good. */
export interface SealedLink extends LinkBearer {
  /** Whether it stood in a decoy's: then nothing is sent for it. */
  readonly decoy: boolean;
}

/** A value on loan; `reveal` is the one way to its bytes. */
export interface RevealableSecret {
  reveal(): Uint8Array;
}

/** A plausible answer of an API that is not asked. */
export interface DecoyAnswer {
  readonly status: number;
  readonly contentType: string;
  readonly body: string;
  /** About how long the API takes to answer. */
  readonly delayMs: number;
}

/** What decoys of a project get in place of answers and values. */
export interface Decoys {
  answerOf(api: string): DecoyAnswer;
  /** What stands for a secret that is brokered for this bearer at this moment; else null. */
  canaryOf(name: string, bearer: Bearer): string | null;
}

/** What happened, for the service's log. Holds neither path nor query nor any value. */
export interface BrokerEvent {
  readonly event: "brokered" | "brokered_decoy" | "broker_refused" | "linked" | "linked_decoy" | "link_refused";
  readonly project: string;
  /** Null until it is known to be an API of the project. */
  readonly api: string | null;
  readonly instance: string | null;
  readonly method: string;
  /** The problem's code where refused, else null. */
  readonly code: ProblemCode | null;
  readonly upstreamStatus: number | null;
  readonly secrets: readonly string[];
}

/** What a call brings with it, whatever will be said of it. */
export interface PresentedCall {
  readonly project: string;
  /** As the request names it: there need not be such an API. */
  readonly api: string;
  /** Whose pass was good; null where none was. */
  readonly instance: string | null;
  /** Where it came from, as the host names networks; null where it does not. */
  readonly network: string | null;
  readonly request: PresentedRequest;
}

/** What the broker asks of its host. An error whose `code` is `ledger_full`, `database_unreachable` or `link_lost` is answered `unavailable`. */
export interface BrokerPorts {
  /** The project's whole manifest: every API and secret; the pass narrows it to one app. */
  project(id: string): Promise<{ readonly id: string; readonly manifest: Manifest } | null>;
  openPass(project: string, pass: string): OpenedPass;
  /** The complete set of bans and quarantines, at this moment. */
  isBanned(project: string, instance: string, subject: string): boolean;
  /** Set where the project answers refused instances with decoys: who is banned is then not told so, but gets one too. */
  decoys(project: string): Decoys | null;
  /** The birth of the memory behind `once`: what was seen before it is forgotten. */
  epochMs(): Promise<number>;
  /** Counts one use of a budget; true while at most `limit` in the window. */
  take(key: string, limit: number, windowSeconds: number): Promise<boolean>;
  /** Draws `units` on a budget where they fit into `limit` in the window; false, and nothing drawn, where they do not. */
  draw(key: string, units: number, limit: number, windowSeconds: number): Promise<boolean>;
  /** True the first time a key is seen within its lifetime. */
  once(key: string, ttlSeconds: number): Promise<boolean>;
  /** The value of a secret that is brokered, and for this bearer, at this moment; else null. */
  revealSecret(project: string, name: string, bearer: Bearer): Promise<RevealableSecret | null>;
  /** The version of the value that `revealSecret` gives this bearer, at this moment; null where it gives none. Asked often: it opens nothing. */
  versionOf(project: string, name: string, bearer: Bearer): Promise<number | null>;
  /** How the operator lets a secret be used, at this moment. A secret there is none of has no terms but that it has no value. */
  termsOf(project: string, name: string): Promise<SecretTerms>;
  /** By API of the project: which links of its answers are led through the broker, at this moment. */
  linkTerms(project: string): Promise<ReadonlyMap<string, LinkTerms>>;
  /** Seals a link for each of these targets. */
  sealLinks(project: string, link: SealedLink, targets: readonly LinkTarget[]): Promise<readonly string[]>;
  /** Opens the link to this target; null for any other. Its `exp` (seconds) is judged here. */
  openLink(project: string, target: LinkTarget, link: string): Promise<SealedLink | null>;
  /** The service clock. */
  nowMs(): number;
  /** Origins this service is known by; a signed target URI begins with one of them. */
  origins(): readonly string[];
  /** Whether a project's APIs may name private or loopback addresses at all. Development projects only. */
  allowPrivate(project: string): boolean;
  /** PEM certificates trusted beside Node's own for APIs of channel `system`. */
  upstreamCas(): readonly string[];
  /** Told of what every call brings with it. Nothing waits for it, and it never throws; what it finds changes nothing about the call. */
  spotDecoys(call: PresentedCall): void;
  log(event: BrokerEvent): void;
}

/** One request as the host took it from the wire. */
export interface BrokerRequest {
  readonly method: string;
  readonly project: string;
  readonly api: string;
  /** Path and query after `/b/{project}/{api}`, undecoded. */
  readonly rest: string;
  /** The whole request target, undecoded. */
  readonly rawTarget: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Readable;
  /** The network that the request came from, as the host names it without its address. */
  readonly network?: string;
  /** Set where the request opens a WebSocket: its MAC covers a `ws:` or `wss:` URI then. */
  readonly opening?: "websocket";
}

/** Bounds of one brokered request, and of all in work. */
export interface BrokerLimits extends SocketLimits {
  /** Calls of one instance a minute, whatever its sessions. Over it: `slow_down`. */
  readonly callsPerInstancePerMinute: number;
  /** Calls of one instance in work at once on this node. Over it: `slow_down`. */
  readonly concurrentCallsPerInstance: number;
  /** Calls in work at once on this node, three quarters of them at most one project's. Over it: `unavailable`. */
  readonly concurrentCalls: number;
  /** Links that are opened for one instance a minute, beside its calls. Over it: `slow_down`. */
  readonly linksPerInstancePerMinute: number;
  /** Links of one instance in work at once on this node, beside its calls. Over it: `slow_down`. */
  readonly concurrentLinksPerInstance: number;
  /** Links in work at once on this node. Over it: `unavailable`. */
  readonly concurrentLinks: number;
  /** The longest answer that is looked through for links; a longer one is sent as it is. */
  readonly linkedAnswerBytes: number;
  /** Links that are rewritten in one answer; the rest stays. */
  readonly linksPerAnswer: number;
  /** The longest body that is held and proven before anything is sent, whatever it is for. */
  readonly heldBytes: number;
  /** The longest body that is held because a place or a processor needs it whole. */
  readonly requestBytes: number;
  /** The longest body that is streamed to the upstream. */
  readonly uploadBytes: number;
  readonly responseBytes: number;
  /** How long what a name resolved to is judged again, and not asked again. */
  readonly namesMs: number;
  /** Upstreams whose connections are kept for further calls; the one that was asked longest ago makes room. */
  readonly keptUpstreams: number;
  /** Connections to one upstream: further calls wait for one of them, at most `connectMs`. */
  readonly connectionsPerUpstream: number;
  /** How long a connection to an upstream is kept with nothing under way. */
  readonly keptMs: number;
  readonly connectMs: number;
  /** From the request sent to the first byte of the answer. */
  readonly answerMs: number;
  /** Between two pieces of a body, in either direction. */
  readonly idleMs: number;
  /** From the request's headers to the answer's last byte: whatever has not ended by then is broken off. */
  readonly totalMs: number;
}

export const defaultLimits: BrokerLimits = {
  callsPerInstancePerMinute: 600,
  concurrentCallsPerInstance: 32,
  concurrentCalls: 256,
  linksPerInstancePerMinute: 600,
  concurrentLinksPerInstance: 16,
  concurrentLinks: 128,
  linkedAnswerBytes: 1024 * 1024,
  linksPerAnswer: 200,
  heldBytes: 64 * 1024,
  requestBytes: 1024 * 1024,
  uploadBytes: 100 * 1024 * 1024,
  responseBytes: 32 * 1024 * 1024,
  namesMs: 2_000,
  keptUpstreams: 256,
  connectionsPerUpstream: 128,
  keptMs: 15_000,
  connectMs: 5_000,
  answerMs: 30_000,
  idleMs: 30_000,
  totalMs: 600_000,
  ...defaultSocketLimits,
};
