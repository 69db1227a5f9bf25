import { randomUUID } from "node:crypto";
import { parseStrictJson } from "@countersign/protocol";
import type {
  DeviceBits,
  DeviceCheck,
  DeviceCheckEnvironment,
  DeviceCheckRefusal,
} from "../../domain/ports/device-check.ts";
import { type AppleAnswer, callApple } from "./call-apple.ts";

export interface DeviceCheckOptions {
  /** Gives the developer token of a call. */
  readonly token: () => string;
  readonly nowMs: () => number;
  /** Origins in place of Apple's. */
  readonly origins?: Readonly<Record<DeviceCheckEnvironment, string>>;
  /** Default 10 s. */
  readonly timeoutMs?: number;
}

/** https://developer.apple.com/documentation/devicecheck/accessing-and-modifying-per-device-data */
const appleOrigins = {
  production: "https://api.devicecheck.apple.com",
  development: "https://api.development.devicecheck.apple.com",
} as const;

const defaultRetrySeconds = 60;

/** What Apple answers with status 200, as plain text, where the bits of a device were never set. */
const neverSet = "Failed to find bit state";

/** DeviceCheck over HTTPS. Its answers are JSON in one case and plain text in all others: the text decides, by what it holds. */
export function createDeviceCheck(options: DeviceCheckOptions): DeviceCheck {
  const origins = options.origins ?? appleOrigins;
  const call = async (
    operation: string,
    environment: DeviceCheckEnvironment,
    members: Readonly<Record<string, string | boolean>>,
  ): Promise<AppleAnswer | null> =>
    callApple({
      url: `${origins[environment]}/v1/${operation}`,
      authorization: `Bearer ${options.token()}`,
      contentType: "application/json",
      body: JSON.stringify({ ...members, transaction_id: randomUUID(), timestamp: options.nowMs() }),
      timeoutMs: options.timeoutMs ?? 10_000,
    });
  return {
    validate: async (token, environment) => {
      const answer = await call("validate_device_token", environment, { device_token: token });
      return answer?.status === 200 ? { status: "valid" } : toRefusal(answer);
    },
    query: async (token, environment) => {
      const answer = await call("query_two_bits", environment, { device_token: token });
      if (answer?.status !== 200) return toRefusal(answer);
      if (answer.text.includes(neverSet)) return { status: "never_set" };
      const bits = toBits(answer.text);
      return bits === null ? { status: "unavailable" } : { status: "set", bits };
    },
    update: async (token, environment, { bit0, bit1 }) => {
      const answer = await call("update_two_bits", environment, { device_token: token, bit0, bit1 });
      return answer?.status === 200 ? { status: "updated" } : toRefusal(answer);
    },
  };
}

function toRefusal(answer: AppleAnswer | null): DeviceCheckRefusal {
  if (answer === null) return { status: "unavailable" };
  switch (answer.status) {
    case 400:
      return { status: /device token/i.test(answer.text) ? "token_refused" : "request_refused" };
    case 401:
    case 403:
      return { status: "unauthorized" };
    case 429:
      return { status: "slow_down", retryAfterSeconds: answer.retryAfterSeconds ?? defaultRetrySeconds };
    default:
      return { status: "unavailable" };
  }
}

function toBits(text: string): DeviceBits | null {
  const json = parseStrictJson(text, { maxBytes: 4096 });
  if (!json.ok || typeof json.value !== "object" || json.value === null) return null;
  const members = new Map<string, unknown>(Object.entries(json.value));
  const [bit0, bit1, lastUpdate] = [members.get("bit0"), members.get("bit1"), members.get("last_update_time") ?? null];
  if (typeof bit0 !== "boolean" || typeof bit1 !== "boolean") return null;
  if (lastUpdate !== null && (typeof lastUpdate !== "string" || !/^\d{4}-\d{2}$/.test(lastUpdate))) return null;
  return { bit0, bit1, lastUpdate };
}
