import Foundation

private let coseHead: [UInt8] = [0xA5, 0x01, 0x02, 0x03, 0x26, 0x20, 0x01, 0x21, 0x58, 0x20]
private let coseMiddle: [UInt8] = [0x22, 0x58, 0x20]

/// The point of the App Attest key, which the platform gives in the attestation object alone: the COSE key that follows the credential's id there
/// (WebAuthn §6.5.1). `keyId` is its SHA-256, so that what is found is it or nothing.
func attestedPoint(attestation: Data, keyId: Data) -> Data? {
  let bytes = [UInt8](attestation)
  let head = [UInt8](keyId) + coseHead
  guard keyId.count == 32, bytes.count >= head.count + 67 else { return nil }
  for start in 0...(bytes.count - head.count - 67) where Array(bytes[start..<start + head.count]) == head {
    let x = start + head.count
    guard Array(bytes[(x + 32)..<(x + 35)]) == coseMiddle else { continue }
    let point = Data([4] + bytes[x..<(x + 32)] + bytes[(x + 35)..<(x + 67)])
    if sha256(point) == keyId { return point }
  }
  return nil
}
