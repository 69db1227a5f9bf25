import Darwin
import Foundation
import Security

/// Bytes of the platform's cryptographic generator; Hermes has none of its own. At most 1024 at once; nil where the generator fails.
public func randomBytes(_ length: Int) -> Data? {
  guard length > 0, length <= 1024 else { return nil }
  var bytes = [UInt8](repeating: 0, count: length)
  guard SecRandomCopyBytes(kSecRandomDefault, length, &bytes) == errSecSuccess else { return nil }
  return Data(bytes)
}

/// Milliseconds on a clock that runs in sleep and that nobody sets (protocol section 13).
public func continuousMs() -> Double {
  return Double(clock_gettime_nsec_np(CLOCK_MONOTONIC_RAW)) / 1_000_000
}
