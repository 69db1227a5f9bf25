import type { Enveloped, Vault } from "../ports/index.ts";

/** Whose receipt it is: an envelope opens in no other row. */
interface Owner {
  readonly project: string;
  readonly instance: string;
}

const contextOf = ({ project, instance }: Owner): readonly string[] => ["app-attest-receipt", project, instance];

export function sealReceipt(vault: Vault, owner: Owner, receipt: Uint8Array): Enveloped {
  return vault.seal(receipt, contextOf(owner));
}

export function openReceipt(vault: Vault, owner: Owner, sealed: Enveloped): Uint8Array {
  return vault.open(sealed, contextOf(owner)).reveal();
}
