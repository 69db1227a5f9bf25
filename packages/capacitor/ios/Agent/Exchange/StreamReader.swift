import Foundation

private let readBytes = 32 * 1024

/// Reads a stream by lines and by pieces. What ends before it should, or is not of its form, is a `ChannelFault` `network`.
final class StreamReader {
  private let stream: ByteStream
  private var held = Data()

  init(_ stream: ByteStream) {
    self.stream = stream
  }

  /// Bytes that came and were not asked for yet.
  var heldCount: Int {
    return held.count
  }

  /// A line that ends in CR LF, without them, of at most `most` bytes.
  func line(most: Int) async throws -> [UInt8] {
    var line: [UInt8] = []
    while true {
      let byte = try await byte()
      if byte == 0x0D {
        guard try await self.byte() == 0x0A else { throw broken() }
        return line
      }
      guard byte != 0x0A, line.count < most else { throw broken() }
      line.append(byte)
    }
  }

  /// The next bytes, at most `most`; nil at the end.
  func some(most: Int) async throws -> Data? {
    guard try await fill() else { return nil }
    return take(min(most, held.count))
  }

  /// Exactly so many bytes.
  func exactly(_ count: Int) async throws -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(min(count, readBytes))
    while bytes.count < count {
      guard let more = try await some(most: count - bytes.count) else { throw cut() }
      bytes.append(contentsOf: more)
    }
    return bytes
  }

  func byte() async throws -> UInt8 {
    guard try await fill(), let byte = take(1).first else { throw cut() }
    return byte
  }

  private func fill() async throws -> Bool {
    if !held.isEmpty { return true }
    guard let more = try await stream.read(most: readBytes) else { return false }
    held = more
    return true
  }

  private func take(_ count: Int) -> Data {
    defer { held = held.dropFirst(count) }
    return held.prefix(count)
  }
}

func broken() -> ChannelFault {
  return ChannelFault.network("the answer is not of its form")
}

func cut() -> ChannelFault {
  return ChannelFault.network("the answer was cut")
}
