import { type KeyRule, key } from "./key-rule.ts";

const own = (prefix: string, kind: string, advice: string): KeyRule => ({
  id: `countersign-${prefix.slice(0, -1)}`,
  kind,
  severity: "secret",
  anchors: [prefix],
  pattern: key`${prefix}[A-Za-z0-9_-]{43}`,
  remove: true,
  advice,
});

/** What Countersign itself hands to operators, backends and CI: none of it belongs in an app. */
export const ownKeyRules: readonly KeyRule[] = [
  own(
    "csa_",
    "Countersign administrator token",
    "Take it out and remove the administrator: countersign admin remove NAME.",
  ),
  own("csb_", "Countersign bootstrap token", "Take it out; it buys the first administrator of a service."),
  own("csv_", "Countersign verifier credential", "It is a backend's: countersign verifier remove NAME, and a new one."),
  own("csk_", "Countersign broker credential", "It is a broker's: countersign broker remove NAME, and a new one."),
  own(
    "csd_",
    "Countersign development key",
    "It is for simulators and CI, never for a build: countersign devkey revoke NAME.",
  ),
];
