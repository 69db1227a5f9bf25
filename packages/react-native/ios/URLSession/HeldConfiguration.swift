import Foundation

extension URLSessionConfiguration {
  /// Holds every connection of a session that is made of this configuration to the policy that the signed manifest has for its host, by what the agent last took
  /// (`ChannelBook`). Before the first manifest came there is no policy. Not for background sessions: the system loads those without the app's protocols.
  public func holdToManifest() {
    let others = (protocolClasses ?? []).filter { $0 != PinnedProtocol.self }
    protocolClasses = [PinnedProtocol.self] + others
  }
}
