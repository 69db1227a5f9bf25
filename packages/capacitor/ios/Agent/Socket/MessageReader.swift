import Foundation

/// What a peer of a WebSocket says next.
enum SocketWord {
  case text(String)
  case bytes(Data)
  case ping(Data)
  case end(SocketEnd)
}

/// A peer that does not keep to the protocol, with the code that tells it so (RFC 6455 §7.4.1).
struct SocketBreach: Error {
  let code: Int

  static let protocolError = SocketBreach(code: 1002)
  static let noText = SocketBreach(code: 1007)
  static let tooBig = SocketBreach(code: 1009)
}

/// Puts frames together (RFC 6455 §5). Throws `SocketBreach`, or `ChannelFault` where the connection ends.
final class MessageReader {
  /// 16 MiB: a message is held whole, on both sides of the bridge.
  static let maxMessageBytes = 16 * 1024 * 1024

  private let reader: StreamReader
  private var kind: FrameKind?
  private var message: [UInt8] = []

  init(_ reader: StreamReader) {
    self.reader = reader
  }

  func next() async throws -> SocketWord {
    while true {
      let head = try await reader.exactly(2)
      // No extension was agreed on, so that the reserved bits mean nothing; a server masks nothing.
      guard head[0] & 0x70 == 0, let frame = FrameKind(rawValue: head[0] & 0x0F), head[1] & 0x80 == 0 else { throw SocketBreach.protocolError }
      let isLast = head[0] & 0x80 != 0
      if frame.isControl {
        guard isLast, head[1] <= 125 else { throw SocketBreach.protocolError }
        if let word = try control(frame, try await reader.exactly(Int(head[1]))) { return word }
      } else {
        try begin(frame)
        let length = try await self.length(head[1])
        guard length <= Self.maxMessageBytes - message.count else { throw SocketBreach.tooBig }
        message += try await reader.exactly(length)
        if isLast { return try finished() }
      }
    }
  }

  /// The first frame names the kind, and those that go on with it name none.
  private func begin(_ frame: FrameKind) throws {
    guard (frame == .more) == (kind != nil) else { throw SocketBreach.protocolError }
    if frame != .more { kind = frame }
  }

  /// In the shortest form that holds it.
  private func length(_ said: UInt8) async throws -> Int {
    guard said >= 126 else { return Int(said) }
    let bytes = try await reader.exactly(said == 126 ? 2 : 8)
    guard bytes[0] & 0x80 == 0 || said == 126 else { throw SocketBreach.protocolError }
    let length = bytes.reduce(0) { $0 << 8 | Int($1) }
    guard length > (said == 126 ? 125 : 0xFFFF) else { throw SocketBreach.protocolError }
    return length
  }

  private func finished() throws -> SocketWord {
    defer {
      kind = nil
      message = []
    }
    guard kind == .text else { return .bytes(Data(message)) }
    return .text(try validText(message))
  }

  private func control(_ frame: FrameKind, _ payload: [UInt8]) throws -> SocketWord? {
    switch frame {
    case .ping: return .ping(Data(payload))
    case .close: return .end(try endOf(payload))
    default: return nil
    }
  }
}

private func endOf(_ payload: [UInt8]) throws -> SocketEnd {
  if payload.isEmpty { return .unsaid }
  guard payload.count >= 2 else { throw SocketBreach.protocolError }
  let code = Int(payload[0]) << 8 | Int(payload[1])
  guard isClosingCode(code) else { throw SocketBreach.protocolError }
  return SocketEnd(code: code, reason: try validText(payload.dropFirst(2)))
}

/// Swift repairs what is no UTF-8: a text that is not the same bytes again was not.
private func validText<Bytes: Collection>(_ bytes: Bytes) throws -> String where Bytes.Element == UInt8 {
  let text = String(decoding: bytes, as: UTF8.self)
  guard text.utf8.elementsEqual(bytes) else { throw SocketBreach.noText }
  return text
}
