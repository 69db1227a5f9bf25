import Foundation

private let order: [UInt8] = [
  0xFF, 0xFF, 0xFF, 0xFF, 0x00, 0x00, 0x00, 0x00, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF,
  0xBC, 0xE6, 0xFA, 0xAD, 0xA7, 0x17, 0x9E, 0x84, 0xF3, 0xB9, 0xCA, 0xC2, 0xFC, 0x63, 0x25, 0x51,
]

/// `r ∥ s`, 64 bytes, of an ECDSA P-256 signature as the platform gives it: DER, `SEQUENCE { INTEGER r, INTEGER s }` (RFC 3279 §2.2.3). Nil for what is
/// not DER, or where a number is not in 1..n-1.
func toRawSignature(_ signature: Data) -> Data? {
  let der = [UInt8](signature)
  guard der.count >= 8, der.count <= 72, der[0] == 0x30, Int(der[1]) == der.count - 2 else { return nil }
  guard let r = integerAt(der, 2), let s = integerAt(der, 4 + Int(der[3])) else { return nil }
  guard 4 + Int(der[3]) + 2 + Int(der[5 + Int(der[3])]) == der.count else { return nil }
  return Data(r + s)
}

/// The 32 bytes of the number that begins there.
private func integerAt(_ der: [UInt8], _ at: Int) -> [UInt8]? {
  guard at + 3 <= der.count, der[at] == 0x02 else { return nil }
  let length = Int(der[at + 1])
  guard length >= 1, length <= 33, at + 2 + length <= der.count else { return nil }
  let bytes = Array(der[(at + 2)..<(at + 2 + length)])
  guard bytes[0] < 0x80, length == 1 || bytes[0] != 0 || bytes[1] >= 0x80 else { return nil }
  let significant = Array(bytes.drop { $0 == 0 })
  guard significant.count <= 32 else { return nil }
  let fixed = [UInt8](repeating: 0, count: 32 - significant.count) + significant
  return !significant.isEmpty && fixed.lexicographicallyPrecedes(order) ? fixed : nil
}
