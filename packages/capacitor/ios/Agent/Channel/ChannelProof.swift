import Foundation
import Security

/// Proves a peer by the policy of its host. The device's store is asked on every channel; a pin counts only in a path that was proven, never because the peer
/// sent its certificate along. `trust` is the one of the handshake, with its policy for the host's name.
func provesChannel(_ policy: ChannelPolicy?, _ trust: SecTrust) -> Bool {
  guard SecTrustEvaluateWithError(trust, nil), var proven = pathOf(trust) else { return false }
  guard let policy = policy else { return true }
  guard ["system", "pins", "roots", "both"].contains(policy.channel) else { return false }
  if policy.channel == "roots" || policy.channel == "both" {
    guard let roots = certificates(policy.roots), !roots.isEmpty else { return false }
    guard SecTrustSetAnchorCertificates(trust, roots as CFArray) == errSecSuccess else { return false }
    guard SecTrustSetAnchorCertificatesOnly(trust, true) == errSecSuccess else { return false }
    guard SecTrustEvaluateWithError(trust, nil), let managed = pathOf(trust) else { return false }
    proven += managed
  }
  guard policy.channel == "pins" || policy.channel == "both" else { return true }
  return proven.contains { certificate in pinOf(certificate).map { policy.pins.contains($0) } ?? false }
}

/// Nil where one of them is no certificate: nothing is proven by such a list.
private func certificates(_ roots: [Data]) -> [SecCertificate]? {
  let read = roots.compactMap { SecCertificateCreateWithData(nil, $0 as CFData) }
  return read.count == roots.count ? read : nil
}

/// The path that was proven, leaf first, anchor last.
private func pathOf(_ trust: SecTrust) -> [SecCertificate]? {
  return SecTrustCopyCertificateChain(trust) as? [SecCertificate]
}

private func pinOf(_ certificate: SecCertificate) -> String? {
  return subjectPublicKeyInfo([UInt8](SecCertificateCopyData(certificate) as Data)).map { encodeBase64Url(sha256(Data($0))) }
}
