/** The body of a copy of the request, which itself stays readable. Rejects where it was read before or is larger than the limit. */
export async function readFetchBody(request: Request, limitBytes: number): Promise<Uint8Array> {
  if (request.bodyUsed) throw new Error("the body was read before");
  if (request.body === null) return new Uint8Array(0);
  const chunks: Uint8Array[] = [];
  let receivedBytes = 0;
  const reader = request.clone().body?.getReader();
  for (let part = await reader?.read(); part !== undefined && !part.done; part = await reader?.read()) {
    receivedBytes += part.value.length;
    if (receivedBytes > limitBytes) {
      // Not awaited: a branch of a copied body ends its cancelling only when the other branch does.
      reader?.cancel().catch(() => {});
      throw new Error("the body is larger than bodyLimitBytes");
    }
    chunks.push(part.value);
  }
  const body = new Uint8Array(receivedBytes);
  let at = 0;
  for (const chunk of chunks) {
    body.set(chunk, at);
    at += chunk.length;
  }
  return body;
}
