import type { Random } from "./random.ts";

interface Node {
  readonly tag: Uint8Array;
  readonly contents: Uint8Array | readonly Node[];
}

/**
 * `bytes` with one element of its DER tree replaced, repeated, removed, wrapped or moved, and every length above it made right again, so
 * that the change reaches the rules behind the reader. Octet strings that hold DER are opened too. Null where it is no DER.
 */
export function mutateDer(bytes: Uint8Array, random: Random, others: readonly Uint8Array[]): Uint8Array | null {
  const forest = forestOf(bytes);
  if (forest === null || forest.length === 0) return null;
  const donor = forestOf(random.pick(others)) ?? forest;
  const total = count(forest);
  let mutated: readonly Node[] = forest;
  for (let changes = 1 + random.below(2); changes > 0; changes -= 1)
    mutated = changeAt(mutated, random.below(total), (node) => changed(node, random, donor)).nodes;
  return new Uint8Array(Buffer.concat(mutated.map(write)));
}

function changed(node: Node, random: Random, donor: readonly Node[]): readonly Node[] {
  const other = pickNode(donor, random.below(count(donor)));
  switch (random.below(8)) {
    case 0:
      return [];
    case 1:
      return [node, node];
    case 2:
      return [other];
    case 3:
      return [node, other];
    case 4:
      return [{ tag: node.tag, contents: other.contents }];
    case 5:
      return [{ tag: other.tag, contents: node.contents }];
    case 6:
      return [{ tag: Uint8Array.of(random.pick([0x30, 0x31, 0xa0, 0xa3, 0x04])), contents: [node] }];
    default: {
      if (!(node.contents instanceof Uint8Array)) return [{ tag: node.tag, contents: node.contents.toReversed() }];
      const length = random.below(node.contents.length + 3);
      const start = node.contents;
      return [{ tag: node.tag, contents: new Uint8Array(length).map((_, i) => start[i] ?? random.below(256)) }];
    }
  }
}

function count(nodes: readonly Node[]): number {
  return nodes.reduce((sum, { contents }) => sum + 1 + (contents instanceof Uint8Array ? 0 : count(contents)), 0);
}

function pickNode(nodes: readonly Node[], index: number): Node {
  let found: Node | null = null;
  changeAt(nodes, index, (node) => {
    found = node;
    return [node];
  });
  return found ?? { tag: Uint8Array.of(5), contents: new Uint8Array() };
}

/** The nodes with the one at `index`, counted depth first, exchanged for what `change` gives; `left` is what remains to count. */
function changeAt(
  nodes: readonly Node[],
  index: number,
  change: (node: Node) => readonly Node[],
): { readonly nodes: readonly Node[]; readonly left: number } {
  let left = index;
  const result: Node[] = [];
  for (const node of nodes) {
    if (left === 0) {
      result.push(...change(node));
      left = -1;
      continue;
    }
    if (left > 0) left -= 1;
    if (left < 0 || node.contents instanceof Uint8Array) {
      result.push(node);
      continue;
    }
    const inner = changeAt(node.contents, left, change);
    left = inner.left;
    result.push({ tag: node.tag, contents: inner.nodes });
  }
  return { nodes: result, left };
}

const forests = new WeakMap<Uint8Array, readonly Node[] | null>();

/** The trees of a seed, read once. */
function forestOf(bytes: Uint8Array): readonly Node[] | null {
  const known = forests.get(bytes);
  if (known !== undefined) return known;
  const forest = readForest(bytes);
  forests.set(bytes, forest);
  return forest;
}

function readForest(bytes: Uint8Array): readonly Node[] | null {
  const nodes: Node[] = [];
  for (let offset = 0; offset < bytes.length; ) {
    const first = bytes[offset] ?? 0;
    let next = offset + 1;
    if ((first & 0x1f) === 0x1f) {
      while ((bytes[next] ?? 0) >= 0x80) next += 1;
      next += 1;
    }
    const tag = bytes.subarray(offset, next);
    let length = bytes[next] ?? 0x80;
    next += 1;
    if (length >= 0x80) {
      const size = length & 0x7f;
      if (size === 0 || size > 3) return null;
      length = 0;
      for (const byte of bytes.subarray(next, next + size)) length = length * 256 + byte;
      next += size;
    }
    if (next + length > bytes.length) return null;
    const contents = bytes.subarray(next, next + length);
    const opens = (first & 0x20) !== 0 || (first === 0x04 && contents[0] === 0x30);
    nodes.push({ tag, contents: (opens ? readForest(contents) : null) ?? contents });
    offset = next + length;
  }
  return nodes;
}

function write({ tag, contents }: Node): Uint8Array {
  const body = contents instanceof Uint8Array ? contents : Buffer.concat(contents.map(write));
  return Buffer.concat([tag, writeLength(body.length), body]);
}

function writeLength(length: number): Uint8Array {
  if (length < 0x80) return Uint8Array.of(length);
  if (length < 0x100) return Uint8Array.of(0x81, length);
  if (length < 0x10000) return Uint8Array.of(0x82, length >> 8, length & 0xff);
  return Uint8Array.of(0x83, length >> 16, (length >> 8) & 0xff, length & 0xff);
}
