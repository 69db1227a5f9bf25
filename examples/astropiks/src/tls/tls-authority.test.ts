import { X509Certificate } from "node:crypto";
import { describe, expect, test } from "vitest";
import { createTlsAuthority } from "./tls-authority.ts";

const nowMs = Date.UTC(2026, 10, 22);

describe("the authority of stand-ins", () => {
  test("issues a server certificate that its root signs, for the names asked", () => {
    const authority = createTlsAuthority({ name: "Test CA", nowMs });
    const root = new X509Certificate(authority.pem);
    const leaf = new X509Certificate(authority.issue(["localhost", "127.0.0.1"]).cert);
    expect(root.ca).toBe(true);
    expect(root.verify(root.publicKey)).toBe(true);
    expect(leaf.ca).toBe(false);
    expect(leaf.verify(root.publicKey)).toBe(true);
    expect(leaf.checkIssued(root)).toBe(true);
    expect(leaf.checkHost("localhost")).toBe("localhost");
    expect(leaf.checkIP("127.0.0.1")).toBe("127.0.0.1");
    expect(leaf.checkHost("api.nasa.gov")).toBeUndefined();
  });

  test("goes on with a kept root", () => {
    const first = createTlsAuthority({ name: "Test CA", nowMs });
    const second = createTlsAuthority({ name: "Test CA", nowMs, kept: { pem: first.pem, keyPem: first.keyPem } });
    const leaf = new X509Certificate(second.issue(["localhost"]).cert);
    expect(second.spkiPin).toBe(first.spkiPin);
    expect(leaf.verify(new X509Certificate(first.pem).publicKey)).toBe(true);
  });
});
