/** DER (X.690) writing, as much as a certificate needs. */

/** One value: tag, length, content. */
export function der(tag: number, ...content: readonly Uint8Array[]): Buffer {
  const body = Buffer.concat(content);
  if (body.length < 0x80) return Buffer.concat([Buffer.from([tag, body.length]), body]);
  const length: number[] = [];
  for (let rest = body.length; rest > 0; rest = Math.floor(rest / 256)) length.unshift(rest % 256);
  return Buffer.concat([Buffer.from([tag, 0x80 | length.length, ...length]), body]);
}

export const sequence = (...content: readonly Uint8Array[]): Buffer => der(0x30, ...content);
export const set = (...content: readonly Uint8Array[]): Buffer => der(0x31, ...content);
export const octets = (...content: readonly Uint8Array[]): Buffer => der(0x04, ...content);
export const bits = (content: Uint8Array): Buffer => der(0x03, Buffer.from([0]), content);
export const utf8 = (text: string): Buffer => der(0x0c, Buffer.from(text, "utf8"));
export const truth = (): Buffer => der(0x01, Buffer.from([0xff]));

/** A non-negative integer from its big-endian bytes. */
export function integer(bytes: Uint8Array): Buffer {
  let at = 0;
  while (at < bytes.length - 1 && bytes[at] === 0) at += 1;
  const short = bytes.subarray(at);
  return der(0x02, (short[0] ?? 0) & 0x80 ? Buffer.from([0]) : Buffer.alloc(0), short);
}

/** An object identifier from its dotted form. */
export function oid(dotted: string): Buffer {
  const [first = 0, second = 0, ...rest] = dotted.split(".").map(Number);
  const bytes: number[] = [first * 40 + second];
  for (const arc of rest) {
    const group = [arc % 128];
    for (let left = Math.floor(arc / 128); left > 0; left = Math.floor(left / 128)) group.unshift(0x80 | (left % 128));
    bytes.push(...group);
  }
  return der(0x06, Buffer.from(bytes));
}

/** GeneralizedTime `YYYYMMDDHHMMSSZ`, or UTCTime before 2050 as RFC 5280 §4.1.2.5 demands. */
export function time(atMs: number): Buffer {
  const text = `${new Date(atMs).toISOString().replace(/[-:T]/g, "").slice(0, 14)}Z`;
  return Number(text.slice(0, 4)) < 2050 ? der(0x17, Buffer.from(text.slice(2))) : der(0x18, Buffer.from(text));
}
