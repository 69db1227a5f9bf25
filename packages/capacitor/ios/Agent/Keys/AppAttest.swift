import DeviceCheck
import Foundation

/// App Attest's key, which makes attestations and assertions and nothing else. `keyId` is base64, as the platform gives it.
enum AppAttest {
  static func generateKey() async throws -> String {
    guard DCAppAttestService.shared.isSupported else { throw KeyFault.unsupported("this device has no App Attest") }
    do {
      return try await DCAppAttestService.shared.generateKey()
    } catch {
      throw toKeyFault(error)
    }
  }

  static func attest(keyId: String, clientDataHash: Data) async throws -> Data {
    do {
      return try await DCAppAttestService.shared.attestKey(keyId, clientDataHash: clientDataHash)
    } catch {
      throw toKeyFault(error)
    }
  }

  static func assertion(keyId: String, clientDataHash: Data) async throws -> Data {
    do {
      return try await DCAppAttestService.shared.generateAssertion(keyId, clientDataHash: clientDataHash)
    } catch {
      throw toKeyFault(error)
    }
  }

  /// Only `invalidKey` ends a key: Apple's servers being away, or slowing down a roll-out, passes.
  private static func toKeyFault(_ error: Error) -> KeyFault {
    guard let fault = error as? DCError else { return KeyFault.unavailable(nil) }
    switch fault.code {
    case .invalidKey: return KeyFault.invalidKey(nil)
    case .featureUnsupported: return KeyFault.unsupported("this device has no App Attest")
    default: return KeyFault.unavailable(nil)
    }
  }
}
