import Foundation

/// What a socket gives next.
enum SocketEvent {
  case text(String)
  case bytes(Data)
  /// 1006 where it ended in no due form.
  case closed(SocketEnd, wasClean: Bool)
}

/// One WebSocket over a connection of its own (RFC 6455). `next` is for one caller; others may send and close meanwhile.
final class Socket: @unchecked Sendable {
  struct Limits {
    /// How long a peer may take to open, and to answer a Close.
    var openSeconds = 30.0
    var closeSeconds = 10.0
    /// Of messages that are not written yet.
    var waitingBytes = 16 * 1024 * 1024
  }

  private let opening: SocketOpening
  private let head: Data
  private let stream: ByteStream
  private let reader: StreamReader
  private let messages: MessageReader
  private let limits: Limits
  private let onOver: @Sendable () -> Void
  private let reading = Turn()
  private let lock = NSLock()
  private var isOpen = false
  private var isGivenUp = false
  private var saidEnd = false
  private var waitingBytes = 0
  private var latestPing: Data?
  private var isAnswering = false

  /// Throws where the opening cannot be written. `onOver` is called where this side has waited for the end for long enough.
  init(_ opening: SocketOpening, limits: Limits, open: OpenStream, onOver: @escaping @Sendable () -> Void) throws {
    self.opening = opening
    self.limits = limits
    self.onOver = onOver
    head = try openingHead(opening)
    try opening.peer.check()
    stream = open(opening.peer)
    reader = StreamReader(stream)
    messages = MessageReader(reader)
  }

  /// Connects, lets the peer prove itself, opens; the subprotocol that was taken.
  func open() async throws -> String {
    let late = after(limits.openSeconds) { [stream] in stream.cut() }
    defer { late.cancel() }
    do {
      try await stream.open()
      try await stream.write(head).value()
      let taken = try openedProtocol(opening, try await reader.answerHead(last: 101))
      guard opened() else { throw ChannelFault.aborted() }
      return taken
    } catch {
      stream.cut()
      throw wasGivenUp() ? ChannelFault.aborted() : error
    }
  }

  /// The next message, or the end. Pings are answered on the way.
  func next() async throws -> SocketEvent {
    return try await reading.taken { await read() }
  }

  private func read() async -> SocketEvent {
    do {
      while true {
        let word = try await messages.next()
        switch word {
        case .text(let text): return .text(text)
        case .bytes(let bytes): return .bytes(bytes)
        case .ping(let payload): pong(payload)
        case .end(let end): return await ended(end)
        }
      }
    } catch let breach as SocketBreach {
      await sayLast(SocketEnd(code: breach.code, reason: ""))
    } catch {
      // The connection broke.
    }
    stream.close()
    return .closed(SocketEnd(code: 1006, reason: ""), wasClean: false)
  }

  /// Gives a message on its way: what is returned waits until it is written, and more may come. Where too much waits, the connection ends, as a browser's does.
  func send(_ kind: FrameKind, _ payload: Data) throws -> @Sendable () async throws -> Void {
    guard takes(payload.count) else {
      stream.cut()
      throw ChannelFault.network("too much waits to be written")
    }
    guard wasOpened(), let written = try write(kind, payload) else { throw ChannelFault.network("the socket is closed") }
    return {
      try await written.value()
      _ = self.takes(-payload.count)
    }
  }

  /// Says the end; one that is not open yet is given up. The connection ends when the peer said so too, or did not for too long.
  func close(_ end: SocketEnd) throws {
    guard wasOpened() else { return giveUp() }
    guard try sayEnd(end) != nil else { return }
    _ = after(limits.closeSeconds) { [stream, onOver] in
      stream.cut()
      onOver()
    }
  }

  /// The code comes back as it came (RFC 6455 §5.5.1).
  private func ended(_ end: SocketEnd) async -> SocketEvent {
    await sayLast(SocketEnd(code: end.code, reason: ""))
    stream.close()
    return .closed(end, wasClean: true)
  }

  /// Says the end, if it was not said, and waits for it to be written, for so long.
  private func sayLast(_ end: SocketEnd) async {
    let late = after(limits.closeSeconds) { [stream] in stream.cut() }
    _ = try? await sayEnd(end)?.value()
    late.cancel()
  }

  /// Where another answer still waits to be written, the latest is enough (RFC 6455 §5.5.3): a peer that asks and does not listen fills no memory.
  private func pong(_ payload: Data) {
    guard isFirstPong(payload) else { return }
    Task {
      while let payload = nextPong() { _ = try? await write(.pong, payload)?.value() }
    }
  }

  private func isFirstPong(_ payload: Data) -> Bool {
    lock.lock()
    defer { lock.unlock() }
    latestPing = payload
    defer { isAnswering = true }
    return !isAnswering
  }

  private func nextPong() -> Data? {
    lock.lock()
    defer {
      isAnswering = latestPing != nil
      latestPing = nil
      lock.unlock()
    }
    return latestPing
  }

  /// Nil where this side has said its end already, after which it says nothing.
  private func write(_ kind: FrameKind, _ payload: Data) throws -> Outcome<Void>? {
    let frame = try maskedFrame(kind, payload)
    lock.lock()
    defer { lock.unlock() }
    if saidEnd { return nil }
    if kind == .close { saidEnd = true }
    // Within the lock: nothing may come behind the end.
    return stream.write(frame)
  }

  private func sayEnd(_ end: SocketEnd) throws -> Outcome<Void>? {
    return try write(.close, end.payload)
  }

  private func takes(_ count: Int) -> Bool {
    lock.lock()
    defer { lock.unlock() }
    waitingBytes += count
    return waitingBytes <= limits.waitingBytes
  }

  private func opened() -> Bool {
    lock.lock()
    defer { lock.unlock() }
    isOpen = !isGivenUp
    return isOpen
  }

  private func wasOpened() -> Bool {
    lock.lock()
    defer { lock.unlock() }
    return isOpen
  }

  private func wasGivenUp() -> Bool {
    lock.lock()
    defer { lock.unlock() }
    return isGivenUp
  }

  /// Ends it at once, whatever is under way.
  func giveUp() {
    lock.lock()
    isGivenUp = true
    lock.unlock()
    stream.cut()
  }
}
