import Foundation

/// How a connection to one host and port must prove itself, from the signed manifest (protocol section 3). `channel` is `pins`, `roots`, `both` or `system`; any
/// other word refuses the host. `pins` are b64u SHA-256 of SubjectPublicKeyInfo, `roots` DER certificates.
public struct ChannelPolicy: Equatable {
  let channel: String
  let pins: Set<String>
  let roots: [Data]

  public init(channel: String, pins: Set<String>, roots: [Data]) {
    self.channel = channel
    self.pins = pins
    self.roots = roots
  }
}
