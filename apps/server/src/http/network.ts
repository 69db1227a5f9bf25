import { createHmac, randomBytes } from "node:crypto";
import { isIPv4, isIPv6 } from "node:net";

const dayMs = 86_400_000;

/**
 * Names networks for budgets: an IPv4 address, or the /64 of an IPv6 one, as a hash under a key that is made anew each day and held in
 * memory alone. Nothing downstream sees an address.
 */
export function createNetworkNames(clock: { nowMs(): number }): (address: string) => string {
  let key = randomBytes(32);
  let day = Math.floor(clock.nowMs() / dayMs);
  return (address) => {
    const today = Math.floor(clock.nowMs() / dayMs);
    if (today !== day) {
      key = randomBytes(32);
      day = today;
    }
    return createHmac("sha256", key).update(networkOf(address)).digest("base64url").slice(0, 22);
  };
}

/** The network of an address: itself for IPv4 (also inside IPv6: mapped, or NAT64 of RFC 6052), the first 64 bits for IPv6. */
export function networkOf(address: string): string {
  const bare = address.split("%")[0] ?? "";
  if (!isIPv6(bare)) return address;
  const groups = groupsOf(bare.toLowerCase());
  const prefix = groups
    .slice(0, 6)
    .map((group) => group.toString(16))
    .join(":");
  if (prefix === "0:0:0:0:0:ffff" || prefix === "64:ff9b:0:0:0:0") {
    return groups
      .slice(6)
      .flatMap((group) => [group >> 8, group & 255])
      .join(".");
  }
  return groups
    .slice(0, 4)
    .map((group) => group.toString(16))
    .join(":");
}

/** An address as it is written in a token: an IPv4 one inside IPv6 as itself, without a zone. Null where it is none. */
export function addressOf(address: string): string | null {
  const bare = address.split("%")[0] ?? "";
  if (isIPv4(bare)) return bare;
  if (!isIPv6(bare)) return null;
  const network = networkOf(bare);
  return isIPv4(network) ? network : bare.toLowerCase();
}

/** The eight groups of a valid IPv6 address. */
function groupsOf(address: string): readonly number[] {
  const dotted = /^(.*:)(\d+)\.(\d+)\.(\d+)\.(\d+)$/.exec(address);
  const [, start = "", a = "0", b = "0", c = "0", d = "0"] = dotted ?? [];
  const text = dotted === null ? address : `${start}${toGroup(a, b)}:${toGroup(c, d)}`;
  const [head = "", tail] = text.split("::");
  const left = head === "" ? [] : head.split(":");
  const right = tail === undefined || tail === "" ? [] : tail.split(":");
  const zeros = Array.from({ length: Math.max(0, 8 - left.length - right.length) }, () => "0");
  return [...left, ...zeros, ...right].map((group) => Number.parseInt(group, 16));
}

function toGroup(high: string, low: string): string {
  return (Number(high) * 256 + Number(low)).toString(16);
}
