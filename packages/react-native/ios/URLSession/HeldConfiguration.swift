import Foundation

extension URLSessionConfiguration {
  /// Holds every connection of a session that is made of this configuration to the policy that the signed manifest has for its host, by what the agent last took
  /// (`ChannelBook`). Before the first manifest came there is no policy. Not for background sessions: the system loads those without the app's protocols.
  ///
  /// The connections are none of the session's own. Where its cookies are the app's shared ones, so are theirs; of any other configuration they carry and keep no cookie and no
  /// password: set what it says of cookies before.
  public func holdToManifest() {
    let others = (protocolClasses ?? []).filter { !($0 is PinnedProtocol.Type) }
    protocolClasses = [usesSharedCookies ? PinnedProtocol.self : CookielessPinnedProtocol.self] + others
  }
}
