import Foundation

/// What frames are for (RFC 6455 §5.2).
enum FrameKind: UInt8 {
  case more = 0
  case text = 1
  case bytes = 2
  case close = 8
  case ping = 9
  case pong = 10

  var isControl: Bool {
    return rawValue >= 8
  }
}

/// A message in one frame, masked with four fresh bytes of the platform's generator (RFC 6455 §5.3).
func maskedFrame(_ kind: FrameKind, _ payload: Data) throws -> Data {
  guard let mask = randomBytes(4).map({ [UInt8]($0) }) else { throw ChannelFault.network("there is no randomness") }
  var frame: [UInt8] = [0x80 | kind.rawValue]
  frame.reserveCapacity(payload.count + 14)
  if payload.count < 126 {
    frame.append(0x80 | UInt8(payload.count))
  } else if payload.count <= 0xFFFF {
    frame += [0xFE, UInt8(payload.count >> 8), UInt8(payload.count & 0xFF)]
  } else {
    frame.append(0xFF)
    for shift in stride(from: 56, through: 0, by: -8) { frame.append(UInt8(truncatingIfNeeded: payload.count >> shift)) }
  }
  frame += mask
  for (index, byte) in payload.enumerated() { frame.append(byte ^ mask[index & 3]) }
  return Data(frame)
}

/// What a Close says (RFC 6455 §5.5.1); 1005 where it says nothing.
struct SocketEnd: Equatable {
  let code: Int
  let reason: String

  static let unsaid = SocketEnd(code: 1005, reason: "")

  var payload: Data {
    return self == .unsaid ? Data() : Data([UInt8(code >> 8), UInt8(code & 0xFF)]) + Data(reason.utf8)
  }
}

/// RFC 6455 §7.4: codes that may stand in a frame.
func isClosingCode(_ code: Int) -> Bool {
  return (1000...1003).contains(code) || (1007...1014).contains(code) || (3000...4999).contains(code)
}
