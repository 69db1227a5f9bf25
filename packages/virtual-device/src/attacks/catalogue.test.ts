import { agentErrors } from "@countersign/client";
import { isProblemCode, isReason } from "@countersign/protocol";
import { describe, expect, it } from "vitest";
import { attacks } from "./index.ts";

describe("attack catalogue", () => {
  it("names each attack once, in kebab-case, with one sentence", () => {
    const names = attacks.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    for (const { name, attack } of attacks) {
      expect(name).toMatch(/^[a-z0-9]+(-[a-z0-9]+)*$/);
      expect(attack).toMatch(/^[A-Z].+\.$/);
    }
  });

  it.each(attacks.map((attack) => [attack.name, attack] as const))(
    "%s promises a code of a closed table",
    (_name, attack) => {
      const { kind, code } = attack.expected;
      const known = {
        problem: isProblemCode(code),
        refused: isReason(code),
        agent_error: Object.hasOwn(agentErrors, code),
        session: ["trusted", "restricted"].includes(code),
      };
      expect(known[kind]).toBe(true);
    },
  );
});
