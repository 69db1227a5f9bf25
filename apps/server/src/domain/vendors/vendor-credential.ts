import { parseStrictJson } from "@countersign/protocol";
import type { RecordStore, Vault, VendorKind } from "../ports/index.ts";
import { parseAppleDeviceCheckKey } from "./apple-device-check.ts";
import { parseGooglePlayKeys } from "./google-play-keys.ts";
import { parseGoogleServiceAccount } from "./google-service-account.ts";

/** Reads what an operator gave, or what was kept, into its one form; null for anything else. */
type Parse<T> = (value: unknown) => T | null;

/** Every kind of credential with its parser. A further vendor is a line here, and its kind in `VendorKind`. */
export const vendorKinds = {
  "google-play": parseGoogleServiceAccount,
  "google-play-keys": parseGooglePlayKeys,
  "apple-devicecheck": parseAppleDeviceCheckKey,
} as const satisfies Record<VendorKind, Parse<object>>;

export type VendorValue<Kind extends VendorKind> = NonNullable<ReturnType<(typeof vendorKinds)[Kind]>>;

/** True where `kind` is one of the list. */
export function isVendorKind(kind: string): kind is VendorKind {
  return Object.hasOwn(vendorKinds, kind);
}

const contextOf = (project: string, kind: VendorKind): readonly string[] => ["vendor", project, kind];

/** The value enveloped for its project and kind: it opens in no other row. */
export function sealVendorValue(vault: Vault, project: string, kind: VendorKind, value: object): string {
  return vault.seal(Buffer.from(JSON.stringify(value)), contextOf(project, kind));
}

/** A project's credential of a kind, opened; null where it has none. */
export async function openVendorValue<Kind extends VendorKind>(
  deps: { readonly store: Pick<RecordStore, "vendorCredentials">; readonly vault: Vault },
  project: string,
  kind: Kind,
): Promise<VendorValue<Kind> | null> {
  const held = await deps.store.vendorCredentials.get(project, kind);
  if (held === null) return null;
  const bytes = deps.vault.open(held.value, contextOf(project, kind)).reveal();
  const json = parseStrictJson(bytes, { maxBytes: bytes.length });
  const parse: Parse<unknown> = vendorKinds[kind];
  const value = json.ok ? parse(json.value) : null;
  if (value === null) throw new TypeError("a kept vendor credential is of its kind's form");
  return value as VendorValue<Kind>;
}
