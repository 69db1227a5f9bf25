import CommonCrypto
import Foundation

/// UTF-8 of `countersign-` + name + `-v1`, then one byte 00 (protocol section 1): whatever is signed or hashed begins with one.
func tag(_ name: String) -> Data {
  return Data("countersign-\(name)-v1\0".utf8)
}

func sha256(_ bytes: Data) -> Data {
  var digest = [UInt8](repeating: 0, count: 32)
  bytes.withUnsafeBytes { buffer in
    _ = CC_SHA256(buffer.baseAddress, UInt32(buffer.count), &digest)
  }
  return Data(digest)
}
