import Foundation
import Security

/// How a connection to one host and port must prove itself, from the signed manifest (protocol section 3). `channel` is `pins`, `roots`, `both` or `system`; any
/// other word refuses the host. `pins` are b64u SHA-256 of SubjectPublicKeyInfo, `roots` DER certificates.
public struct ChannelPolicy {
  let channel: String
  let pins: Set<String>
  /// Nil where one of them is no certificate: nothing is proven by such a list.
  let roots: [SecCertificate]?

  public init(channel: String, pins: Set<String>, roots: [Data]) {
    self.channel = channel
    self.pins = pins
    let read = roots.compactMap { SecCertificateCreateWithData(nil, $0 as CFData) }
    self.roots = read.count == roots.count ? read : nil
  }
}
