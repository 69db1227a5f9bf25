@_exported import AppleCore
import CommonCrypto
import Foundation
import Glibc

public final class SecAccessControl {}
public final class SecCertificate {
  let der: Data
  @_spi(StandIn) public init(_ der: Data) { self.der = der }
}
public final class SecPolicy {
  let name: String?
  init(_ name: String?) { self.name = name }
}
// What a peer showed, with what the platform would make of it said beforehand: for which name, and whether the device knows the last of the chain.
public final class SecTrust {
  let name: String
  let isKnown: Bool
  let chain: [SecCertificate]
  var policyName: String?
  var anchors: [Data] = []
  var isAnchorsOnly = false
  @_spi(StandIn) public init(name: String, isKnown: Bool, chain: [SecCertificate]) {
    self.name = name
    self.isKnown = isKnown
    self.chain = chain
  }
}

public struct SecAccessControlCreateFlags: OptionSet, Sendable {
  public let rawValue: UInt
  public init(rawValue: UInt) { self.rawValue = rawValue }
  public static let privateKeyUsage = SecAccessControlCreateFlags(rawValue: 1 << 30)
}

public struct SecKeyAlgorithm: Hashable, RawRepresentable, Sendable {
  public let rawValue: String
  public init(rawValue: String) { self.rawValue = rawValue }
  public static let ecdsaSignatureMessageX962SHA256 = SecKeyAlgorithm(rawValue: "algid:sign:ECDSA:message-X962:SHA256")
}

public final class SecRandom {}
public typealias SecRandomRef = SecRandom

nonisolated(unsafe) public let kSecRandomDefault: SecRandomRef? = nil
nonisolated(unsafe) public let kSecAttrAccessControl: CFString = "accc"
nonisolated(unsafe) public let kSecAttrAccessGroup: CFString = "agrp"
nonisolated(unsafe) public let kSecAttrAccessible: CFString = "pdmn"
nonisolated(unsafe) public let kSecAttrAccessibleAfterFirstUnlockThisDeviceOnly: CFString = "cku"
nonisolated(unsafe) public let kSecAttrAccount: CFString = "acct"
nonisolated(unsafe) public let kSecAttrApplicationTag: CFString = "atag"
nonisolated(unsafe) public let kSecAttrIsPermanent: CFString = "perm"
nonisolated(unsafe) public let kSecAttrKeySizeInBits: CFString = "bsiz"
nonisolated(unsafe) public let kSecAttrKeyType: CFString = "type"
nonisolated(unsafe) public let kSecAttrKeyTypeECSECPrimeRandom: CFString = "73"
nonisolated(unsafe) public let kSecAttrService: CFString = "svce"
nonisolated(unsafe) public let kSecAttrTokenID: CFString = "tkid"
nonisolated(unsafe) public let kSecAttrTokenIDSecureEnclave: CFString = "com.apple.setoken"
nonisolated(unsafe) public let kSecClass: CFString = "class"
nonisolated(unsafe) public let kSecClassGenericPassword: CFString = "genp"
nonisolated(unsafe) public let kSecClassKey: CFString = "keys"
nonisolated(unsafe) public let kSecPrivateKeyAttrs: CFString = "private"
nonisolated(unsafe) public let kSecReturnAttributes: CFString = "r_Attributes"
nonisolated(unsafe) public let kSecReturnRef: CFString = "r_Ref"

public let errSecSuccess: OSStatus = 0
public let errSecItemNotFound: OSStatus = -25300

public func SecAccessControlCreateWithFlags(
  _ allocator: CFAllocator?, _ protection: CFTypeRef, _ flags: SecAccessControlCreateFlags, _ error: UnsafeMutablePointer<Unmanaged<CFError>?>?
) -> SecAccessControl? { return SecAccessControl() }
public func SecCertificateCopyData(_ certificate: SecCertificate) -> CFData { return NSData(data: certificate.der) }
public func SecCertificateCreateWithData(_ allocator: CFAllocator?, _ data: CFData) -> SecCertificate? {
  let der = Data(referencing: data)
  return der.first == 0x30 ? SecCertificate(der) : nil
}
public func SecItemCopyMatching(_ query: CFDictionary, _ result: UnsafeMutablePointer<CFTypeRef?>?) -> OSStatus {
  return Keychain.answer { keys in
    guard let key = keys[tagOf(query)] else { return errSecItemNotFound }
    result?.pointee = key
    return errSecSuccess
  }
}
public func SecItemDelete(_ query: CFDictionary) -> OSStatus {
  return Keychain.answer { keys in keys.removeValue(forKey: tagOf(query)) == nil ? errSecItemNotFound : errSecSuccess }
}
public func SecKeyCopyExternalRepresentation(_ key: SecKey, _ error: UnsafeMutablePointer<Unmanaged<CFError>?>?) -> CFData? {
  return key.point.map { $0 as CFData }
}
public func SecKeyCopyPublicKey(_ key: SecKey) -> SecKey? { return key }
public func SecKeyCreateRandomKey(_ parameters: CFDictionary, _ error: UnsafeMutablePointer<Unmanaged<CFError>?>?) -> SecKey? {
  // Two keys of one tag would be two answers to one query.
  let attributes = parameters as! [CFString: Any]
  let tag = tagOf(attributes[kSecPrivateKeyAttrs] as! CFDictionary)
  let made = SecKey(OpenSsl.makeKey())
  let status = Keychain.answer { keys in
    guard keys[tag] == nil else { fatalError("a second key of one tag") }
    keys[tag] = made
    return errSecSuccess
  }
  return status == errSecSuccess ? made : nil
}
public func SecKeyCreateSignature(
  _ key: SecKey, _ algorithm: SecKeyAlgorithm, _ dataToSign: CFData, _ error: UnsafeMutablePointer<Unmanaged<CFError>?>?
) -> CFData? {
  Keychain.signed.append(dataToSign as Data)
  return OpenSsl.sign(key.handle, dataToSign as Data) as CFData
}
public func SecKeyGetTypeID() -> CFTypeID { return 1 }
public func SecRandomCopyBytes(_ rnd: SecRandomRef?, _ count: Int, _ bytes: UnsafeMutableRawPointer) -> Int32 {
  var generator = SystemRandomNumberGenerator()
  for at in 0..<count { bytes.storeBytes(of: UInt8.random(in: 0...255, using: &generator), toByteOffset: at, as: UInt8.self) }
  return errSecSuccess
}
public func SecTrustCopyCertificateChain(_ trust: SecTrust) -> CFArray? { return NSArray(array: trust.chain) }
public func SecTrustEvaluateWithError(_ trust: SecTrust, _ error: UnsafeMutablePointer<CFError?>?) -> Bool {
  guard trust.policyName == anyName || trust.policyName == trust.name, let last = trust.chain.last else { return false }
  return trust.anchors.contains(last.der) || (trust.isKnown && !trust.isAnchorsOnly)
}
public func SecTrustSetAnchorCertificates(_ trust: SecTrust, _ anchorCertificates: CFArray?) -> OSStatus {
  trust.anchors = (anchorCertificates as? [SecCertificate] ?? []).map { $0.der }
  return errSecSuccess
}
public func SecTrustSetAnchorCertificatesOnly(_ trust: SecTrust, _ anchorCertificatesOnly: Bool) -> OSStatus {
  trust.isAnchorsOnly = anchorCertificatesOnly
  return errSecSuccess
}

public func SecItemAdd(_ attributes: CFDictionary, _ result: UnsafeMutablePointer<CFTypeRef?>?) -> OSStatus { absent() }
/// Without a host the platform asks for no name.
private let anyName = "*"
public func SecPolicyCreateSSL(_ server: Bool, _ hostname: CFString?) -> SecPolicy { return SecPolicy(server ? hostname?.description ?? anyName : nil) }
public func SecTrustSetPolicies(_ trust: SecTrust, _ policies: CFTypeRef) -> OSStatus {
  trust.policyName = (policies as? SecPolicy)?.name
  return errSecSuccess
}

public class OS_sec_protocol_metadata: NSObject, @unchecked Sendable {
  @_spi(StandIn) public override init() {}
}
public class OS_sec_protocol_options: NSObject, @unchecked Sendable {
  @_spi(StandIn) public var minimum: tls_protocol_version_t?
  @_spi(StandIn) public var isResumed = true
  @_spi(StandIn) public var isRequired = false
  @_spi(StandIn) public var verify: sec_protocol_verify_t?
  @_spi(StandIn) public var queue: DispatchQueue?
  @_spi(StandIn) public override init() {}
}
public class OS_sec_trust: NSObject, @unchecked Sendable {
  let trust: SecTrust
  @_spi(StandIn) public init(_ trust: SecTrust) { self.trust = trust }
}
public typealias sec_protocol_metadata_t = OS_sec_protocol_metadata
public typealias sec_protocol_options_t = OS_sec_protocol_options
public typealias sec_trust_t = OS_sec_trust
public typealias sec_protocol_verify_complete_t = (Bool) -> Void
public typealias sec_protocol_verify_t = (sec_protocol_metadata_t, sec_trust_t, @escaping sec_protocol_verify_complete_t) -> Void

public enum tls_protocol_version_t: UInt16, Sendable {
  case TLSv10 = 769
  case TLSv11 = 770
  case TLSv12 = 771
  case TLSv13 = 772
  case DTLSv10 = 65279
  case DTLSv12 = 65277
}

public func sec_protocol_options_add_tls_application_protocol(_ options: sec_protocol_options_t, _ application_protocol: UnsafePointer<CChar>) {}
public func sec_protocol_options_set_min_tls_protocol_version(_ options: sec_protocol_options_t, _ version: tls_protocol_version_t) { options.minimum = version }
public func sec_protocol_options_set_peer_authentication_required(_ options: sec_protocol_options_t, _ peer_authentication_required: Bool) {
  options.isRequired = peer_authentication_required
}
public func sec_protocol_options_set_tls_resumption_enabled(_ options: sec_protocol_options_t, _ resumption_enabled: Bool) { options.isResumed = resumption_enabled }
public func sec_protocol_options_set_tls_server_name(_ options: sec_protocol_options_t, _ server_name: UnsafePointer<CChar>) { absent() }
public func sec_protocol_options_set_tls_tickets_enabled(_ options: sec_protocol_options_t, _ tickets_enabled: Bool) {}
public func sec_protocol_options_set_verify_block(
  _ options: sec_protocol_options_t, _ verify_block: @escaping sec_protocol_verify_t, _ verify_block_queue: DispatchQueue
) {
  options.verify = verify_block
  options.queue = verify_block_queue
}
public func sec_trust_copy_ref(_ trust: sec_trust_t) -> Unmanaged<SecTrust> { return Unmanaged.passRetained(trust.trust) }

/// A P-256 key of OpenSSL's, which stands for one in the Secure Enclave.
public final class SecKey {
  let handle: OpaquePointer

  init(_ handle: OpaquePointer) {
    self.handle = handle
  }

  var point: Data? {
    return OpenSsl.point(handle)
  }
}

/// The keychain of this process: keys by their tag. Says nothing of what a phone's answers.
public enum Keychain {
  nonisolated(unsafe) private static var keys: [Data: SecKey] = [:]
  /// What every call answers instead, such as errSecInteractionNotAllowed.
  nonisolated(unsafe) public static var fault: OSStatus?
  /// Every message that was signed, in order.
  nonisolated(unsafe) public static var signed: [Data] = []

  static func answer(_ step: (inout [Data: SecKey]) -> OSStatus) -> OSStatus {
    return fault ?? step(&keys)
  }
}

private func tagOf(_ query: CFDictionary) -> Data {
  return (query as! [CFString: Any])[kSecAttrApplicationTag] as! Data
}

enum OpenSsl {
  private typealias Make = @convention(c) (Int32) -> OpaquePointer?
  private typealias Generate = @convention(c) (OpaquePointer) -> Int32
  private typealias Encode = @convention(c) (OpaquePointer, UnsafeMutablePointer<UnsafeMutablePointer<UInt8>?>) -> Int32
  private typealias Sign = @convention(c) (Int32, UnsafePointer<UInt8>, Int32, UnsafeMutablePointer<UInt8>, UnsafeMutablePointer<UInt32>, OpaquePointer) -> Int32

  private static func find<T>(_ name: String, as type: T.Type) -> T {
    guard let library = dlopen("libcrypto.so.3", RTLD_NOW), let found = dlsym(library, name) else { fatalError("libcrypto.so.3 is not there") }
    return unsafeBitCast(found, to: type)
  }

  static func makeKey() -> OpaquePointer {
    let prime256v1: Int32 = 415
    guard let key = find("EC_KEY_new_by_curve_name", as: Make.self)(prime256v1), find("EC_KEY_generate_key", as: Generate.self)(key) == 1 else {
      fatalError("OpenSSL made no key")
    }
    return key
  }

  static func point(_ key: OpaquePointer) -> Data? {
    let bytes = UnsafeMutablePointer<UInt8>.allocate(capacity: 65)
    defer { bytes.deallocate() }
    var end: UnsafeMutablePointer<UInt8>? = bytes
    return find("i2o_ECPublicKey", as: Encode.self)(key, &end) == 65 ? Data(bytes: bytes, count: 65) : nil
  }

  static func sign(_ key: OpaquePointer, _ message: Data) -> Data {
    var digest = [UInt8](repeating: 0, count: 32)
    message.withUnsafeBytes { _ = CC_SHA256($0.baseAddress, CC_LONG($0.count), &digest) }
    var signature = [UInt8](repeating: 0, count: 72)
    var length: UInt32 = 0
    guard find("ECDSA_sign", as: Sign.self)(0, digest, 32, &signature, &length, key) == 1 else { fatalError("OpenSSL did not sign") }
    return Data(signature.prefix(Int(length)))
  }
}
