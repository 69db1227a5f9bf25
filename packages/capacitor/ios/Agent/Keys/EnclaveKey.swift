import Foundation
import Security

/// An instance key in the Secure Enclave, found by its tag in the keychain. The private key is a handle: its bytes never leave the enclave. Internal: outside
/// of this library there are the proofs alone, and no way to have chosen bytes signed.
struct EnclaveKey {
  let handle: SecKey
  /// 65-byte uncompressed P-256 point.
  let point: Data

  /// Usable after the first unlock, on this device alone, without asking the user: proofs are made in the background too.
  static func make(tag: String) throws -> EnclaveKey {
    let accessible = kSecAttrAccessibleAfterFirstUnlockThisDeviceOnly
    guard let access = SecAccessControlCreateWithFlags(nil, accessible, .privateKeyUsage, nil) else { throw KeyFault.unavailable(nil) }
    let attributes: [CFString: Any] = [
      kSecAttrKeyType: kSecAttrKeyTypeECSECPrimeRandom,
      kSecAttrKeySizeInBits: 256,
      kSecAttrTokenID: kSecAttrTokenIDSecureEnclave,
      kSecPrivateKeyAttrs: [
        kSecAttrIsPermanent: true,
        kSecAttrApplicationTag: Data(tag.utf8),
        kSecAttrAccessControl: access,
      ] as [CFString: Any],
    ]
    guard let handle = SecKeyCreateRandomKey(attributes as CFDictionary, nil) else { throw KeyFault.unavailable(nil) }
    return EnclaveKey(handle: handle, point: try pointOf(handle))
  }

  /// `invalid_key` where the keychain has no such key.
  static func load(tag: String) throws -> EnclaveKey {
    var query = self.query(tag)
    query[kSecReturnRef] = true
    var found: CFTypeRef?
    let status = SecItemCopyMatching(query as CFDictionary, &found)
    guard status != errSecItemNotFound else { throw KeyFault.invalidKey(nil) }
    guard status == errSecSuccess, let item = found, CFGetTypeID(item) == SecKeyGetTypeID() else { throw KeyFault.unavailable(nil) }
    let handle = item as! SecKey
    return EnclaveKey(handle: handle, point: try pointOf(handle))
  }

  static func delete(tag: String) throws {
    let status = SecItemDelete(query(tag) as CFDictionary)
    guard status == errSecSuccess || status == errSecItemNotFound else { throw KeyFault.unavailable(nil) }
  }

  /// ES256 over `message`, 64 bytes.
  func sign(_ message: Data) throws -> Data {
    let algorithm = SecKeyAlgorithm.ecdsaSignatureMessageX962SHA256
    guard let der = SecKeyCreateSignature(handle, algorithm, message as CFData, nil) as Data?, let raw = toRawSignature(der) else {
      throw KeyFault.unavailable(nil)
    }
    return raw
  }

  private static func query(_ tag: String) -> [CFString: Any] {
    return [
      kSecClass: kSecClassKey,
      kSecAttrKeyType: kSecAttrKeyTypeECSECPrimeRandom,
      kSecAttrApplicationTag: Data(tag.utf8),
    ]
  }

  private static func pointOf(_ handle: SecKey) throws -> Data {
    guard let key = SecKeyCopyPublicKey(handle), let point = SecKeyCopyExternalRepresentation(key, nil) as Data?, point.count == 65 else {
      throw KeyFault.unavailable(nil)
    }
    return point
  }
}
