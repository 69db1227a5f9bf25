import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { fillTemplate } from "./recipe-template.ts";

const values = { secret: 'a"b/c?d&e=f+g {secret} é', instance: "pseudonym" };
const any = fc.record({ secret: fc.string({ unit: "grapheme" }), instance: fc.stringMatching(/^[\w-]{22}$/) });

describe("a template of a recipe", () => {
  test("writes each field for its position", () => {
    expect(fillTemplate("/{instance}?k={secret}", "url", values)).toBe(
      `/pseudonym?k=${encodeURIComponent(values.secret)}`,
    );
    expect(fillTemplate("Bearer {secret}", "header", values)).toBe(`Bearer ${values.secret}`);
    expect(fillTemplate("{secret_base64}", "header", values)).toBe(Buffer.from(values.secret).toString("base64"));
  });

  test("is one only with the fields that there are, and with braces that are JSON's own", () => {
    for (const text of ["{project}", "{constructor}", "{__proto__}", "{", "}", "{}", "{Secret}"]) {
      expect([text, fillTemplate(text, "url", values)]).toEqual([text, null]);
    }
    expect(fillTemplate('{"a":{},"b":[{"c":"{instance}"}]}', "json", values)).toBe('{"a":{},"b":[{"c":"pseudonym"}]}');
    expect(fillTemplate('{"a":"{project}"}', "json", values)).toBeNull();
  });

  test("gives back exactly what was put in, and nothing beside it, whatever that is", () => {
    fc.assert(
      fc.property(any, ({ secret, instance }) => {
        const json = fillTemplate('{"s":"{secret}","i":"{instance}"}', "json", { secret, instance });
        expect(JSON.parse(json ?? "")).toEqual({ s: secret, i: instance });
        const form = fillTemplate("s={secret}&i={instance}", "form", { secret, instance });
        expect([...new URLSearchParams(form ?? "")]).toEqual([
          ["s", secret],
          ["i", instance],
        ]);
        const url = new URL(fillTemplate("https://a.example/x/{secret}?s={secret}", "url", { secret, instance }) ?? "");
        expect([url.host, url.searchParams.get("s"), url.hash]).toEqual(["a.example", secret, ""]);
      }),
    );
  });
});
