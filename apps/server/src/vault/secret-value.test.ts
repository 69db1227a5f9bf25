import { inspect } from "node:util";
import { describe, expect, it } from "vitest";
import { findLeaks } from "../../../../testing/leak-detector.ts";
import { createSecretValue } from "./secret-value.ts";

describe("a secret value", () => {
  const clear = Buffer.from("the-NASA-key-0123456789");
  const value = createSecretValue(clear);
  const shown: Record<string, () => string> = {
    text: () => `${value}`,
    concatenation: () => `a${String(value)}b`,
    JSON: () => JSON.stringify({ value }),
    inspection: () => inspect({ value }, { depth: 10, showHidden: true }),
    "inspection without custom functions": () => inspect(value, { customInspect: false, showHidden: true, depth: 10 }),
    "an error's text": () => inspect(new Error(String(value), { cause: value })),
    "a clone": () => inspect(structuredClone(value)),
    "its members": () => JSON.stringify([Object.keys(value), Object.values(value), Object.assign({}, value)]),
  };

  for (const [way, show] of Object.entries(shown)) {
    it(`shows nothing of itself through ${way}`, () => {
      const text = show();
      expect(findLeaks(Buffer.from(text), clear)).toEqual([]);
      expect(text).not.toContain([...clear.subarray(0, 4)].join(", "));
    });
  }

  it("prints as [secret]", () => {
    expect([String(value), JSON.stringify(value), inspect(value)]).toEqual(["[secret]", '"[secret]"', "[secret]"]);
  });

  it("gives its bytes to whoever asks by name", () => {
    expect(Buffer.from(value.reveal())).toEqual(clear);
  });
});
