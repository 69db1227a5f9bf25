import { createHmac, randomBytes } from "node:crypto";
import { isIPv6 } from "node:net";

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

/** The network of an address: itself for IPv4 (also mapped into IPv6), the first 64 bits for IPv6. */
export function networkOf(address: string): string {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1];
  if (mapped !== undefined) return mapped;
  const bare = address.split("%")[0] ?? "";
  if (!isIPv6(bare)) return address;
  const [head = "", tail] = bare.toLowerCase().split("::");
  const left = head === "" ? [] : head.split(":");
  const right = tail === undefined || tail === "" ? [] : tail.split(":");
  const zeros =
    tail === undefined ? [] : Array.from({ length: Math.max(0, 8 - left.length - right.length) }, () => "0");
  return [...left, ...zeros, ...right]
    .slice(0, 4)
    .map((group) => group.replace(/^0+(?=.)/, ""))
    .join(":");
}
