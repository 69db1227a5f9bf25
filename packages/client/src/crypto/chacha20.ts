/** The first row of the state, "expand 32-byte k" (RFC 8439 §2.3). */
const constants = [0x61707865, 0x3320646e, 0x79622d32, 0x6b206574];

const rotate = (word: number, by: number): number => (word << by) | (word >>> (32 - by));

function toWord(bytes: Uint8Array, at: number): number {
  const [a = 0, b = 0, c = 0, d = 0] = bytes.subarray(at, at + 4);
  return a | (b << 8) | (c << 16) | (d << 24);
}

/** RFC 8439 §2.1. */
function quarterRound(words: Int32Array, atA: number, atB: number, atC: number, atD: number): void {
  let [a, b, c, d] = [words[atA] ?? 0, words[atB] ?? 0, words[atC] ?? 0, words[atD] ?? 0];
  a = (a + b) | 0;
  d = rotate(d ^ a, 16);
  c = (c + d) | 0;
  b = rotate(b ^ c, 12);
  a = (a + b) | 0;
  d = rotate(d ^ a, 8);
  c = (c + d) | 0;
  words[atA] = a;
  words[atB] = rotate(b ^ c, 7);
  words[atC] = c;
  words[atD] = d;
}

/** The key stream of one counter, 64 bytes (RFC 8439 §2.3.1). */
function fillBlock(state: Int32Array, block: Uint8Array): void {
  const words = state.slice();
  for (let round = 0; round < 20; round += 1) {
    // Columns, then diagonals.
    const slant = round & 1;
    for (let at = 0; at < 4; at += 1) {
      quarterRound(words, at, 4 + ((at + slant) & 3), 8 + ((at + 2 * slant) & 3), 12 + ((at + 3 * slant) & 3));
    }
  }
  for (let at = 0; at < 64; at += 1) {
    block[at] = ((words[at >> 2] ?? 0) + (state[at >> 2] ?? 0)) >>> (8 * (at & 3));
  }
  words.fill(0);
}

/** ChaCha20 (RFC 8439 §2.4): `data` under a key of 32 bytes, a nonce of 12, from block `counter` on. In time that depends on lengths alone. */
export function chacha20(key: Uint8Array, nonce: Uint8Array, counter: number, data: Uint8Array): Uint8Array {
  if (key.length !== 32 || nonce.length !== 12) throw new TypeError("a key is 32 bytes, a nonce 12");
  const state = new Int32Array(16);
  state.set(constants);
  for (let word = 0; word < 8; word += 1) state[4 + word] = toWord(key, 4 * word);
  for (let word = 0; word < 3; word += 1) state[13 + word] = toWord(nonce, 4 * word);
  const block = new Uint8Array(64);
  const out = new Uint8Array(data.length);
  for (let at = 0; at < data.length; at += 1) {
    if ((at & 63) === 0) {
      state[12] = counter + (at >> 6);
      fillBlock(state, block);
    }
    out[at] = (data[at] ?? 0) ^ (block[at & 63] ?? 0);
  }
  state.fill(0);
  block.fill(0);
  return out;
}
