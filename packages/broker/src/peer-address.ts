import { BlockList, isIP } from "node:net";

/** `public` may be reached; `private` only where registered and allowed; `forbidden` never: link-local with the cloud metadata services, multicast, reserved. */
export type PeerKind = "public" | "private" | "forbidden";

function listOf(v4: readonly (readonly [string, number])[], v6: readonly (readonly [string, number])[]): BlockList {
  const list = new BlockList();
  for (const [address, prefix] of v4) list.addSubnet(address, prefix, "ipv4");
  for (const [address, prefix] of v6) list.addSubnet(address, prefix, "ipv6");
  return list;
}

/** IANA special-purpose registries (RFC 6890) that an operator may mean: loopback, RFC 1918, carrier-grade NAT, unique local. */
const privatePeers = listOf(
  [
    ["10.0.0.0", 8],
    ["100.64.0.0", 10],
    ["127.0.0.0", 8],
    ["172.16.0.0", 12],
    ["192.168.0.0", 16],
  ],
  [
    ["::1", 128],
    ["fc00::", 7],
  ],
);

/** All that the Internet routes of IPv6 (RFC 4291 §2.4): what is outside hides another address or leads nowhere. */
const globalUnicast = listOf([], [["2000::", 3]]);

/** What nobody means: this network, link-local and metadata, documentation, benchmarking, multicast, reserved, and addresses that hide another one. */
const forbiddenPeers = listOf(
  [
    ["0.0.0.0", 8],
    ["100.100.100.200", 32],
    ["169.254.0.0", 16],
    ["192.0.0.0", 24],
    ["192.0.2.0", 24],
    ["192.88.99.0", 24],
    ["198.18.0.0", 15],
    ["198.51.100.0", 24],
    ["203.0.113.0", 24],
    ["224.0.0.0", 3],
  ],
  [
    ["::", 128],
    ["64:ff9b::", 96],
    ["64:ff9b:1::", 48],
    ["100::", 64],
    ["2001::", 23],
    ["2001:db8::", 32],
    ["2002::", 16],
    ["3fff::", 20],
    ["5f00::", 16],
    ["fd00:ec2::254", 128],
    ["fe80::", 10],
    ["fec0::", 10],
    ["ff00::", 8],
  ],
);

/** The IPv4 address inside an IPv4-mapped or IPv4-compatible IPv6 address, however it is written; null for any other. */
function embeddedIpv4(address: string): string | null {
  const expanded = new URL(`http://[${address}]/`).hostname.slice(1, -1);
  const groups = /^::(?:ffff:)?([0-9a-f]{1,4}):([0-9a-f]{1,4})$/.exec(expanded);
  if (groups === null) return null;
  const [high, low] = [Number.parseInt(groups[1] ?? "", 16), Number.parseInt(groups[2] ?? "", 16)];
  return [high >> 8, high & 255, low >> 8, low & 255].join(".");
}

/** Sorts an address of a peer. Anything that is not an address is `forbidden`. */
export function peerKind(address: string): PeerKind {
  const version = isIP(address);
  if (version === 0 || address.includes("%")) return "forbidden";
  if (version === 6) {
    const inner = embeddedIpv4(address);
    if (inner !== null) return peerKind(inner);
  }
  const family = version === 4 ? "ipv4" : "ipv6";
  if (forbiddenPeers.check(address, family)) return "forbidden";
  if (privatePeers.check(address, family)) return "private";
  return version === 4 || globalUnicast.check(address, family) ? "public" : "forbidden";
}
