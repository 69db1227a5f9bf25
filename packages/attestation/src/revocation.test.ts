import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { loadRevocationListFile } from "./load-revocation-list-file.ts";
import { parseStatusList, type RevocationList } from "./revocation.ts";

function list(entries: object): RevocationList {
  const parsed = parseStatusList(JSON.stringify({ entries }));
  if (!parsed.ok) throw new Error(parsed.message);
  return parsed.list;
}

test("looks serials up in hex and in decimal", () => {
  const revocation = list({
    "2c8cdddfd5e03bfc": { status: "REVOKED" },
    "6681152659205225093": { status: "SUSPENDED" },
  });
  expect(revocation.statusOf("2c8cdddfd5e03bfc")).toBe("revoked");
  expect(revocation.statusOf(6681152659205225093n.toString(16))).toBe("suspended");
  expect(revocation.statusOf("2c8cdddfd5e03bfd")).toBe("good");
});

test("counts a status it does not know as revoked", () => {
  expect(list({ ab: { status: "SOMETHING_NEW" } }).statusOf("ab")).toBe("revoked");
});

test("finds nothing in names that objects inherit, nor in a negative serial", () => {
  const revocation = list({});
  for (const serial of ["constructor", "__proto__", "toString", "-1", ""])
    expect(revocation.statusOf(serial)).toBe("good");
});

describe("refuses", () => {
  test.each([
    ["no JSON", "{"],
    ["no entries", "{}"],
    ["a list of entries", '{"entries": []}'],
    ["an entry without a status", '{"entries": {"ab": {}}}'],
    ["an entry that is text", '{"entries": {"ab": "REVOKED"}}'],
    ["an entry that is nothing", '{"entries": {"ab": null}}'],
    ["a number", "1"],
    ["more than 16 MiB", " ".repeat(16 * 1024 * 1024 + 1)],
  ])("%s, with one line", (_, text) => {
    const parsed = parseStatusList(text);
    expect(parsed.ok ? "" : parsed.message).toMatch(/^this is no attestation status list: [^\n]+$/);
  });
});

test("loads a list from a file, and answers with a message where it cannot", async () => {
  const folder = await mkdtemp(join(tmpdir(), "status-list-"));
  const file = join(folder, "status.json");
  await writeFile(file, '{"entries": {"ab": {"status": "REVOKED"}}}');
  expect(await loadRevocationListFile(file)).toMatchObject({ ok: true, size: 1 });
  expect(await loadRevocationListFile(join(folder, "absent"))).toEqual({
    ok: false,
    message: "the status list file cannot be read (ENOENT)",
  });
  await rm(folder, { recursive: true });
});
