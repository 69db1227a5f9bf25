const loopback = ["localhost", "127.0.0.1", "[::1]"];

/** A URL that may be asked: `https`, or plain `http` on loopback; no user, no fragment. Throws a TypeError for any other. */
export function parseServiceUrl(text: string | URL): URL {
  const url = URL.canParse(String(text)) ? new URL(String(text)) : null;
  const secure = url?.protocol === "https:" || (url?.protocol === "http:" && loopback.includes(url.hostname));
  if (url === null || !secure || url.username !== "" || url.password !== "" || url.hash !== "")
    throw new TypeError("a URL is https, or http on loopback, without user and fragment");
  return url;
}
