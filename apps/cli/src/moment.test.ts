import { describe, expect, it } from "vitest";
import { toLeadSeconds, toTimeMs } from "./moment.ts";

describe("a time that is given", () => {
  it("is a day or a time in UTC", () => {
    expect(toTimeMs("2027-01-31")).toBe(Date.UTC(2027, 0, 31));
    expect(toTimeMs("2027-01-31T12:00Z")).toBe(Date.UTC(2027, 0, 31, 12));
  });

  it.each(["", "2027", "2027-13-01", "2027-01-31T12:00", "1969-12-31", "never"])("is not %j", (text) => {
    expect(() => toTimeMs(text)).toThrow();
  });
});

describe("a length of time that is given", () => {
  it.each([
    ["90s", 90],
    ["6m", 360],
    ["24h", 86_400],
    ["7d", 604_800],
    ["0s", 0],
  ])("%s is %i seconds", (text, seconds) => {
    expect(toLeadSeconds(text)).toBe(seconds);
  });

  it.each(["", "6", "m", "6 m", "-6m", "6y", "1.5h", "0x6m"])("is not %j", (text) => {
    expect(() => toLeadSeconds(text)).toThrow();
  });
});
