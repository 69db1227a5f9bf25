import { createHash, createPrivateKey } from "node:crypto";
import type { AppAttestReceipts, DeviceCheck, RecordStore, Vault } from "../../domain/ports/index.ts";
import { openVendorValue } from "../../domain/vendors/vendor-credential.ts";
import { createAppAttestReceipts } from "./app-attest-receipts.ts";
import { createDeveloperTokens } from "./developer-token.ts";
import { createDeviceCheck } from "./device-check.ts";

/** Origins in place of Apple's, by service and environment. */
export interface AppleOrigins {
  readonly receipts: Readonly<Record<"production" | "development", string>>;
  readonly deviceCheck: Readonly<Record<"production" | "development", string>>;
}

/** Apple's servers as a project may call them; null where its operator gave no key. */
export interface AppleServers {
  of(project: string): Promise<{ readonly receipts: AppAttestReceipts; readonly deviceCheck: DeviceCheck } | null>;
}

export interface AppleServersDeps {
  readonly store: Pick<RecordStore, "vendorCredentials">;
  readonly vault: Vault;
  readonly nowMs: () => number;
  readonly origins?: AppleOrigins;
}

/** One developer token per project and key is shared by all calls: Apple objects to a new one for each. */
export function createAppleServers({ store, vault, nowMs, origins }: AppleServersDeps): AppleServers {
  const tokens = new Map<string, { readonly key: string; readonly token: () => string }>();
  const tokenOf = (project: string, key: { teamId: string; keyId: string; privateKey: string }): (() => string) => {
    const name = createHash("sha256").update(JSON.stringify(key)).digest("hex");
    const held = tokens.get(project);
    if (held?.key === name) return held.token;
    const token = createDeveloperTokens({ ...key, privateKey: createPrivateKey(key.privateKey) }, nowMs);
    tokens.set(project, { key: name, token });
    return token;
  };
  return {
    of: async (project) => {
      const key = await openVendorValue({ store, vault }, project, "apple-devicecheck");
      if (key === null) return null;
      const token = tokenOf(project, key);
      return {
        receipts: createAppAttestReceipts({ token, ...(origins && { origins: origins.receipts }) }),
        deviceCheck: createDeviceCheck({ token, nowMs, ...(origins && { origins: origins.deviceCheck }) }),
      };
    },
  };
}
