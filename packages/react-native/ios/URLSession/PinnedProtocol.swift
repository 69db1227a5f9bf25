import Foundation

/// Loads what a session of the app asks of a host that the signed manifest names, over a connection that is held to the host's policy, and what carries a proof, of which
/// no redirect is followed. Every other request goes its usual way. It is a class that a URLSession's configuration takes, whosever delegate the session has.
class PinnedProtocol: URLProtocol, @unchecked Sendable {
  /// A protocol is told nothing of the session that it loads for, but which class of protocol that one's configuration names.
  class var usesCookies: Bool { return true }

  private let lock = NSLock()
  private var carrier: URLSessionTask?
  private var isOver = false

  override class func canInit(with request: URLRequest) -> Bool {
    return wayOf(request, ChannelBook.shared.policy) != .usual
  }

  override class func canonicalRequest(for request: URLRequest) -> URLRequest {
    return request
  }

  override func startLoading() {
    let client = ClientThread()
    let tell: @Sendable (LoadEvent) -> Void = { event in client.run { self.tell(event) } }
    // Reading a body may wait for who writes it.
    DispatchQueue.global().async { self.load(tell) }
  }

  override func stopLoading() {
    lock.lock()
    isOver = true
    let running = carrier
    lock.unlock()
    running?.cancel()
  }

  private func load(_ tell: @escaping @Sendable (LoadEvent) -> Void) {
    // Judged anew: a manifest may have come since `canInit`.
    guard wayOf(request, ChannelBook.shared.policy) != .refused, let place = RequestPlace(request.url) else {
      return tell(.fault(URLError(.secureConnectionFailed)))
    }
    var carried = request
    do {
      carried.httpBody = try bodyOf(request)
    } catch {
      return tell(.fault(error))
    }
    lock.lock()
    defer { lock.unlock() }
    guard !isOver else { return }
    carrier = HostSessions.shared.load(carried, host: place.host, port: place.port, usesCookies: type(of: self).usesCookies, tell)
  }

  private func tell(_ event: LoadEvent) {
    lock.lock()
    let isSilent = isOver
    lock.unlock()
    guard !isSilent else { return }
    switch event {
    case .head(let response): client?.urlProtocol(self, didReceive: response, cacheStoragePolicy: .notAllowed)
    case .piece(let piece): client?.urlProtocol(self, didLoad: piece)
    case .end: client?.urlProtocolDidFinishLoading(self)
    case .fault(let error): client?.urlProtocol(self, didFailWithError: error)
    case .redirect(let request, let response):
      client?.urlProtocol(self, wasRedirectedTo: request, redirectResponse: response)
      // The session begins anew with the next hop; this load ends as Apple's own example of a protocol (CustomHTTPProtocol) ends it.
      client?.urlProtocol(self, didFailWithError: CocoaError(.userCancelled))
    }
  }
}

/// The same for sessions whose cookies are not the app's shared ones, such as ephemeral ones: what they load leaves nothing behind on the device.
final class CookielessPinnedProtocol: PinnedProtocol, @unchecked Sendable {
  override class var usesCookies: Bool { return false }
}

/// The thread on which a protocol was started: URLSession takes there what it tells. A run loop may be handed work from any thread.
private struct ClientThread: @unchecked Sendable {
  private let loop = CFRunLoopGetCurrent()

  func run(_ work: @escaping () -> Void) {
    CFRunLoopPerformBlock(loop, CFRunLoopMode.defaultMode.rawValue, work)
    CFRunLoopWakeUp(loop)
  }
}
