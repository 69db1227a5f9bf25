import { X509Certificate } from "node:crypto";
import { isIP } from "node:net";
import {
  type ConnectionOptions,
  checkServerIdentity,
  connect,
  type DetailedPeerCertificate,
  getCACertificates,
  type PeerCertificate,
  type TLSSocket,
} from "node:tls";
import { seenCertificate } from "../domain/chains/seen-certificate.ts";
import type { ChainAnswer, ChainLook, SeenChain } from "../domain/ports/index.ts";

const timeoutMs = 10_000;
/** A host may answer with one of several certificates: how often the one at hand is looked for. */
const maxProbes = 4;
const longestChain = 10;

/** What a handshake under some anchors showed. */
interface Shown {
  readonly leaf: DetailedPeerCertificate;
  /** Whether the chain is good for the anchors, whatever name it is for. */
  readonly isGood: boolean;
}

function open(look: ChainLook, options: ConnectionOptions): Promise<Shown> {
  const { port, address, abort } = look;
  const host = look.host.replace(/^\[|\]$/g, "");
  return new Promise((resolve, reject) => {
    if (abort?.aborted === true) return reject(new Error("aborted"));
    const socket: TLSSocket = connect({
      ...options,
      // Seen, not used: nothing is ever written on it.
      rejectUnauthorized: false,
      checkServerIdentity: () => undefined,
      minVersion: "TLSv1.2",
      host,
      port,
      ...(isIP(host) === 0 ? { servername: host } : {}),
      ...(address === undefined
        ? {}
        : {
            lookup: (_host, asked, done) => {
              // In a turn of its own, as any lookup: told at once of an address that has no route, `connect` throws, and leaves a socket whose error is nobody's.
              process.nextTick(() => {
                if (asked.all === true) done(null, [address]);
                else done(null, address.address, address.family);
              });
            },
          }),
    });
    const end = (error: Error): void => void socket.destroy(error);
    const aborted = (): void => end(new Error("aborted"));
    const timer = setTimeout(() => end(new Error("timeout")), timeoutMs);
    abort?.addEventListener("abort", aborted, { once: true });
    socket.once("close", () => {
      clearTimeout(timer);
      abort?.removeEventListener("abort", aborted);
      reject(new Error("closed"));
    });
    socket.on("error", reject);
    socket.once("secureConnect", () => {
      resolve({ leaf: socket.getPeerCertificate(true), isGood: socket.authorized });
      socket.destroy();
    });
  });
}

/** The chain from the leaf up, each link by name and signature: what a host merely sends along is not shown. */
function chainOf(leaf: DetailedPeerCertificate): readonly X509Certificate[] {
  let certificate = new X509Certificate(leaf.raw);
  const chain = [certificate];
  let current: PeerCertificate | DetailedPeerCertificate = leaf;
  while (chain.length < longestChain) {
    const above: PeerCertificate | undefined = "issuerCertificate" in current ? current.issuerCertificate : undefined;
    if (above?.raw === undefined || above.raw.equals(current.raw)) break;
    const issuer = new X509Certificate(above.raw);
    if (!certificate.checkIssued(issuer) || !certificate.verify(issuer.publicKey)) break;
    chain.push(issuer);
    certificate = issuer;
    current = above;
  }
  return chain;
}

/** Whether this leaf is good for these anchors. Rejects where the host brings another leaf each time. */
async function isGoodFor(
  look: ChainLook,
  leaf: DetailedPeerCertificate,
  ca: readonly string[],
  partial: boolean,
): Promise<boolean> {
  for (let probes = 0; probes < maxProbes; probes += 1) {
    const shown = await open(look, { ca: [...ca], allowPartialTrustChain: partial });
    if (shown.leaf.fingerprint256 === leaf.fingerprint256) return shown.isGood;
  }
  throw new Error("another certificate each time");
}

async function provenPins(
  look: ChainLook,
  leaf: DetailedPeerCertificate,
  chain: readonly X509Certificate[],
): Promise<readonly string[]> {
  const candidates = [...chain, ...look.roots.map((pem) => new X509Certificate(pem))];
  const proven: string[] = [];
  for (const certificate of candidates) {
    const { pin } = seenCertificate(certificate.raw);
    if (!look.pins.includes(pin) || proven.includes(pin)) continue;
    const isLeaf = certificate.raw.equals(leaf.raw);
    if (isLeaf || (await isGoodFor(look, leaf, [certificate.toString()], true))) proven.push(pin);
  }
  return proven;
}

async function read(look: ChainLook): Promise<SeenChain> {
  const { furtherCas } = look;
  const store = furtherCas.length === 0 ? {} : { ca: [...getCACertificates("default"), ...furtherCas] };
  const { leaf, isGood } = await open(look, store);
  const chain = chainOf(leaf);
  const top = chain.at(-1);
  return {
    certificates: chain.map(({ raw }) => seenCertificate(raw)),
    topPem: top?.toString() ?? "",
    topIsRoot: top?.ca === true && top.checkIssued(top) && top.verify(top.publicKey),
    named: checkServerIdentity(look.host.replace(/^\[|\]$/g, ""), leaf) === undefined,
    store: isGood,
    roots: look.roots.length === 0 ? null : await isGoodFor(look, leaf, look.roots, false),
    pins: await provenPins(look, leaf, chain),
  };
}

/** Looks at a host's live chain by handshakes alone, and proves what it is held against as an agent would. Never rejects. */
export async function readLiveChain(look: ChainLook): Promise<ChainAnswer> {
  try {
    return { ok: true, chain: await read(look) };
  } catch {
    return { ok: false, problem: "unreachable" };
  }
}
