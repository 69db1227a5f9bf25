import Foundation

/// One request and its answer. `send` and `receive` are for one caller; another may upload or abandon meanwhile. All throw `ChannelFault`, after which the connection
/// is closed.
final class Exchange: @unchecked Sendable {
  private let request: ExchangeRequest
  private let head: Data
  private let connections: Connections
  /// Settled when the head is on its way, from when on the body may follow.
  private let begun = Outcome<Void>()
  private let reading = Turn()
  private let uploading = Turn()
  private let lock = NSLock()
  /// Who takes it out of here decides whether it is kept or closed.
  private var held: Connection?
  private var opening: ByteStream?
  private var isAbandoned = false
  /// Settled when all of the request is written.
  private var sent = Outcome<Void>()
  private var uploaded: Int64 = 0
  private var body: AnswerBody?

  /// Throws where the request cannot be written.
  init(_ request: ExchangeRequest, _ connections: Connections) throws {
    self.request = request
    self.connections = connections
    head = try requestHead(request)
    try request.peer.check()
  }

  /// Lets the peer prove itself, unless a connection is kept on which it has, writes the request and reads the head of the answer.
  func send() async throws -> AnswerHead {
    return try await taken(reading) {
      let reader = try await answering()
      let answer = try await reader.answerHead()
      body = try AnswerBody(answer, method: request.method, reader: reader)
      return answer
    }
  }

  /// The next piece of the answer; nil at its end.
  func receive() async throws -> Data? {
    return try await taken(reading) {
      guard let body = body else { throw ChannelFault.network("nothing was answered yet") }
      let piece = try await body.piece()
      if piece == nil { await finish(body) }
      return piece
    }
  }

  /// The next piece of the body; nil at its end. Returns when more may come.
  func upload(_ piece: Data?) async throws {
    try await taken(uploading) {
      guard case .pieces(let length) = request.body, !sent.hasSucceeded else { throw ChannelFault.network("nothing more can be uploaded") }
      try await begun.value()
      uploaded += Int64(piece?.count ?? 0)
      let isRight = length.map { piece == nil ? uploaded == $0 : uploaded <= $0 } ?? true
      guard isRight else { throw ChannelFault.network("the body is not of the length that was said") }
      if let bytes = length == nil ? chunk(piece) : piece {
        guard let stream = current()?.stream else { throw ChannelFault.network("nothing more can be uploaded") }
        try await stream.write(bytes).value()
      }
      if piece == nil { sent.settle(.success(())) }
    }
  }

  func abandon() {
    lock.lock()
    isAbandoned = true
    lock.unlock()
    end(ChannelFault.aborted())
  }

  private func answering() async throws -> StreamReader {
    if let kept = connections.kept.take(request.peer) {
      let isTaken = try await isAnswered(kept, mayBeRepeated: request.mayBeRepeated)
      if isTaken { return kept.reader }
    }
    let stream = connections.open(request.peer)
    try hold { opening = stream }
    try await stream.open()
    let connection = Connection(stream, openedAtMs: connections.nowMs())
    _ = try await isAnswered(connection, mayBeRepeated: false)
    return connection.reader
  }

  /// Writes the request and waits for an answer to begin. False where the connection ended before that, and the request may be repeated; where it may not, the end
  /// is thrown: who closed the connection may have read the request (RFC 9112 §9.3.1).
  private func isAnswered(_ connection: Connection, mayBeRepeated: Bool) async throws -> Bool {
    try hold {
      held = connection
      opening = nil
    }
    // Not waited for: an answer may come before the peer took all of the body, and instead of it.
    let written = connection.stream.write(head + (request.body.whole ?? Data()))
    if !request.body.isInPieces { sent = written }
    begun.settle(.success(()))
    do {
      guard try await connection.reader.hasMore() else { throw cut() }
      return true
    } catch {
      guard mayBeRepeated, !wasAbandoned else { throw error }
      release()?.stream.cut()
      return false
    }
  }

  private func finish(_ body: AnswerBody) async {
    guard let connection = release() else { return }
    await isWritten(connection.stream)
    // What is left of a request that nobody waits for is not written.
    guard sent.hasSucceeded else { return connection.stream.cut() }
    guard body.mayBeFollowed else { return connection.stream.close() }
    connections.kept.put(request.peer, connection, idleMs: body.waitsMs)
  }

  /// An answer may be read to its end before the word comes that its request is written, which is a moment later then.
  private func isWritten(_ stream: ByteStream) async {
    guard !request.body.isInPieces, sent.isOpen else { return }
    let late = after(0.2) { stream.cut() }
    _ = try? await sent.value()
    late.cancel()
  }

  private func taken<T>(_ turn: Turn, _ step: () async throws -> T) async throws -> T {
    return try await turn.taken {
      do {
        if wasAbandoned { throw ChannelFault.aborted() }
        return try await step()
      } catch {
        end(error)
        throw wasAbandoned ? ChannelFault.aborted() : error
      }
    }
  }

  private func end(_ error: Error) {
    lock.lock()
    let ended = [held?.stream, opening]
    held = nil
    opening = nil
    lock.unlock()
    for stream in ended { stream?.cut() }
    begun.settle(.failure(error))
  }

  private func hold(_ put: () -> Void) throws {
    lock.lock()
    defer { lock.unlock() }
    put()
    if isAbandoned { throw ChannelFault.aborted() }
  }

  private func current() -> Connection? {
    lock.lock()
    defer { lock.unlock() }
    return held
  }

  private func release() -> Connection? {
    lock.lock()
    defer {
      held = nil
      lock.unlock()
    }
    return held
  }

  private var wasAbandoned: Bool {
    lock.lock()
    defer { lock.unlock() }
    return isAbandoned
  }
}

/// A chunk (RFC 9112 §7.1), the last where there is no piece. One without bytes would be the last, and is not written.
private func chunk(_ piece: Data?) -> Data? {
  guard let piece = piece else { return Data("0\r\n\r\n".utf8) }
  return piece.isEmpty ? nil : Data("\(String(piece.count, radix: 16))\r\n".utf8) + piece + Data("\r\n".utf8)
}
