import { parseStrictJson } from "@countersign/protocol";
import type { z } from "zod";

/** A JSON text of a known shape; null for any other. Members that are not known are left out. */
export function parseLinkJson<Shape extends z.ZodType>(
  bytes: Uint8Array,
  shape: Shape,
  maxBytes: number,
): z.output<Shape> | null {
  const json = parseStrictJson(bytes, { maxBytes, maxDepth: 12 });
  const read = json.ok ? shape.safeParse(json.value) : null;
  return read?.success === true ? read.data : null;
}
