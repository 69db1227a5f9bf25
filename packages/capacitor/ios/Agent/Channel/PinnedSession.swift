import Foundation

/// A URLSession's delegate that holds each connection to its host's policy. `policyOf` gives the policy of a host (lower-case) and port; nil where the manifest names
/// none: the device's store alone decides then. It follows no redirect. Make a new session when the manifest changes: kept connections are proven by the old one.
public final class PinnedSession: NSObject, URLSessionTaskDelegate {
  private let policyOf: @Sendable (String, Int) -> ChannelPolicy?

  public init(policyOf: @escaping @Sendable (String, Int) -> ChannelPolicy?) {
    self.policyOf = policyOf
  }

  /// A session of its own, without cookies and without a cache on disk.
  public func makeSession() -> URLSession {
    let configuration = URLSessionConfiguration.ephemeral
    configuration.httpShouldSetCookies = false
    configuration.urlCache = nil
    return URLSession(configuration: configuration, delegate: self, delegateQueue: nil)
  }

  public func urlSession(
    _ session: URLSession,
    didReceive challenge: URLAuthenticationChallenge,
    completionHandler: @escaping (URLSession.AuthChallengeDisposition, URLCredential?) -> Void
  ) {
    let space = challenge.protectionSpace
    guard space.authenticationMethod == NSURLAuthenticationMethodServerTrust, let trust = space.serverTrust else {
      return completionHandler(.performDefaultHandling, nil)
    }
    guard provesChannel(policyOf(space.host.lowercased(), space.port), trust) else {
      return completionHandler(.cancelAuthenticationChallenge, nil)
    }
    completionHandler(.useCredential, URLCredential(trust: trust))
  }

  public func urlSession(
    _ session: URLSession,
    task: URLSessionTask,
    willPerformHTTPRedirection response: HTTPURLResponse,
    newRequest request: URLRequest,
    completionHandler: @escaping (URLRequest?) -> Void
  ) {
    completionHandler(nil)
  }
}
