// CommonDigest.h's functions by OpenSSL's, so that what is built over them runs.
import Glibc

public typealias CC_LONG = UInt32

private typealias Digest = @convention(c) (UnsafeRawPointer?, Int, UnsafeMutablePointer<UInt8>?) -> UnsafeMutablePointer<UInt8>?

private func digested(
  _ name: String, _ data: UnsafeRawPointer?, _ len: CC_LONG, _ md: UnsafeMutablePointer<UInt8>?
) -> UnsafeMutablePointer<UInt8>? {
  guard let library = dlopen("libcrypto.so.3", RTLD_NOW), let found = dlsym(library, name) else { fatalError("libcrypto.so.3 is not there") }
  let digest = unsafeBitCast(found, to: Digest.self)
  // OpenSSL takes no pointer to nothing, not even for no bytes.
  var nothing: UInt8 = 0
  return data == nil ? digest(&nothing, 0, md) : digest(data, Int(len), md)
}

@discardableResult
public func CC_SHA1(_ data: UnsafeRawPointer!, _ len: CC_LONG, _ md: UnsafeMutablePointer<UInt8>!) -> UnsafeMutablePointer<UInt8>! {
  return digested("SHA1", data, len, md)
}

@discardableResult
public func CC_SHA256(_ data: UnsafeRawPointer!, _ len: CC_LONG, _ md: UnsafeMutablePointer<UInt8>!) -> UnsafeMutablePointer<UInt8>! {
  return digested("SHA256", data, len, md)
}
