import { describe, expect, it } from "vitest";
import { createPaint } from "./paint.ts";
import { toFields, toTable } from "./table.ts";

const plain = createPaint({ isTerminal: false, env: {} });

describe("a table", () => {
  it("aligns its columns", () => {
    expect(
      toTable(
        plain,
        ["A", "LONG"],
        [
          ["abc", "x"],
          ["d", "y"],
        ],
        "None.",
      ),
    ).toBe("A    LONG\nabc  x\nd    y\n");
  });

  it("without rows is one line", () => {
    expect(toTable(plain, ["A"], [], "None.")).toBe("None.\n");
  });

  it("lets no text from outside move the cursor, break the line or turn its direction", () => {
    const hostile = "a\u001b[2Jb\r\nc\u202ed\u0007";
    expect(toTable(plain, ["A"], [[hostile]], "None.")).toBe("A\na·[2Jb··c·d·\n");
    expect(toFields(plain, [["name", hostile]])).toBe("name  a·[2Jb··c·d·\n");
  });
});

describe("colours", () => {
  it("appear on a terminal, and not where NO_COLOR is set or the terminal is dumb", () => {
    expect(createPaint({ isTerminal: true, env: {} })("red", "x")).toBe("\u001b[31mx\u001b[0m");
    expect(createPaint({ isTerminal: true, env: { NO_COLOR: "1" } })("red", "x")).toBe("x");
    expect(createPaint({ isTerminal: true, env: { TERM: "dumb" } })("red", "x")).toBe("x");
    expect(createPaint({ isTerminal: false, env: {} })("red", "x")).toBe("x");
  });
});
