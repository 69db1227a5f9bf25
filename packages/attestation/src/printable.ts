/**
 * Text of unknown origin as people and logs may see it: nothing in it can move a cursor, reorder a line or flood a screen.
 * Control, format and unassigned characters become U+FFFD; what exceeds `maximum` characters is cut.
 */
export function printable(text: string, maximum: number): string {
  const visible = text.replace(/[\p{C}\p{Zl}\p{Zp}]/gu, "\u{fffd}");
  return visible.length > maximum ? `${visible.slice(0, maximum - 1)}…` : visible;
}
