import type { SeenChain } from "../ports/index.ts";

/** A public key that could be pinned. */
export interface ProposedPin {
  readonly pin: string;
  readonly of: "leaf" | "issuer";
  readonly subject: string;
}

/** How a host could be declared, from its live chain. */
export interface ChannelProposal {
  readonly pins: readonly ProposedPin[];
  /** The root of the chain as a managed root; null where neither host nor store has it. */
  readonly root: { readonly subject: string; readonly pem: string } | null;
  /** Commands that would declare it, the advised one first. Empty where the chain cannot be declared as it is. */
  readonly commands: readonly string[];
}

export interface ProposalNames {
  readonly id: string;
  readonly host: string;
  readonly port: number;
  /** File that holds the root's PEM; null: none was written. */
  readonly rootFile: string | null;
}

const quoted = (text: string): string => (/^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`);

/** Proposes pins of the leaf and of the authority that issued it, and the chain's root. Pure. */
export function proposeChannel(chain: SeenChain, { id, host, port, rootFile }: ProposalNames): ChannelProposal {
  const [leaf, issuer] = chain.certificates;
  const pins: ProposedPin[] = [];
  if (leaf !== undefined) pins.push({ pin: leaf.pin, of: "leaf", subject: leaf.subject });
  if (issuer !== undefined) pins.push({ pin: issuer.pin, of: "issuer", subject: issuer.subject });
  const top = chain.certificates.at(-1);
  const root = chain.topIsRoot && top !== undefined ? { subject: top.subject, pem: chain.topPem } : null;
  const start = `countersign api add ${quoted(id)} --host ${quoted(host)}${port === 443 ? "" : ` --port ${port}`}`;
  const byPins = `${start}${pins.map(({ pin }) => ` --pin ${pin}`).join("")}`;
  const byRoot = root === null || rootFile === null ? null : `${start} --root ${quoted(rootFile)}`;
  const good = chain.named && chain.store;
  return {
    pins,
    root,
    commands: good ? [...(pins.length > 1 ? [byPins] : []), ...(byRoot === null ? [] : [byRoot])] : [],
  };
}
