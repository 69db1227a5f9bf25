import type { VendorCredential } from "../ports/index.ts";
import { isVendorKind, sealVendorValue, vendorKinds } from "../vendors/vendor-credential.ts";
import type { Actor, AdminContext } from "./admin-context.ts";
import { audited, projectOf } from "./admin-context.ts";
import { AdminError, invalidInput } from "./admin-error.ts";

/** A vendor credential as operators see it: never its value, which no use case gives back. */
export type VendorView = Pick<VendorCredential, "kind" | "updatedAtMs">;

/** What each kind must hold, for the one who gave something else. */
const forms: Readonly<Record<VendorCredential["kind"], string>> = {
  "google-play": "Give a Google service account's JSON key file: client_email and an RSA private_key.",
  "google-play-keys":
    'Give the response keys from the Play Console as {"PACKAGE": {"decryptionKey": "…", "verificationKey": "…"}}.',
  "apple-devicecheck":
    'Give a key for DeviceCheck as {"teamId": "…", "keyId": "…", "privateKey": "…"}: two ids of ten characters, and the text of the .p8 file.',
};

const toView = ({ kind, updatedAtMs }: VendorCredential): VendorView => ({ kind, updatedAtMs });

function toKind(text: string): VendorCredential["kind"] {
  if (isVendorKind(text)) return text;
  throw new AdminError("not_found", `There is no such kind. The kinds are ${Object.keys(vendorKinds).join(", ")}.`);
}

export async function listVendors(context: AdminContext, projectId: string): Promise<readonly VendorView[]> {
  const project = await projectOf(context, projectId);
  return (await context.store.vendorCredentials.list(project.id)).map(toView);
}

/** Sets what the service calls a vendor with, in place of what was set before. */
export async function setVendor(
  context: AdminContext,
  actor: Actor,
  projectId: string,
  kindName: string,
  value: unknown,
): Promise<VendorView> {
  const project = await projectOf(context, projectId);
  const kind = toKind(kindName);
  const parsed = vendorKinds[kind](value);
  if (parsed === null) throw invalidInput("", forms[kind]);
  const credential: VendorCredential = {
    project: project.id,
    kind,
    value: sealVendorValue(context.vault, project.id, kind, parsed),
    updatedAtMs: context.nowMs(),
  };
  await context.store.vendorCredentials.put(credential);
  await audited(context, actor, project.id, "vendor.set", kind);
  return toView(credential);
}

export async function removeVendor(
  context: AdminContext,
  actor: Actor,
  projectId: string,
  kindName: string,
): Promise<void> {
  const project = await projectOf(context, projectId);
  const kind = toKind(kindName);
  if (!(await context.store.vendorCredentials.remove(project.id, kind))) {
    throw new AdminError("not_found", "This project has no such credential. `countersign vendor list` shows its own.");
  }
  await audited(context, actor, project.id, "vendor.remove", kind);
}
