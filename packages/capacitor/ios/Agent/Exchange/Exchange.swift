import Foundation

/// One request and its answer over a connection of its own. `send` and `receive` are for one caller; another may upload or abandon meanwhile. All throw
/// `ChannelFault`, after which the connection is closed.
final class Exchange {
  private let request: ExchangeRequest
  private let head: Data
  private let stream: ByteStream
  private let reader: StreamReader
  /// Settled when the head is written, from when on the body may follow.
  private let written = Outcome<Void>()
  private let lock = NSLock()
  private var isAbandoned = false
  private var uploaded: Int64 = 0
  private var body: AnswerBody?

  /// Throws where the request cannot be written.
  init(_ request: ExchangeRequest, open: OpenStream) throws {
    self.request = request
    head = try requestHead(request)
    stream = try request.peer.stream(open)
    reader = StreamReader(stream)
  }

  /// Connects, lets the peer prove itself, writes the request and reads the head of the answer.
  func send() async throws -> AnswerHead {
    return try await guarded {
      try await stream.open()
      var message = head
      if case .whole(let bytes) = request.body { message.append(bytes) }
      // Not waited for: an answer may come before the peer took all of the body, and instead of it.
      _ = stream.write(message)
      written.settle(.success(()))
      let answer = try await reader.answerHead()
      body = try AnswerBody(answer, method: request.method, reader: reader)
      return answer
    }
  }

  /// The next piece of the answer; nil at its end, with which the connection ends too.
  func receive() async throws -> Data? {
    return try await guarded {
      guard let body = body else { throw ChannelFault.network("nothing was answered yet") }
      let piece = try await body.piece()
      if piece == nil { stream.close() }
      return piece
    }
  }

  /// The next piece of the body; nil at its end. Returns when more may come.
  func upload(_ piece: Data?) async throws {
    try await guarded {
      guard case .pieces(let length) = request.body else { throw ChannelFault.network("this body does not come in pieces") }
      try await written.value()
      uploaded += Int64(piece?.count ?? 0)
      let isRight = length.map { piece == nil ? uploaded == $0 : uploaded <= $0 } ?? true
      guard isRight else { throw ChannelFault.network("the body is not of the length that was said") }
      guard let bytes = length == nil ? chunk(piece) : piece else { return }
      try await stream.write(bytes).value()
    }
  }

  func abandon() {
    lock.lock()
    isAbandoned = true
    lock.unlock()
    stream.close()
    written.settle(.failure(ChannelFault.aborted()))
  }

  private var wasAbandoned: Bool {
    lock.lock()
    defer { lock.unlock() }
    return isAbandoned
  }

  private func guarded<T>(_ step: () async throws -> T) async throws -> T {
    do {
      if wasAbandoned { throw ChannelFault.aborted() }
      return try await step()
    } catch {
      stream.close()
      written.settle(.failure(error))
      throw wasAbandoned ? ChannelFault.aborted() : error
    }
  }
}

/// A chunk (RFC 9112 §7.1), the last where there is no piece. One without bytes would be the last, and is not written.
private func chunk(_ piece: Data?) -> Data? {
  guard let piece = piece else { return Data("0\r\n\r\n".utf8) }
  return piece.isEmpty ? nil : Data("\(String(piece.count, radix: 16))\r\n".utf8) + piece + Data("\r\n".utf8)
}
