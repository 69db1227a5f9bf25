import CommonCrypto
import Foundation

/// The opening of a WebSocket (RFC 6455 §4.1), to the letter as an exchange's request. No extension is offered.
struct SocketOpening {
  let peer: Peer
  let target: String
  let headers: [(name: String, value: String)]
  let protocols: [String]
  /// b64 of 16 random bytes
  let key: String
}

private let ours: Set<String> = [
  "host", "content-length", "transfer-encoding", "connection", "keep-alive", "te", "trailer", "upgrade", "proxy-connection", "expect",
]

/// A fault `unsupported` where a part could end a line, or is this side's to write. What an app says of the opening itself is left out, as everywhere.
func openingHead(_ opening: SocketOpening) throws -> Data {
  guard Set(opening.protocols).count == opening.protocols.count, opening.protocols.allSatisfy({ isToken($0) }) else {
    throw KeyFault.unsupported("these are no subprotocols")
  }
  var lines = try requestLines("GET", opening.target, opening.peer)
  lines += ["Upgrade: websocket", "Connection: Upgrade", "Sec-WebSocket-Key: \(opening.key)", "Sec-WebSocket-Version: 13"]
  if !opening.protocols.isEmpty { lines.append("Sec-WebSocket-Protocol: \(opening.protocols.joined(separator: ", "))") }
  lines += try headerLines(opening.headers.filter { !$0.name.lowercased().hasPrefix("sec-websocket-") }, ours: ours)
  return Data(latin1(lines.joined(separator: "\r\n") + "\r\n\r\n"))
}

/// The subprotocol that the peer took, empty where none was offered. A fault `network` where the answer opens no WebSocket, or another than was asked for.
func openedProtocol(_ opening: SocketOpening, _ answer: AnswerHead) throws -> String {
  guard answer.status == 101, answer.values("upgrade").map({ $0.lowercased() }) == ["websocket"] else { throw unopened() }
  let connection = answer.values("connection").flatMap { $0.lowercased().split(separator: ",") }
  guard connection.contains(where: { $0.trimmingCharacters(in: .whitespaces) == "upgrade" }) else { throw unopened() }
  guard answer.values("sec-websocket-accept") == [acceptance(of: opening.key)], answer.values("sec-websocket-extensions").isEmpty else { throw unopened() }
  let taken = answer.values("sec-websocket-protocol")
  if opening.protocols.isEmpty && taken.isEmpty { return "" }
  guard taken.count == 1, opening.protocols.contains(taken[0]) else { throw unopened() }
  return taken[0]
}

/// RFC 6455 §4.2.2: shows that the peer speaks WebSocket, and nothing else.
private func acceptance(of key: String) -> String {
  let text = Data("\(key)258EAFA5-E914-47DA-95CA-C5AB0DC85B11".utf8)
  var digest = [UInt8](repeating: 0, count: 20)
  text.withUnsafeBytes { buffer in
    _ = CC_SHA1(buffer.baseAddress, UInt32(buffer.count), &digest)
  }
  return Data(digest).base64EncodedString()
}

private func unopened() -> ChannelFault {
  return ChannelFault.network("the peer opened no WebSocket")
}
