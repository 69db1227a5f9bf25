import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { encodeBase64url } from "./base64url.ts";
import { brokeredSocket, parseBrokeredProtocols, toBrokeredProtocols } from "./socket-protocols.ts";
import { toUtf8 } from "./utf8.ts";

const fields = {
  pass: "p1.abc_-",
  signatureInput: 'countersign=("@method");created=1;expires=61;nonce="n";keyid="k";tag="countersign"',
  signature: "countersign=:AAAA:",
};
const sealed = (text: string): string => `countersign.${encodeBase64url(toUtf8(text))}`;
const lines = [fields.pass, fields.signatureInput, fields.signature].join("\n");

describe("the subprotocols of a brokered WebSocket", () => {
  it("are tokens, the app's own first, and are read back as they were", () => {
    const made = toBrokeredProtocols({ ...fields, protocols: ["graphql-ws", "v2"] }) ?? [];
    expect(made.slice(0, 3)).toEqual(["graphql-ws", "v2", brokeredSocket]);
    for (const each of made) expect(each).toMatch(/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/);
    for (const header of [made.join(", "), made.join(","), made.join("\t,  ")])
      expect(parseBrokeredProtocols(header)).toEqual({
        ok: true,
        value: { ...fields, protocols: ["graphql-ws", "v2"] },
      });
  });

  it.each([
    ["none of the broker's", "graphql-ws"],
    ["no pass", "countersign"],
    ["a pass alone", sealed(lines)],
    ["the broker's before the app's", `countersign, ${sealed(lines)}, graphql-ws`],
    ["two passes", `countersign, ${sealed(lines)}, countersign, ${sealed(lines)}`],
    ["another case of the marker", `Countersign, ${sealed(lines)}`],
    ["one of the app's that looks like the broker's", `COUNTERSIGN.x, countersign, ${sealed(lines)}`],
    ["the same one twice", `a, a, countersign, ${sealed(lines)}`],
    ["no token", `a b, countersign, ${sealed(lines)}`],
    ["an empty one", `, countersign, ${sealed(lines)}`],
    ["33 of the app's", `${Array.from({ length: 33 }, (_, at) => `p${at}`).join(",")},countersign,${sealed(lines)}`],
    ["two lines", `countersign, ${sealed("a\nb")}`],
    ["four lines", `countersign, ${sealed(`${lines}\nx`)}`],
    ["padded base64url", `countersign, ${sealed(lines)}==`],
    ["what is not UTF-8", `countersign, countersign.${encodeBase64url(Uint8Array.of(0xff, 10, 10))}`],
    ["too much of it", `countersign, ${sealed("x".repeat(8192))}`],
  ])("are refused with %s", (_name, header) => {
    expect(parseBrokeredProtocols(header)).toMatchObject({ ok: false, code: "pass_invalid" });
  });

  it("are not made of what an app may not offer", () => {
    for (const protocols of [["countersign"], ["Countersign.x"], ["a", "a"], ["a b"], [""]])
      expect(toBrokeredProtocols({ ...fields, protocols })).toBeNull();
  });

  it("never throw, whatever the header", () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (one, other) => {
        parseBrokeredProtocols(one);
        parseBrokeredProtocols(`countersign, countersign.${other}`);
        parseBrokeredProtocols(`${one}, countersign, ${sealed(other)}`);
      }),
    );
  });
});
