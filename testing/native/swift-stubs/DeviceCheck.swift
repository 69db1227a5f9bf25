import AppleCore
import CommonCrypto
import Foundation

/// What stands for App Attest in tests: it attests and asserts in the form that the agent reads, and proves nothing.
public class DCAppAttestService: NSObject {
  nonisolated(unsafe) public static let shared = DCAppAttestService()
  public var isSupported: Bool { return AppAttestStandIn.isSupported }

  public func attestKey(_ keyId: String, clientDataHash: Data) async throws -> Data {
    return try AppAttestStandIn.attested(keyId, clientDataHash)
  }

  public func generateAssertion(_ keyId: String, clientDataHash: Data) async throws -> Data {
    try AppAttestStandIn.answer()
    return Data(keyId.utf8) + clientDataHash
  }

  public func generateKey() async throws -> String {
    return try AppAttestStandIn.made()
  }
}

/// How App Attest answers, and what it was asked.
public enum AppAttestStandIn {
  nonisolated(unsafe) public static var isSupported = true
  nonisolated(unsafe) public static var fault: DCError.Code?
  /// Hashes that were attested, in order, and how many keys there are.
  nonisolated(unsafe) public static var hashes: [Data] = []
  nonisolated(unsafe) public static var points: [String: Data] = [:]

  static func answer() throws {
    if let code = fault { throw DCError(code: code) }
  }

  static func made() throws -> String {
    try answer()
    let point = Data([4] + (0..<64).map { _ in UInt8.random(in: 0...255) })
    let keyId = digest(point).base64EncodedString()
    points[keyId] = point
    return keyId
  }

  /// The key's id and its COSE key, as they follow each other in an attestation object.
  static func attested(_ keyId: String, _ hash: Data) throws -> Data {
    try answer()
    guard let point = points[keyId], let id = Data(base64Encoded: keyId) else { throw DCError(code: .invalidKey) }
    hashes.append(hash)
    let head: [UInt8] = [0xA5, 0x01, 0x02, 0x03, 0x26, 0x20, 0x01, 0x21, 0x58, 0x20]
    return Data([0xA3]) + id + Data(head) + point[1..<33] + Data([0x22, 0x58, 0x20]) + point[33...] + Data([0xFF])
  }

  private static func digest(_ bytes: Data) -> Data {
    var made = [UInt8](repeating: 0, count: 32)
    bytes.withUnsafeBytes { _ = CC_SHA256($0.baseAddress, CC_LONG($0.count), &made) }
    return Data(made)
  }
}

public struct DCError: Error {
  public enum Code: Int, Sendable {
    case unknownSystemFailure
    case featureUnsupported
    case invalidInput
    case invalidKey
    case serverUnavailable
  }
  public let code: Code
}
