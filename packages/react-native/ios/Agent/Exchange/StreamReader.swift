import Foundation

private let readBytes = 32 * 1024

/// Reads a stream by lines and by pieces. What ends before it should, or is not of its form, is a `ChannelFault` `network`.
final class StreamReader {
  private let stream: ByteStream
  private var held = Data()
  /// A read that is under way, whose bytes are the next.
  private var coming: Outcome<Data?>?

  init(_ stream: ByteStream) {
    self.stream = stream
  }

  /// Looks whether the peer ends the connection, or says something, while nobody asks. False where it has said something already.
  func watch() -> Bool {
    guard held.isEmpty, coming == nil else { return false }
    let coming = Outcome<Data?>()
    self.coming = coming
    Task { [stream] in
      do {
        coming.settle(.success(try await stream.read(most: readBytes)))
      } catch {
        coming.settle(.failure(error))
      }
    }
    return true
  }

  /// Whether nothing has happened since.
  var isQuiet: Bool {
    return coming?.isOpen == true
  }

  /// Waits for a byte, which is left to be read. False where the peer ended the connection instead.
  func hasMore() async throws -> Bool {
    return try await fill()
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
    guard let more = try await next() else { return false }
    held = more
    return true
  }

  private func next() async throws -> Data? {
    guard let coming = coming else { return try await stream.read(most: readBytes) }
    self.coming = nil
    return try await coming.value()
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
