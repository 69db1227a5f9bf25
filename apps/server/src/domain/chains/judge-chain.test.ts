import { describe, expect, it } from "vitest";
import { createTlsAuthority } from "../../../../../testing/tls-authority.ts";
import type { ChainAnswer, ProtectedApi, SeenCertificate, SeenChain } from "../ports/index.ts";
import { chainSentence } from "./chain-sentence.ts";
import { judgeChain } from "./judge-chain.ts";
import { seenCertificate } from "./seen-certificate.ts";

const dayMs = 86_400_000;
const nowMs = Date.UTC(2026, 10, 22);
/** Ten years. */
const root = createTlsAuthority({ name: "A root", nowMs });

const certificate = (subject: string, days: number, lifeDays = 365): SeenCertificate => ({
  subject,
  issuer: "A root",
  notBeforeMs: nowMs + (days - lifeDays) * dayMs,
  notAfterMs: nowMs + days * dayMs,
  pin: `pin of ${subject}`,
  sha256: `digest of ${subject}`,
});

const seen = (change: Partial<SeenChain> = {}): ChainAnswer => ({
  ok: true,
  chain: {
    certificates: [certificate("leaf", 200), seenCertificate(root.pem)],
    topPem: root.pem,
    topIsRoot: true,
    named: true,
    store: true,
    roots: null,
    pins: [],
    ...change,
  },
});

const declared = (channel: ProtectedApi["channel"], roots: readonly string[] = []) => ({ channel, roots });
const problems = (...args: Parameters<typeof judgeChain>): string[] =>
  judgeChain(...args).map(({ problem }) => problem);

describe("a live chain against what is declared", () => {
  it("finds nothing where name, store, roots and pins hold and nothing ends", () => {
    const good = { roots: true, pins: ["pin of leaf"] };
    for (const channel of ["system", "pins", "roots", "both"] as const) {
      expect(judgeChain(declared(channel, [root.pem]), seen(good), { nowMs })).toEqual([]);
    }
  });

  it("tells of another name, and of a chain that the store or the managed roots do not know", () => {
    expect(problems(declared("system"), seen({ named: false, store: false }), { nowMs })).toEqual([
      "name_wrong",
      "store_refused",
    ]);
    expect(problems(declared("roots", [root.pem]), seen({ roots: false }), { nowMs })).toEqual(["root_refused"]);
  });

  it("tells where no pin is proven, on channels that have pins alone", () => {
    for (const channel of ["pins", "both"] as const) {
      expect(problems(declared(channel), seen({ pins: [] }), { nowMs })).toEqual(["pin_absent"]);
    }
    expect(problems(declared("system"), seen({ pins: [] }), { nowMs })).toEqual([]);
  });

  it("tells of every certificate that ends within 30 days, of a short-lived one in the last third of its life", () => {
    const ending = (days: number, lifeDays: number): string[] =>
      problems(declared("system"), seen({ certificates: [certificate("leaf", days, lifeDays)] }), { nowMs });
    expect([ending(31, 365), ending(30, 365), ending(0, 365), ending(-5, 365)]).toEqual([
      [],
      ["ends_soon"],
      ["ended"],
      ["ended"],
    ]);
    expect([ending(30, 90), ending(31, 90)]).toEqual([["ends_soon"], []]);
    expect([ending(3, 6), ending(2, 6)]).toEqual([[], ["ends_soon"]]);
  });

  it("takes another number of days as it is given", () => {
    const chain = seen({ certificates: [certificate("leaf", 3, 6)] });
    expect(problems(declared("system"), chain, { nowMs, days: 3 })).toEqual(["ends_soon"]);
    expect(problems(declared("system"), chain, { nowMs, days: 2 })).toEqual([]);
  });

  it("tells of a declared root that ends, also one the host does not show and where it cannot be reached", () => {
    const old = createTlsAuthority({ name: "An old root", nowMs: nowMs - 3640 * dayMs });
    const found = judgeChain(declared("roots", [root.pem, old.pem]), seen({ roots: true }), { nowMs });
    expect(found).toEqual([{ problem: "ends_soon", certificate: "An old root", endsAtMs: nowMs + 10 * dayMs }]);
    const away: ChainAnswer = { ok: false, problem: "unreachable" };
    expect(problems(declared("roots", [old.pem]), away, { nowMs })).toEqual(["unreachable", "ends_soon"]);
  });

  it("tells of nothing that ended above a leaf which is good all the same: the host sends along what no path needs", () => {
    const ended = { ...certificate("A cross-signed root", -10), issuer: "A root that is gone" };
    const certificates = [certificate("leaf", 200), ended];
    for (const channel of ["system", "pins", "roots", "both"] as const) {
      const good = { certificates, roots: true, pins: ["pin of leaf"] };
      expect(problems(declared(channel, [root.pem]), seen(good), { nowMs })).toEqual([]);
    }
    const refused = seen({ certificates, store: false });
    expect(problems(declared("system"), refused, { nowMs })).toEqual(["store_refused", "ended"]);
    expect(problems(declared("pins"), seen({ certificates, pins: [] }), { nowMs })).toEqual(["pin_absent", "ended"]);
    const leafEnded = seen({ certificates: [certificate("leaf", -1)] });
    expect(problems(declared("system"), leafEnded, { nowMs })).toEqual(["ended"]);
  });

  it("is said in a sentence that names the certificate and its last day", () => {
    const [found] = judgeChain(declared("system"), seen({ certificates: [certificate("leaf", 10)] }), { nowMs });
    expect(found && chainSentence(found)).toBe("the certificate leaf ends on 2026-12-02");
  });
});
