import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { AgentError, type AgentErrorCode, agentErrors } from "./errors.ts";

const codes = Object.keys(agentErrors) as AgentErrorCode[];

describe("the table of errors", () => {
  it("has a message for each code that can be shown to a user", () => {
    for (const code of codes) {
      const error = new AgentError(code, { arc: "AAAAAAAAAAAAAAAA" });
      expect(error.message).toBe(agentErrors[code].message);
      expect(error.message).toMatch(/^[A-Z][^\n`]{10,70}\.$/);
      expect([error.name, error.code, error.arc, error.retry]).toEqual([
        "AgentError",
        code,
        "AAAAAAAAAAAAAAAA",
        agentErrors[code].retry,
      ]);
    }
  });

  it("is the table of docs/agent.md, both ways", () => {
    const page = readFileSync(new URL("../../../docs/agent.md", import.meta.url), "utf8");
    const documented = [...page.matchAll(/^\| `([a-z_]+)` \| (later|never) \|/gm)].map(([, code, retry]) => [
      code,
      retry,
    ]);
    expect(documented).toEqual(codes.map((code) => [code, agentErrors[code].retry]));
  });
});
