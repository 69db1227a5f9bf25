import { type Configuration, parseConfigurationString } from "@countersign/protocol";
import { type BrokerKey, parseBrokerKey } from "../domain/brokers/broker-credential.ts";

/** What a broker that stands alone is started with: its key, and what it knows its project's service by. */
export interface BrokerIdentity {
  readonly key: BrokerKey;
  readonly configuration: Configuration;
}

/** Reads what `countersign broker add` printed: the credential, `~`, and the configuration string. Null for anything else. */
export function parseBrokerCredential(text: string): BrokerIdentity | null {
  const [credential = "", ...rest] = text.trim().split("~");
  const key = parseBrokerKey(credential);
  const configuration = parseConfigurationString(rest.join("~"));
  return key !== null && configuration.ok ? { key, configuration: configuration.value } : null;
}
