import { expect } from "vitest";
import type { Echo } from "./echo-upstream.ts";
import { isFilled, type MatrixRequest } from "./matrix-requests.ts";
import type { Spot } from "./matrix-world.ts";

async function fieldsOf(echo: Echo): Promise<Record<string, string>> {
  const headers = { "content-type": echo.headers["content-type"] ?? "" };
  const form = await new Response(Buffer.from(echo.body, "base64"), { headers }).formData();
  const fields: Record<string, string> = {};
  for (const [name, value] of form) {
    fields[name] = typeof value === "string" ? value : `${value.name}|${value.type}|${await value.text()}`;
  }
  return fields;
}

/** The text at the place, as it arrived. */
function foundAt(spot: Pick<Spot, "in">, echo: Echo, body: string): string | null | undefined {
  const url = new URL(echo.url, "https://upstream.test");
  switch (spot.in) {
    case "header":
      return echo.headers["x-key"];
    case "query":
      return url.searchParams.get("key");
    case "segment":
      return url.pathname.split("/").at(-2);
    case "basic":
      return Buffer.from(echo.headers.authorization?.slice("Basic ".length) ?? "", "base64")
        .toString()
        .split(":")[1];
    case "form":
      return new URLSearchParams(body).get("key");
    case "json":
      return (JSON.parse(body) as { key?: string }).key;
  }
}

/** Holds what arrived against what the app asked for: `filled` at its place, `given` where no place is, all else as it was. */
export async function expectArrived(
  spot: Spot,
  asked: MatrixRequest,
  echo: Echo,
  { given, filled }: { readonly given: string; readonly filled: string },
): Promise<void> {
  const body = Buffer.from(echo.body, "base64").toString();
  expect(echo.method).toBe(asked.method);
  expect(echo.headers["x-own"]).toBe("kept");
  expect(echo.url).toContain("a=%20");
  const isAtPlace = isFilled(spot, asked.kind);
  if (isAtPlace) expect(foundAt(spot, echo, body)).toBe(filled);
  const expected = isAtPlace ? asked.text.replace(given, filled) : asked.text;
  if (asked.kind === "none") {
    expect(body).toBe("");
  } else if (asked.kind === "form") {
    const { text } = asked;
    expect(await fieldsOf(echo)).toEqual({ text, 'na"me': `fi"le.bin|image/x|${text}` });
  } else if (asked.kind === "params") {
    expect([...new URLSearchParams(body)]).toEqual([...new URLSearchParams(expected)]);
  } else {
    expect(body).toBe(expected);
  }
}
