import type { EnrolledKey, NativeProof, Signal } from "@countersign/client";
import { base64url } from "../encoding/bytes.ts";
import type { VirtualDevice } from "../virtual-device.ts";
import { type DevelopmentItem, statementHash } from "../wire/bindings.ts";
import { readConfiguration } from "../wire/configuration.ts";
import { asksNothing, draftStatement, type StatementAsks } from "../wire/draft-statement.ts";
import { toSessionKey } from "../wire/open-seal.ts";
import { type Exchange, type Prepared, type RawAnswer, randomness } from "./exchange.ts";

/** What one statement says other than by default. */
export interface StatementChoice {
  /** Default: the continuing challenge at hand, else a fresh open one. */
  readonly challenge?: Uint8Array;
  /** Default: nothing. */
  readonly asks?: StatementAsks;
  /** Default: what the device's detectors see. */
  readonly seen?: readonly Signal[];
}

/** An instance driven by hand: a script with a device's key operations at its disposal. */
export interface RawInstance {
  /** Makes key, evidence and statement, without sending them. */
  prepareEnrolment(choice?: StatementChoice): Promise<Prepared>;
  prepareSession(choice?: StatementChoice): Promise<Prepared>;
  /** Prepares, sends and keeps what the answer brought. */
  enrol(choice?: StatementChoice): Promise<RawAnswer>;
  session(choice?: StatementChoice): Promise<RawAnswer>;
  /** The key in use. A TypeError before the first enrolment. */
  key(): EnrolledKey;
  /** The credential of the last session. A TypeError before it. */
  credential(): string;
}

export interface RawInstanceOptions {
  readonly configuration: string;
  readonly device: VirtualDevice;
  readonly exchange: Exchange;
  /** How key and evidence are made. Default: as the device does it. */
  readonly makeKey?: (challenge: Uint8Array) => Promise<EnrolledKey>;
  /** Makes the evidence of a development key over an enrolment's statement, in place of the device's. Default: the device's is sent. */
  readonly development?: (statement: Uint8Array) => DevelopmentItem;
  /** Makes a Play Integrity token bound to an enrolment's statement: b64u of its hash. Default: none is sent. */
  readonly playToken?: (binding: string) => string;
}

export function createRawInstance(options: RawInstanceOptions): RawInstance {
  const { device, exchange } = options;
  const configuration = readConfiguration(options.configuration);
  const makeKey = options.makeKey ?? ((challenge) => device.keys.enrol(challenge));
  let held: EnrolledKey | null = null;
  let credential: string | null = null;
  let continuing: Uint8Array | null = null;

  const key = (): EnrolledKey => {
    if (held === null) throw new TypeError("this instance has not enrolled");
    return held;
  };
  const heldCredential = (): string => {
    if (credential === null) throw new TypeError("this instance holds no credential");
    return credential;
  };

  const prepare = async (
    use: "enrol" | "session",
    challenge: Uint8Array,
    choice: StatementChoice,
  ): Promise<Omit<Prepared, "path"> & { readonly proof: NativeProof }> => {
    const sessionKey = toSessionKey(randomness(32));
    const observed = await device.detectors.observe();
    const statement = draftStatement({
      configuration,
      use,
      challenge,
      platform: device.keys.platform,
      app: device.app,
      attestedKey: key().attestedKey,
      instanceKey: key().instanceKey,
      sessionKey: sessionKey.publicKey,
      detectors: observed.detectors,
      seen: choice.seen ?? observed.seen,
      asks: choice.asks ?? asksNothing,
    });
    const proof = device.evil.prove(key().alias, use, statement);
    const body = { v: 1, statement: base64url(statement), proof: wireProof(proof) };
    return { body, statement, sessionKey, proof };
  };

  const prepareEnrolment = async (choice: StatementChoice = {}): Promise<Prepared> => {
    const challenge = choice.challenge ?? (await exchange.challenge(configuration.project));
    held = await makeKey(challenge);
    const { body, statement, sessionKey } = await prepare("enrol", challenge, choice);
    const token = options.playToken?.(base64url(statementHash(statement)));
    const own = options.development === undefined ? held.evidence : [options.development(statement)];
    const evidence = [...own, ...(token === undefined ? [] : [{ type: "play", token }])];
    return { path: "/v1/instances", body: { ...body, evidence }, statement, sessionKey };
  };

  const prepareSession = async (choice: StatementChoice = {}): Promise<Prepared> => {
    const challenge = choice.challenge ?? continuing ?? (await exchange.challenge(configuration.project));
    const { body, statement, sessionKey } = await prepare("session", challenge, choice);
    return { path: "/v1/sessions", body: { ...body, credential: heldCredential() }, statement, sessionKey };
  };

  const send = async (prepared: Prepared): Promise<RawAnswer> => {
    const answer = await exchange.send(prepared);
    continuing = answer.challenge ?? continuing;
    credential = answer.session?.credential ?? credential;
    return answer;
  };

  return {
    prepareEnrolment,
    prepareSession,
    enrol: async (choice) => send(await prepareEnrolment(choice)),
    session: async (choice) => send(await prepareSession(choice)),
    key,
    credential: heldCredential,
  };
}

/** A proof as it travels. */
export function wireProof(proof: NativeProof): Readonly<Record<string, string>> {
  return {
    ...(proof.assertion === undefined ? {} : { assertion: base64url(proof.assertion) }),
    ...(proof.signature === undefined ? {} : { signature: base64url(proof.signature) }),
  };
}
