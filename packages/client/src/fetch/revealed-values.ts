import { containsValue } from "@countersign/protocol";
import { MaskedSecret } from "../memory/masked-secret.ts";
import type { Randomness } from "../ports.ts";

/** What one request has carried: kept masked until it is answered, to recognise a value that comes back. */
export class RevealedValues {
  readonly #randomness: Randomness;
  readonly #values: MaskedSecret[] = [];

  constructor(randomness: Randomness) {
    this.#randomness = randomness;
  }

  add(value: string): void {
    this.#values.push(new MaskedSecret(value, this.#randomness));
  }

  /** True where a text holds one of them: raw, percent-, base64- or JSON-encoded. */
  standIn(text: string): boolean {
    return this.#values.some((value) => containsValue(text, value.reveal() ?? ""));
  }

  wipe(): void {
    for (const value of this.#values) value.wipe();
  }
}
