/**
 * Keeps the bytes that a body parser reads: `express.json({ verify: captureRawBody })`. Needed only where the parser stands before
 * the verifier and a proof covers the body.
 */
export function captureRawBody(request: object, _response: unknown, body: Uint8Array): void {
  Object.assign(request, { rawBody: body });
}
