import Foundation

/// A request as it is to be written, to the letter: no header but `Host` and framing is added, no redirect followed, no cookie kept.
struct ExchangeRequest {
  enum Body {
    case none
    case whole(Data)
    /// In pieces, of so many bytes where that is known.
    case pieces(length: Int64?)
  }

  let peer: Peer
  /// Path and query.
  let target: String
  let method: String
  let headers: [(name: String, value: String)]
  let body: Body

  var framing: String? {
    switch body {
    case .whole(let bytes): return "Content-Length: \(bytes.count)"
    case .pieces(let length?): return "Content-Length: \(length)"
    case .pieces(nil): return "Transfer-Encoding: chunked"
    case .none: return ["POST", "PUT", "PATCH"].contains(method) ? "Content-Length: 0" : nil
    }
  }
}

private let ours: Set<String> = [
  "host", "content-length", "transfer-encoding", "connection", "keep-alive", "te", "trailer", "upgrade", "proxy-connection", "expect",
]

/// The head of the request (RFC 9112 §3 and §5). A fault `unsupported` where a part could end a line, or is this side's to write.
func requestHead(_ request: ExchangeRequest) throws -> Data {
  guard isToken(request.method), request.method != "CONNECT" else { throw KeyFault.unsupported("there is no such method") }
  var lines = try requestLines(request.method, request.target, request.peer)
  lines.append("Connection: close")
  if let framing = request.framing { lines.append(framing) }
  lines += try headerLines(request.headers, ours: ours)
  return Data(latin1(lines.joined(separator: "\r\n") + "\r\n\r\n"))
}

func requestLines(_ method: String, _ target: String, _ peer: Peer) throws -> [String] {
  guard isTarget(target) else { throw KeyFault.unsupported("this is no target of a request") }
  guard isHost(peer.host), peer.port >= 1, peer.port <= 65535 else { throw KeyFault.unsupported("this is no host") }
  return ["\(method) \(target) HTTP/1.1", "Host: \(peer.authority)"]
}

/// The caller's headers, one a line. `ours` are this side's to write.
func headerLines(_ headers: [(name: String, value: String)], ours: Set<String>) throws -> [String] {
  return try headers.map { name, value in
    guard isToken(name), isFieldValue(value) else { throw KeyFault.unsupported("this is no header") }
    guard !ours.contains(name.lowercased()) else { throw KeyFault.unsupported("\(name) is not the caller's to write") }
    return "\(name): \(value)"
  }
}
