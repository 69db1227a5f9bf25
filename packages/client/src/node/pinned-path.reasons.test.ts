import { X509Certificate } from "node:crypto";
import type { DetailedPeerCertificate } from "node:tls";
import { expect, it } from "vitest";
import { createTlsAuthority } from "../../../../testing/tls-authority.ts";
import { pinnedOfChain } from "./pinned-path.ts";

const authority = () => createTlsAuthority({ name: "One name", nowMs: Date.now() });
const rawOf = (pem: string): Buffer => new X509Certificate(pem).raw;

/** The chain as node:tls tells it: each certificate with the one that is said to have issued it. */
function peer(leafPem: string, issuerPem: string): DetailedPeerCertificate {
  const issuer = { raw: rawOf(issuerPem) };
  return { raw: rawOf(leafPem), issuerCertificate: issuer } as DetailedPeerCertificate;
}

it("counts the pin of an issuer that signed the leaf, and of none that merely has its name", () => {
  const genuine = authority();
  const namesake = authority();
  const { cert } = genuine.issue(["localhost"]);
  expect(pinnedOfChain(peer(cert, genuine.pem), [genuine.spkiPin])).toHaveLength(1);
  expect(pinnedOfChain(peer(cert, namesake.pem), [namesake.spkiPin])).toHaveLength(0);
});
