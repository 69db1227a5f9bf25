import type { AppClaims, ChannelErrorCode, ChannelPolicy, Evidence, NativeKeyErrorCode, Signal } from "../ports.ts";

/**
 * What the native half of the agent offers its JavaScript half, over whatever bridge there is: React Native's modules, Capacitor's plugins. Every call
 * takes one object and gives one, both plain JSON; bytes are b64u. A call that cannot be done rejects with an object whose `code` is one
 * of `NativeFailureCode`; anything else counts as `unavailable` (keys) or `network` (connections). Nothing here signs chosen bytes: each
 * proof is a call of its own, whose prefix, header and key the native half writes itself (protocol section 14).
 */
export interface NativeBridge extends NativeKeyCalls, NativeStoreCalls, NativeExchangeCalls, NativeSocketCalls {
  /** What ran, with its revision, and what it saw since the process began. */
  observe(): Promise<NativeObservation>;
  /**
   * What the signed manifest says of every API's channel, whole, replacing what was said before: for connections of the app that the agent does not carry itself.
   * The native half stores it, so that a connection made before JavaScript runs is held to the last that was known.
   */
  holdChannels(of: { readonly channels: readonly NativeHostChannel[] }): Promise<unknown>;
}

export type NativeFailureCode = NativeKeyErrorCode | ChannelErrorCode;

/** What the native half says of itself, once, before anything else. */
export interface NativeIdentity {
  readonly platform: "ios" | "android";
  readonly version: AppClaims["version"];
  readonly build: AppClaims["build"];
  /**
   * b64u SHA-256 of the file that the JavaScript was loaded from, as the native half finds it there: the one that the app was built with, or an updater's, by the
   * place that React Native loaded it from (Expo's module on iOS: always the one that the app was built with). Null where it was not measured, as with a development server. A claim: code in the process can change what is measured,
   * and the service judges nothing by it.
   */
  readonly bundle: string | null;
}

export interface NativeObservation {
  readonly detectors: Readonly<Record<string, number>>;
  readonly seen: readonly Signal[];
}

interface OfKey {
  readonly alias: string;
}

interface OfRequest extends OfKey {
  readonly nonce: string;
}

export interface NativeKeyCalls {
  /** Makes the key of this alias, or goes on with one that is half made, and the platform's evidence for it over the challenge. */
  enrol(of: OfKey & { readonly project: string; readonly challenge: string }): Promise<{
    readonly instanceKey: string;
    readonly attestedKey: string;
    readonly evidence: readonly Evidence[];
  }>;
  prove(of: OfKey & { readonly project: string; readonly statement: string }): Promise<{
    readonly assertion?: string | null;
    readonly signature?: string | null;
  }>;
  provePrevious(of: OfKey & { readonly project: string; readonly statement: string }): Promise<{
    readonly signature: string;
  }>;
  dpop(
    of: OfKey & {
      readonly method: string;
      readonly url: string;
      readonly token: string | null;
      readonly nonce: string | null;
      readonly iat: number;
      readonly jti: string;
    },
  ): Promise<{ readonly proof: string }>;
  httpSignature(
    of: OfRequest & {
      readonly method: string;
      readonly targetUri: string;
      readonly contentDigest: string | null;
      readonly header: { readonly name: string; readonly value: string } | null;
      readonly created: number;
    },
  ): Promise<{ readonly signatureInput: string; readonly signature: string }>;
  clientAttestationProof(
    of: OfKey & {
      readonly audience: string;
      readonly challenge: string | null;
      readonly iat: number;
      readonly jti: string;
    },
  ): Promise<{ readonly proof: string }>;
  forget(of: OfKey): Promise<unknown>;
}

/** This-device-only storage, excluded from backup. */
export interface NativeStoreCalls {
  read(of: { readonly name: string }): Promise<{ readonly value: string | null }>;
  write(of: { readonly name: string; readonly value: string }): Promise<unknown>;
  remove(of: { readonly name: string }): Promise<unknown>;
}

/** A request as it is to be written, to the letter: no redirect, no cookie, no cache, no header but `Host` and framing added. */
export interface NativeExchangeRequest {
  /** Names the exchange in later calls: chosen here, never used twice in a process. */
  readonly exchange: string;
  /** False for plain http, which is spoken to a development service on this very device alone. */
  readonly secure: boolean;
  readonly host: string;
  readonly port: number;
  readonly target: string;
  readonly method: string;
  readonly headers: readonly (readonly [string, string])[];
  /** b64u; null where there is none, or where it comes by `upload`. */
  readonly body: string | null;
  /** Whether the body comes by `upload`; `length` is its bytes, where known. */
  readonly upload: { readonly length: number | null } | null;
  readonly policy: NativePolicy;
}

export interface NativePolicy extends Omit<ChannelPolicy, "roots"> {
  /** b64u DER certificates. */
  readonly roots: readonly string[];
}

export interface NativeHostChannel {
  readonly host: string;
  readonly port: number;
  /** Channel `pins` without a pin lets nothing pass. */
  readonly policy: NativePolicy;
}

/**
 * Connections, held natively to their policy: nothing of a request is written before the peer has proved itself. Pieces are asked for one at a time, so
 * that a slow reader slows the peer.
 */
export interface NativeExchangeCalls {
  send(request: NativeExchangeRequest): Promise<{
    readonly status: number;
    readonly headers: readonly (readonly [string, string])[];
  }>;
  /** The next piece of the answer, b64u; null at its end. Rejects where it was cut. */
  receive(of: { readonly exchange: string }): Promise<{ readonly piece: string | null }>;
  /** The next piece of the request's body; null at its end. Resolves when more may come. */
  upload(of: { readonly exchange: string; readonly piece: string | null }): Promise<unknown>;
  /** Ends an exchange at any point, and its connection with it; one that is over is ignored. */
  abandon(of: { readonly exchange: string }): Promise<unknown>;
}

export type NativeSocketEvent =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "bytes"; readonly bytes: string }
  | { readonly kind: "closed"; readonly code: number; readonly reason: string; readonly wasClean: boolean };

export interface NativeSocketCalls {
  openSocket(request: {
    readonly socket: string;
    /** As of an exchange: false for a development service or broker on this very device alone. */
    readonly secure: boolean;
    readonly host: string;
    readonly port: number;
    readonly target: string;
    readonly headers: readonly (readonly [string, string])[];
    readonly protocols: readonly string[];
    readonly policy: NativePolicy;
  }): Promise<{ readonly protocol: string; readonly extensions: string }>;
  /** What comes next; after `closed` nothing does. */
  nextOfSocket(of: { readonly socket: string }): Promise<NativeSocketEvent>;
  /** Written in the order in which it was asked, whatever was answered by then, and before the end that `closeSocket` asks for after it. Resolves when it was written. */
  sendToSocket(of: { readonly socket: string; readonly text?: string; readonly bytes?: string }): Promise<unknown>;
  closeSocket(of: { readonly socket: string; readonly code: number | null; readonly reason: string }): Promise<unknown>;
}
