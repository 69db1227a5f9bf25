import type { StatementAsks } from "../wire/draft-statement.ts";
import type { AttackLab } from "./lab.ts";

/** What an attacker asks for: everything. */
export function everySecret(lab: AttackLab): StatementAsks {
  return { tokens: [], secrets: lab.secrets, clientAttestations: [] };
}
