import { type Configuration, parseConfigurationString } from "@countersign/protocol";
import { isBrokerCredential } from "../domain/brokers/broker-credential.ts";

/** What a broker that stands alone is started with: its credential, and what it knows its project's service by. */
export interface BrokerIdentity {
  readonly credential: string;
  readonly configuration: Configuration;
}

/** Reads what `countersign broker add` printed: the credential, `~`, and the configuration string. Null for anything else. */
export function parseBrokerCredential(text: string): BrokerIdentity | null {
  const [credential = "", ...rest] = text.trim().split("~");
  const configuration = parseConfigurationString(rest.join("~"));
  return isBrokerCredential(credential) && configuration.ok ? { credential, configuration: configuration.value } : null;
}
