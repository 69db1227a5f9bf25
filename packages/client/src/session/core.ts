import type { Configuration } from "@countersign/protocol";
import type { AgentClock } from "../clock/agent-clock.ts";
import type { DevelopmentKey } from "../enrolment/development-key.ts";
import type { DeviceKeys } from "../enrolment/device-keys.ts";
import type { InstanceStore } from "../enrolment/instance-store.ts";
import type { AgentPorts, Randomness } from "../ports.ts";
import type { Observation } from "../signals/signals.ts";
import type { Asks } from "../statement/asks.ts";
import type { TrustStore } from "../trust/trust-store.ts";
import type { Exchange } from "./exchange.ts";

/** The parts that rounds work with, made once per agent. */
export interface Core {
  readonly configuration: Configuration;
  readonly ports: AgentPorts;
  /** For the masks of values in memory, and nothing else. */
  readonly masks: Randomness;
  readonly clock: AgentClock;
  readonly trust: TrustStore;
  readonly instance: InstanceStore;
  readonly keys: DeviceKeys;
  /** What enrolments prove themselves with instead of a platform's evidence; null: with that. */
  readonly development: DevelopmentKey | null;
  readonly exchange: Exchange;
  readonly asks: Asks;
  /** Observes, and has wiped everything held before it resolves where a severe signal is new. */
  observe(): Promise<Observation>;
  /** A verified answer came to a statement that carried this observation. */
  settle(observation: Observation): void;
  /** An answer in the service's name did not verify. */
  untrusted(): void;
  /** The app went to the background: no statement is made. */
  inBackground(): boolean;
  /** Rises with every wipe: an answer to a statement made before is not installed. */
  wipes(): number;
}
