import AppleCore
import Foundation

public class DCAppAttestService: NSObject {
  nonisolated(unsafe) public static let shared = DCAppAttestService()
  public var isSupported: Bool { absent() }
  public func attestKey(_ keyId: String, clientDataHash: Data) async throws -> Data { absent() }
  public func generateAssertion(_ keyId: String, clientDataHash: Data) async throws -> Data { absent() }
  public func generateKey() async throws -> String { absent() }
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
