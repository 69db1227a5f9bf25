import { toHex } from "@countersign/asn1";
import type { KeyDescription } from "./key-description.ts";
import type { AndroidFindings } from "./rules.ts";

/** Lock and boot state, from the hardware-enforced list alone: the software list is the operating system's own word. */
export function checkBoot(
  findings: AndroidFindings,
  { hardwareEnforced }: KeyDescription,
  verifiedBootKeys: readonly string[],
): void {
  const root = hardwareEnforced.rootOfTrust;
  const present = findings.judge(
    "root_of_trust",
    root !== undefined,
    "in the hardware-enforced list",
    root ? "there" : "absent",
  );
  if (!present || root === undefined) return;

  findings.judge("bootloader", root.deviceLocked, "locked", root.deviceLocked ? "locked" : "unlocked");

  const { verifiedBootState: state } = root;
  const bootKey = toHex(root.verifiedBootKey);
  const acceptable = state === "VERIFIED" || state === "SELF_SIGNED";
  findings.judge("boot_state", acceptable, "VERIFIED, or SELF_SIGNED with an allowed boot key", state);
  if (state !== "SELF_SIGNED") findings.waive("boot_key", null, bootKey);
  else {
    const allowed = verifiedBootKeys.some((key) => key.toLowerCase() === bootKey);
    findings.judge(
      "boot_key",
      allowed,
      () => verifiedBootKeys.join(" or ") || "an allowed boot key, but none is",
      bootKey,
    );
  }
}
