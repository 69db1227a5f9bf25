import Foundation

/// What comes of a request, in this order: a head, pieces, an end; or a redirect, or a fault, after which nothing does.
enum LoadEvent {
  case head(URLResponse)
  case piece(Data)
  case redirect(URLRequest, HTTPURLResponse)
  case end
  case fault(Error)
}

/// The one session for a host and port. Of its own, because a session may carry requests of one host over a connection to another that the same certificate names; here no
/// other host's requests are.
final class HostSession: NSObject, URLSessionDataDelegate, @unchecked Sendable {
  let policy: ChannelPolicy?

  private let usesCookies: Bool
  private let host: String
  private let port: Int
  private let lock = NSLock()
  private var loads: [Int: @Sendable (LoadEvent) -> Void] = [:]
  private lazy var session: URLSession = {
    let configuration = sessionConfiguration()
    configuration.urlCache = nil
    configuration.protocolClasses = configuration.protocolClasses?.filter { !($0 is PinnedProtocol.Type) }
    if !usesCookies { configuration.keepNothing() }
    return URLSession(configuration: configuration, delegate: self, delegateQueue: nil)
  }()

  /// Without `usesCookies` it neither sends nor keeps any, nor passwords.
  init(host: String, port: Int, policy: ChannelPolicy?, usesCookies: Bool) {
    self.usesCookies = usesCookies
    self.host = host
    self.port = port
    self.policy = policy
  }

  /// `tell` is called from a queue of the session's own, one event after the other.
  func load(_ request: URLRequest, _ tell: @escaping @Sendable (LoadEvent) -> Void) -> URLSessionTask {
    lock.lock()
    defer { lock.unlock() }
    let task = session.dataTask(with: request)
    loads[task.taskIdentifier] = tell
    task.resume()
    return task
  }

  /// Lets what runs come to its end; new requests go over a new session.
  func retire() {
    lock.lock()
    defer { lock.unlock() }
    session.finishTasksAndInvalidate()
  }

  private func tell(_ task: URLSessionTask, _ event: LoadEvent, isLast: Bool) {
    lock.lock()
    let load = loads[task.taskIdentifier]
    if isLast { loads[task.taskIdentifier] = nil }
    lock.unlock()
    load?(event)
  }

  func urlSession(
    _ session: URLSession,
    didReceive challenge: URLAuthenticationChallenge,
    completionHandler: @escaping (URLSession.AuthChallengeDisposition, URLCredential?) -> Void
  ) {
    let space = challenge.protectionSpace
    guard let policy = policy, space.authenticationMethod == NSURLAuthenticationMethodServerTrust, !space.isProxy() else {
      return completionHandler(.performDefaultHandling, nil)
    }
    guard space.host.lowercased() == host, space.port == port, let trust = space.serverTrust, provesChannel(policy, trust) else {
      return completionHandler(.cancelAuthenticationChallenge, nil)
    }
    completionHandler(.useCredential, URLCredential(trust: trust))
  }

  func urlSession(
    _ session: URLSession,
    task: URLSessionTask,
    willPerformHTTPRedirection response: HTTPURLResponse,
    newRequest request: URLRequest,
    completionHandler: @escaping (URLRequest?) -> Void
  ) {
    completionHandler(nil)
    guard let asked = task.originalRequest else { return }
    guard mayFollow(asked, to: request.url, isHeld: policy != nil, isWanted: isRedirectWanted(asked)) else { return }
    tell(task, .redirect(request, response), isLast: true)
    task.cancel()
  }

  func urlSession(
    _ session: URLSession,
    dataTask: URLSessionDataTask,
    didReceive response: URLResponse,
    completionHandler: @escaping (URLSession.ResponseDisposition) -> Void
  ) {
    tell(dataTask, .head(response), isLast: false)
    completionHandler(.allow)
  }

  func urlSession(_ session: URLSession, dataTask: URLSessionDataTask, didReceive data: Data) {
    tell(dataTask, .piece(data), isLast: false)
  }

  func urlSession(_ session: URLSession, task: URLSessionTask, didCompleteWithError error: Error?) {
    tell(task, error.map { .fault($0) } ?? .end, isLast: true)
  }
}
