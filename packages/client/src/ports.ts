/**
 * What the agent core asks of the world. The core knows neither Node nor the DOM: randomness, clocks, storage, the network and the
 * platform's keys are handed in here, at one place.
 */

export type Platform = "ios" | "android" | "web";

/** What the app says of itself. Claims, never facts: the service takes identity from evidence. */
export interface AppClaims {
  /** The app's id in the project, as registered with `app add`. */
  readonly id: string;
  readonly version: string;
  readonly build: string;
  /** b64u SHA-256 of the loaded JavaScript, where the platform can measure it. */
  readonly bundle?: string;
}

/** Evidence as it travels: every binary value is b64u. */
export type Evidence =
  | { readonly type: "apple"; readonly challenge: string; readonly attestation: string }
  | { readonly type: "android"; readonly challenge: string; readonly chain: readonly string[] };

/** A key the platform made and vouched for. */
export interface EnrolledKey {
  /** Names the key in later calls; opaque, stored by the agent, not secret. */
  readonly alias: string;
  /** 65-byte uncompressed P-256 point. */
  readonly instanceKey: Uint8Array;
  /** The point that evidence certifies: the App Attest key on iOS, the instance key elsewhere. */
  readonly attestedKey: Uint8Array;
  /** Empty on the web. */
  readonly evidence: readonly Evidence[];
}

/** A proof as the native part makes it; which members are present follows from the platform and the use (protocol section 5). */
export interface NativeProof {
  readonly assertion?: Uint8Array;
  readonly signature?: Uint8Array;
}

/** Why the native part could not do what was asked. `invalid_key`: the key is gone for ever. `unavailable`: try again later with the same alias. */
export type NativeKeyErrorCode = "invalid_key" | "unavailable" | "unsupported";

export class NativeKeyError extends Error {
  readonly code: NativeKeyErrorCode;
  readonly alias: string | null;
  constructor(code: NativeKeyErrorCode, message: string, alias: string | null = null) {
    super(message);
    this.name = "NativeKeyError";
    this.code = code;
    this.alias = alias;
  }
}

/** What a DPoP proof says of a request; header, key and claims are the native part's to write. */
export interface DpopRequest {
  readonly method: string;
  /** The whole URL; the proof leaves out query and fragment. */
  readonly url: string;
  /** The token the request carries; null where it carries none: the proof has no `ath` then. */
  readonly token: string | null;
  /** The server's nonce, where it gave one. */
  readonly nonce?: string;
  /** Seconds. */
  readonly iat: number;
  /** b64u of 16 random bytes. */
  readonly jti: string;
}

/** What an HTTP message signature covers; `expires` is `created + 60`, `keyid` the instance key's thumbprint. */
export interface HttpSignatureRequest {
  readonly method: string;
  /** The whole URL, query included. */
  readonly targetUri: string;
  /** The value of `Content-Digest`; null where there is no body. */
  readonly contentDigest: string | null;
  /** The header that carries the token; null where none does. */
  readonly header: { readonly name: string; readonly value: string } | null;
  /** Seconds. */
  readonly created: number;
  /** b64u of 16 random bytes. */
  readonly nonce: string;
}

export interface ClientAttestationProofRequest {
  /** The authorization server's issuer, or the resource server's identifier. */
  readonly audience: string;
  /** The server's challenge, where it gave one. */
  readonly challenge?: string;
  /** Seconds. */
  readonly iat: number;
  /** b64u of 16 random bytes. */
  readonly jti: string;
}

/**
 * The platform's keys. Purpose-bound: each call builds its own prefix; there is no way to have chosen bytes signed.
 */
export interface NativeKeys {
  readonly platform: Platform;
  /** Makes an instance key and the platform's evidence for it over this open challenge (60 bytes). `alias` continues a half-made key. */
  enrol(challenge: Uint8Array, alias?: string): Promise<EnrolledKey>;
  /** Signs `tag("statement") ∥ statement`. The native part parses `use` itself: on iOS an `enrol` proof carries both members. */
  prove(alias: string, statement: Uint8Array): Promise<NativeProof>;
  /** ES256 by the old instance key over `tag("previous") ∥ SHA-256(tag("statement") ∥ statement)`. */
  provePrevious(alias: string, statement: Uint8Array): Promise<Uint8Array>;
  /** A DPoP proof (RFC 9449) by the instance key, a compact JWS. */
  dpop(alias: string, request: DpopRequest): Promise<string>;
  /** `Signature-Input` and `Signature` (RFC 9421, label `countersign`) by the instance key. */
  httpSignature(
    alias: string,
    request: HttpSignatureRequest,
  ): Promise<{ readonly signatureInput: string; readonly signature: string }>;
  /** The proof that goes with an OAuth client attestation, by the instance key, a compact JWS. */
  clientAttestationProof(alias: string, request: ClientAttestationProofRequest): Promise<string>;
  /** Deletes a key. Unknown aliases are ignored. */
  forget(alias: string): Promise<void>;
}

/** Play Integrity, where the app brings Google's library. What it says is evidence beside the hardware's, never in its place. */
export interface PlayIntegrity {
  /**
   * A token, standard or classic, that carries this request hash (b64u SHA-256; a classic one carries it as nonce). Rejects with any error where Play
   * gives none. Asked once for each enrolment, for at most 15 s.
   */
  token(requestHash: string): Promise<string>;
}

export interface Signal {
  readonly name: string;
  readonly count: number;
  readonly ageSeconds: number;
  readonly detail?: string;
}

/** What the agent can observe of its own process. */
export interface Detectors {
  /** Every detector that ran, with its revision, and what was seen since the process began. */
  observe(): Promise<{ readonly detectors: Readonly<Record<string, number>>; readonly seen: readonly Signal[] }>;
}

/** Bytes from the platform's cryptographic generator. An agent without it does not start. */
export interface Randomness {
  bytes(length: number): Uint8Array;
}

export interface Clock {
  /** False where `continuousMs` may stand still in sleep: the wall clock's advance then counts too, and its going back ends a session. */
  readonly runsInSleep?: boolean;
  /** Milliseconds on a clock that runs in sleep and is never set. */
  continuousMs(): number;
  /** The device's wall clock; decides nothing, its going back ends a session where no continuous clock exists. */
  wallMs(): number;
}

export interface Timers {
  /** Calls back once after `delayMs`; the returned function cancels. */
  after(delayMs: number, call: () => void): () => void;
}

/** Small, this-device-only storage, excluded from backup. Holds no secret. */
export interface Storage {
  read(name: string): Promise<string | null>;
  write(name: string, value: string): Promise<void>;
  remove(name: string): Promise<void>;
}

export interface ServiceRequest {
  readonly method: "GET" | "POST";
  /** Path and query, from the service's origin. */
  readonly path: string;
  readonly headers: readonly (readonly [string, string])[];
  readonly body: string | null;
  readonly timeoutMs: number;
}

export interface ServiceResponse {
  readonly status: number;
  /** Lower-case names. */
  readonly headers: readonly (readonly [string, string])[];
  readonly body: Uint8Array;
}

/** A request to the broker, at the service's origin. */
export interface RelayRequest {
  /** The broker's, where it is not the service's: `https://HOST[:PORT]`, or `http://` for plain loopback development. */
  readonly origin?: string;
  readonly method: string;
  /** Path and query, from that origin. */
  readonly path: string;
  readonly headers: readonly (readonly [string, string])[];
  readonly body: Uint8Array | null;
  readonly abort: AbortHandle;
}

/** The connection to the service. It follows no redirect and keeps no cookie. Rejects with any error where there is no answer. */
export interface ServiceTransport {
  /** The origin that is spoken to, as a signed target URI begins: `https://HOST[:PORT]`, or `http://` for plain loopback development. */
  readonly origin: string;
  send(request: ServiceRequest): Promise<ServiceResponse>;
  /** A server-sent event stream: `onData` gets each `data:` text. Resolves when the stream ends. */
  watch(
    request: { readonly path: string; readonly headers: readonly (readonly [string, string])[] },
    onData: (data: string) => void,
    abort: AbortHandle,
  ): Promise<void>;
  /** Sends a brokered request, to a broker on TLS as the service's; the answer streams. Rejects with a `ChannelError`. */
  relay(request: RelayRequest): Promise<ChannelResponse>;
}

/** The agent's own cancellation: the core has no AbortController. */
export interface AbortHandle {
  readonly aborted: boolean;
  /** Calls back once where the caller gives up, at once where he did; the returned function takes the call back. */
  onAbort(call: () => void): () => void;
}

/** How a connection to a protected API must prove itself, from the manifest. */
export interface ChannelPolicy {
  readonly channel: "pins" | "roots" | "both" | "system";
  /** b64u SHA-256 of SPKI. */
  readonly pins: readonly string[];
  /** DER certificates. */
  readonly roots: readonly Uint8Array[];
}

/** A body that is not held whole: its pieces, in order, once for each iteration. */
export interface StreamedBody extends AsyncIterable<Uint8Array> {
  /** Bytes, where that is known. */
  readonly length?: number;
  /** True where it can be iterated again and gives the same bytes. */
  readonly replayable?: boolean;
}

export interface ChannelRequest {
  readonly method: string;
  readonly host: string;
  readonly port: number;
  /** Path and query. */
  readonly target: string;
  readonly headers: readonly (readonly [string, string])[];
  readonly body: Uint8Array | null;
  /** The body where it is not held whole; `body` is null then. Only given to a transport that `streams`. */
  readonly stream?: StreamedBody;
  readonly policy: ChannelPolicy;
  readonly abort: AbortHandle;
}

export interface ChannelResponse {
  readonly status: number;
  readonly headers: readonly (readonly [string, string])[];
  readonly body: AsyncIterable<Uint8Array>;
}

/** `channel_refused`: the peer did not prove itself as the manifest demands, nothing of the request was sent. `network`: no answer. `aborted`: the caller gave up. */
export type ChannelErrorCode = "channel_refused" | "network" | "aborted";

export class ChannelError extends Error {
  readonly code: ChannelErrorCode;
  constructor(code: ChannelErrorCode, message: string) {
    super(message);
    this.name = "ChannelError";
    this.code = code;
  }
}

/** Sends one request over TLS held to the policy. Never follows a redirect, never adds a header but Host and framing. */
export interface ChannelTransport {
  /** True where it sends `stream` as it comes. Without it the agent holds every body whole. */
  readonly streams?: boolean;
  send(request: ChannelRequest): Promise<ChannelResponse>;
}

/** The opening of a WebSocket: a GET with these headers; those of the handshake itself are the transport's. */
export interface SocketRequest {
  readonly host: string;
  readonly port: number;
  /** Path and query. */
  readonly target: string;
  readonly headers: readonly (readonly [string, string])[];
  /** Subprotocols, in the app's order. */
  readonly protocols: readonly string[];
  readonly policy: ChannelPolicy;
  /** Set where it goes to the service, or its broker, whose connections are `ServiceTransport`'s to hold; `plain` is `ws`, on this very machine. */
  readonly service?: "tls" | "plain";
  readonly abort: AbortHandle;
}

/** What an open connection tells: any number of messages, then one end. */
export interface SocketListener {
  message(data: string | Uint8Array): void;
  closed(end: { readonly code: number; readonly reason: string; readonly wasClean: boolean }): void;
}

export interface ChannelSocket {
  /** The subprotocol the server took; empty where none. */
  readonly protocol: string;
  readonly extensions: string;
  /** Bytes that were given and are not written yet. */
  bufferedAmount(): number;
  send(data: string | Uint8Array): void;
  close(code?: number, reason?: string): void;
}

/** WebSockets over TLS held to the policy. Rejects with `ChannelError`; follows no redirect. */
export interface SocketTransport {
  /** False where the platform sends no header of the caller's in an opening: a browser. */
  readonly sendsHeaders: boolean;
  /** The channels it can hold a connection to. */
  readonly channels: readonly ChannelPolicy["channel"][];
  /** The listener may be called as soon as the connection is up, before the promise's own callbacks run. */
  open(request: SocketRequest, listener: SocketListener): Promise<ChannelSocket>;
}

/** What the manifest says of the connections to one API. */
export interface HostChannel {
  readonly host: string;
  readonly port: number;
  readonly policy: ChannelPolicy;
}

/** Holds connections of the app to the manifest that the agent does not carry itself: those of its native code. */
export interface ChannelHolder {
  /** Every API's channel, whole: what was said before counts no more. */
  hold(channels: readonly HostChannel[]): Promise<void>;
}

/** Everything the core is given. */
export interface AgentPorts {
  readonly app: AppClaims;
  readonly keys: NativeKeys;
  readonly detectors: Detectors;
  readonly randomness: Randomness;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly storage: Storage;
  readonly service: ServiceTransport;
  readonly channel: ChannelTransport;
  /** Without it a WebSocket to an API whose channel is not `system` is refused. */
  readonly sockets?: SocketTransport;
  /** Called with each manifest that was verified, from storage or the service. Where it fails the log says so, and the agent goes on. */
  readonly channels?: ChannelHolder;
  /** Asked on Android alone. */
  readonly play?: PlayIntegrity;
}
