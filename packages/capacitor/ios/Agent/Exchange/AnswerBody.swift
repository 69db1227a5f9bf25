import Foundation

private let pieceBytes = 32 * 1024

/// The body of one answer, piece by piece (RFC 9112 §6 and §7).
final class AnswerBody {
  private enum Framing {
    case none
    case length(Int64)
    /// What the chunk still has; nil before the first.
    case chunked(Int64?)
    case close
  }

  private let reader: StreamReader
  private var framing: Framing

  /// An answer that says its length twice over, in whatever way, has none.
  init(_ head: AnswerHead, method: String, reader: StreamReader) throws {
    self.reader = reader
    let codings = head.values("transfer-encoding")
    let lengths = head.values("content-length")
    guard codings.count + lengths.count <= 1 else { throw broken() }
    if let coding = codings.first, coding.lowercased() != "chunked" { throw broken() }
    let length = try lengths.first.map { try lengthOf($0) }
    if method == "HEAD" || head.status == 204 || head.status == 304 {
      framing = .none
    } else if !codings.isEmpty {
      framing = .chunked(nil)
    } else {
      framing = length.map { .length($0) } ?? .close
    }
  }

  /// The next bytes; nil at the end, and after it.
  func piece() async throws -> Data? {
    switch framing {
    case .none: return nil
    case .length(let left):
      guard left > 0 else { return end() }
      let piece = try await some(of: left)
      framing = .length(left - Int64(piece.count))
      return piece
    case .chunked(let left): return try await chunk(left)
    case .close: return try await reader.some(most: pieceBytes) ?? end()
    }
  }

  private func chunk(_ left: Int64?) async throws -> Data? {
    var left = left
    if left == 0 {
      guard try await reader.line(most: 2).isEmpty else { throw broken() }
      left = nil
    }
    let size: Int64
    if let left = left {
      size = left
    } else {
      guard let read = chunkSize(try await reader.line(most: 1024)) else { throw broken() }
      size = read
    }
    guard size > 0 else {
      try await reader.passTrailers()
      return end()
    }
    let piece = try await some(of: size)
    framing = .chunked(size - Int64(piece.count))
    return piece
  }

  private func some(of left: Int64) async throws -> Data {
    guard let piece = try await reader.some(most: Int(min(left, Int64(pieceBytes)))) else { throw cut() }
    return piece
  }

  private func end() -> Data? {
    framing = .none
    return nil
  }
}

private func lengthOf(_ text: String) throws -> Int64 {
  guard !text.isEmpty, text.utf8.count <= 15, text.utf8.allSatisfy({ $0 >= 0x30 && $0 <= 0x39 }), let length = Int64(text) else { throw broken() }
  return length
}

/// One to eight hexadecimal digits; what an extension says after a semicolon is nobody's.
private func chunkSize(_ line: [UInt8]) -> Int64? {
  let digits = line.prefix { isHex($0) }
  guard digits.count >= 1, digits.count <= 8 else { return nil }
  let rest = line[digits.count...].drop { $0 == 0x20 || $0 == 0x09 }
  guard rest.isEmpty || (rest.first == 0x3B && rest.allSatisfy { isFieldByte($0) }) else { return nil }
  return Int64(latin1(digits), radix: 16)
}

private func isHex(_ byte: UInt8) -> Bool {
  switch byte {
  case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "A")...UInt8(ascii: "F"), UInt8(ascii: "a")...UInt8(ascii: "f"): return true
  default: return false
  }
}
