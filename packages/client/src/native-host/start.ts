import { decodeBase64url } from "@countersign/protocol";
import type { AgentOptions } from "../agent-api.ts";
import type { NativeIdentity } from "../native/index.ts";
import { textOf, truthOf } from "./members.ts";

/** What `start` takes, as JSON. */
export interface Start {
  /** `cs1~…` or `csd1~…` */
  readonly configuration: string;
  /** The app's id in the project, as registered with `app add`. */
  readonly app: string;
  readonly identity: NativeIdentity;
  /** Whether `playToken` may be called: the app brings Google's library. */
  readonly play: boolean;
  readonly options: AgentOptions;
}

function identityOf(value: unknown): NativeIdentity {
  const platform = textOf(value, "platform");
  if (platform !== "ios" && platform !== "android") throw new TypeError("platform is ios or android");
  const { bundle } = value as { readonly bundle?: unknown };
  const isHash = typeof bundle === "string" && decodeBase64url(bundle, 32) !== null;
  if (bundle !== null && !isHash) throw new TypeError("bundle is null or b64u of 32 bytes");
  return { platform, version: textOf(value, "version"), build: textOf(value, "build"), bundle: isHash ? bundle : null };
}

/** @throws TypeError names the member that is not what it must be. */
export function startOf(value: unknown): Start {
  const { identity, developmentKey } = (value ?? {}) as Readonly<Record<string, unknown>>;
  return {
    configuration: textOf(value, "configuration"),
    app: textOf(value, "app"),
    identity: identityOf(identity),
    play: truthOf(value, "play", false),
    options: {
      watch: truthOf(value, "watch", true),
      ...(developmentKey === undefined ? {} : { developmentKey: textOf(value, "developmentKey") }),
    },
  };
}
