import type { AppClaims, Detectors, EnrolledKey, NativeKeys, NativeProof, Signal } from "@countersign/client";

/** A phone or browser in software, and what an attacker who owns it can do beyond what its maker meant. */
export interface VirtualDevice {
  /** For people: "iPhone, iOS 27". */
  readonly name: string;
  readonly app: AppClaims;
  readonly keys: NativeKeys;
  readonly detectors: Detectors;
  /** Plants a signal: the device's detectors report it from now on. */
  see(signal: Signal): void;
  readonly evil: AttackerHandles;
}

/** What a real device's hardware does not hand out. */
export interface AttackerHandles {
  /** Forgets planted signals, as if the hooked process had been started anew. */
  clearSignals(): void;
  /** Signs chosen bytes with a device key: the check of `use` and project that native code makes is skipped. */
  prove(alias: string, use: "enrol" | "session", statement: Uint8Array): NativeProof;
  /** The App Attest counter of the last assertion; iPhones only. */
  counter(alias: string): number;
  /** Sets the counter, as a cloned key would; iPhones only. */
  setCounter(alias: string, counter: number): void;
  /** The next `enrol` fails as if the vendor were away: the half-made key's alias is in the error. */
  failNextEnrolment(): void;
  /**
   * Pixels only: takes a genuine chain of another app on this device and signs with its attested key a certificate of the attacker's own,
   * which claims the registered package. The instance key is a software key in the attacker's hands.
   */
  extendChain(challenge: Uint8Array): EnrolledKey;
  /**
   * Pixels only: the certificates, leaf first, that the device's keystore would give for a key of which only this public half is known here (DER
   * SubjectPublicKeyInfo, P-256): for native code that keeps its keys elsewhere and has no phone.
   */
  attest(spki: Uint8Array, challenge: Uint8Array): readonly Uint8Array[];
}
