import Foundation

/// How a request goes that a URLSession of the app is about to load.
enum RequestWay: Equatable {
  /// As it would without the agent.
  case usual
  /// Over a session of its host's own, which is held to the host's policy; nil: to the device's store alone.
  case held(ChannelPolicy?)
  /// Not at all: in the clear to a host that the manifest names.
  case refused
}

/// Headers of which the platform's stack must follow no redirect, in lower case (protocol section 10), beside all that begin with `countersign-`.
private let proofs: Set<String> = ["dpop", "signature", "signature-input", "oauth-client-attestation", "oauth-client-attestation-pop"]

func carriesProof(_ request: URLRequest) -> Bool {
  return (request.allHTTPHeaderFields ?? [:]).keys.contains { name in
    let lower = name.lowercased()
    return proofs.contains(lower) || lower.hasPrefix("countersign-")
  }
}

/// Where a request goes, as the network will understand it.
struct RequestPlace {
  let isSecure: Bool
  /// Without letters in capitals and escapes.
  let host: String
  let port: Int

  /// Nil for what is no request over HTTP.
  init?(_ url: URL?) {
    guard let url = url, let scheme = url.scheme?.lowercased(), scheme == "https" || scheme == "http", let host = url.host, !host.isEmpty else { return nil }
    isSecure = scheme == "https"
    self.host = (host.removingPercentEncoding ?? host).lowercased()
    port = url.port ?? (isSecure ? 443 : 80)
  }
}

/// `policyOf` gives the policy of a host and port; nil where the manifest names none.
func wayOf(_ request: URLRequest, _ policyOf: (String, Int) -> ChannelPolicy?) -> RequestWay {
  guard let place = RequestPlace(request.url) else { return .usual }
  // The stack may turn plain http to port 80 into https by itself, past this judgement.
  let named = policyOf(place.host, place.port) ?? (!place.isSecure && place.port == 80 ? policyOf(place.host, 443) : nil)
  if !place.isSecure, named != nil { return .refused }
  return named != nil || carriesProof(request) ? .held(named) : .usual
}

/// Whether a redirect of this request's answer is left to the session that asked, which judges the next hop anew. Of a host with a policy nothing goes to another origin that
/// may be a token, a secret or what a person wrote: the stack takes every header along but `Authorization`, and with 307 and 308 the body. `isWanted` is what expo/fetch was
/// told: it marks its requests with it, for its delegate alone would be asked too late here.
func mayFollow(_ request: URLRequest, to next: URL?, isHeld: Bool, isWanted: Bool?) -> Bool {
  guard !carriesProof(request), isWanted != false else { return false }
  return !isHeld || isSameOrigin(request.url, next) || carriesNothing(request)
}

/// Headers that say nothing of who asks, in lower case. `authorization` goes no further than one hop; whoever sets `cookie` sets it anew for each.
private let common: Set<String> = [
  "accept", "accept-charset", "accept-encoding", "accept-language", "authorization", "cache-control", "connection", "cookie", "host", "if-match", "if-modified-since",
  "if-none-match", "if-range", "if-unmodified-since", "origin", "pragma", "range", "referer", "user-agent",
]

private func carriesNothing(_ request: URLRequest) -> Bool {
  let names = (request.allHTTPHeaderFields ?? [:]).keys.map { $0.lowercased() }
  return request.httpBody == nil && request.httpBodyStream == nil && names.allSatisfy { common.contains($0) }
}

private func isSameOrigin(_ one: URL?, _ other: URL?) -> Bool {
  guard let one = RequestPlace(one), let other = RequestPlace(other) else { return false }
  return one.isSecure == other.isSecure && one.host == other.host && one.port == other.port
}

func isRedirectWanted(_ request: URLRequest) -> Bool? {
  return URLProtocol.property(forKey: "shouldFollowRedirects", in: request) as? Bool
}
