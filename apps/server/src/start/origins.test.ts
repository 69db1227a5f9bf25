import { describe, expect, it } from "vitest";
import { originsOf } from "./origins.ts";

describe("originsOf", () => {
  it("speaks plain HTTP on loopback, and is known there by each of its names", () => {
    const origins = originsOf({ host: "127.0.0.1", port: 8080, tls: false, publicHost: null });
    expect(origins).toMatchObject({
      spoken: "http://127.0.0.1:8080",
      public: "http://127.0.0.1:8080",
      publicHost: "127.0.0.1:8080",
    });
    expect(origins.all).toEqual(expect.arrayContaining(["http://localhost:8080", "http://[::1]:8080"]));
  });

  it("is https to the world behind a proxy that ends TLS", () => {
    const origins = originsOf({ host: "127.0.0.1", port: 8080, tls: false, publicHost: "attest.example" });
    expect([origins.spoken, origins.public, origins.publicHost]).toEqual([
      "http://127.0.0.1:8080",
      "https://attest.example",
      "attest.example",
    ]);
    expect(origins.all).toContain("https://attest.example");
  });

  it("names this machine where every interface was bound", () => {
    expect(originsOf({ host: "0.0.0.0", port: 443, tls: true, publicHost: null }).spoken).toBe("https://localhost");
    expect(originsOf({ host: "::", port: 8443, tls: true, publicHost: null }).spoken).toBe("https://localhost:8443");
    expect(originsOf({ host: "2001:db8::1", port: 8443, tls: true, publicHost: null }).spoken).toBe(
      "https://[2001:db8::1]:8443",
    );
  });
});
