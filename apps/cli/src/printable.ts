/** A text from outside, fit for one line of a terminal: control and format characters become `·`, so nothing can move the cursor or hide. */
export function printable(text: string): string {
  return text.replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu, "·");
}
