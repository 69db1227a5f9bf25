import { describe, expect, it } from "vitest";
import { hex } from "./bytes.ts";
import { cborArray, cborBytes, cborInteger, cborMap, cborText } from "./cbor-writer.ts";

describe("CBOR writer", () => {
  it("writes the examples of RFC 8949 appendix A", () => {
    expect(hex(cborInteger(23))).toBe("17");
    expect(hex(cborInteger(24))).toBe("1818");
    expect(hex(cborInteger(1000))).toBe("1903e8");
    expect(hex(cborInteger(1_000_000))).toBe("1a000f4240");
    expect(hex(cborInteger(-100))).toBe("3863");
    expect(hex(cborText("ü"))).toBe("62c3bc");
    expect(hex(cborArray(cborInteger(1), cborInteger(2), cborInteger(3)))).toBe("83010203");
    expect(hex(cborMap([cborText("a"), cborInteger(1)], [cborText("b"), cborArray()]))).toBe("a26161016162" + "80");
    expect(hex(cborBytes(Uint8Array.of(1, 2, 3, 4)))).toBe("4401020304");
  });
});
