import Foundation

/// What a socket gives next.
enum SocketEvent {
  case text(String)
  case bytes(Data)
  /// 1006 where it ended in no due form.
  case closed(SocketEnd, wasClean: Bool)
}

/// One WebSocket over a connection of its own (RFC 6455). `next` is for one caller; others may send and close meanwhile.
final class Socket {
  /// How long a peer may take to open, and to answer a Close.
  struct Patience {
    var openSeconds = 30.0
    var closeSeconds = 10.0
  }

  private let opening: SocketOpening
  private let head: Data
  private let stream: ByteStream
  private let reader: StreamReader
  private let messages: MessageReader
  private let patience: Patience
  private let onOver: () -> Void
  private let lock = NSLock()
  private var isOpen = false
  private var isGivenUp = false
  private var saidEnd = false

  /// Throws where the opening cannot be written. `onOver` is called where this side has waited for the end for long enough.
  init(_ opening: SocketOpening, patience: Patience, open: OpenStream, onOver: @escaping () -> Void) throws {
    self.opening = opening
    self.patience = patience
    self.onOver = onOver
    head = try openingHead(opening)
    stream = try opening.peer.stream(open)
    reader = StreamReader(stream)
    messages = MessageReader(reader)
  }

  /// Connects, lets the peer prove itself, opens; the subprotocol that was taken.
  func open() async throws -> String {
    let late = after(patience.openSeconds) { [stream] in stream.close() }
    defer { late.cancel() }
    do {
      try await stream.open()
      try await stream.write(head).value()
      let taken = try openedProtocol(opening, try await reader.answerHead(last: 101))
      guard opened() else { throw ChannelFault.aborted() }
      return taken
    } catch {
      stream.close()
      throw wasGivenUp() ? ChannelFault.aborted() : error
    }
  }

  /// The next message, or the end. Pings are answered on the way.
  func next() async -> SocketEvent {
    do {
      while true {
        let word = try await messages.next()
        switch word {
        case .text(let text): return .text(text)
        case .bytes(let bytes): return .bytes(bytes)
        // Waited for: a peer that asks and does not listen is not asked on.
        case .ping(let payload): try await write(.pong, payload)?.value()
        case .end(let end): return await ended(end)
        }
      }
    } catch let breach as SocketBreach {
      try? await sayEnd(SocketEnd(code: breach.code, reason: ""))?.value()
    } catch {
      // The connection broke.
    }
    stream.close()
    return .closed(SocketEnd(code: 1006, reason: ""), wasClean: false)
  }

  /// Settled when the message is written and more may come.
  func send(_ kind: FrameKind, _ payload: Data) throws -> Outcome<Void> {
    guard wasOpened(), let written = try write(kind, payload) else { throw ChannelFault.network("the socket is closed") }
    return written
  }

  /// Says the end; one that is not open yet is given up. The connection ends when the peer said so too, or did not for too long.
  func close(_ end: SocketEnd) throws {
    guard wasOpened() else { return giveUp() }
    guard try sayEnd(end) != nil else { return }
    _ = after(patience.closeSeconds) { [stream, onOver] in
      stream.close()
      onOver()
    }
  }

  private func ended(_ end: SocketEnd) async -> SocketEvent {
    let answer = try? sayEnd(end)
    try? await answer?.value()
    stream.close()
    return .closed(end, wasClean: true)
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

  private func giveUp() {
    lock.lock()
    isGivenUp = true
    lock.unlock()
    stream.close()
  }
}

/// Does something later, unless it is cancelled before.
private func after(_ seconds: Double, _ act: @escaping () -> Void) -> Task<Void, Never> {
  return Task {
    guard (try? await Task.sleep(nanoseconds: UInt64(seconds * 1_000_000_000))) != nil else { return }
    act()
  }
}
