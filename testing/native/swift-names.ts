/**
 * Swift's names of what Objective-C and C call otherwise, each with the declaration that it stands for: `Type.member`, `Type` or a constant. Calls have their
 * labels; an asynchronous call stands for the one with a completion handler. A row whose declaration does not exist fails a test, and so does one that nobody uses.
 */
export const swiftNames: Readonly<Record<string, string>> = {
  applicationSupportDirectory: "NSSearchPathDirectory.ApplicationSupportDirectory",
  "appendingPathComponent(_:)": "NSURL.URLByAppendingPathComponent",
  "appendingPathComponent(_:isDirectory:)": "NSURL.URLByAppendingPathComponentIsDirectory",
  atomic: "NSDataWritingOptions.DataWritingAtomic",
  "attestKey(_:clientDataHash:)": "DCAppAttestService.attestKeyClientDataHashCompletionHandler",
  AuthChallengeDisposition: "NSURLSessionAuthChallengeDisposition",
  authenticationMethod: "NSURLProtectionSpace.authenticationMethod",
  Bundle: "NSBundle",
  "base64EncodedString()": "NSData.base64EncodedStringWithOptions",
  cancelAuthenticationChallenge: "NSURLSessionAuthChallengeDisposition.CancelAuthenticationChallenge",
  CLOCK_MONOTONIC_RAW: "clockid_t._CLOCK_MONOTONIC_RAW",
  completeFileProtectionUntilFirstUserAuthentication:
    "NSDataWritingOptions.DataWritingFileProtectionCompleteUntilFirstUserAuthentication",
  "createDirectory(at:withIntermediateDirectories:)":
    "NSFileManager.createDirectoryAtURLWithIntermediateDirectoriesAttributesError",
  "createFile(atPath:contents:)": "NSFileManager.createFileAtPathContentsAttributes",
  Data: "NSData",
  "Data(base64Encoded:)": "NSData.initWithBase64EncodedStringOptions",
  "Data(contentsOf:)": "NSData.initWithContentsOfURLOptionsError",
  "Data(contentsOf:options:)": "NSData.initWithContentsOfURLOptionsError",
  "data(withJSONObject:)": "NSJSONSerialization.dataWithJSONObjectOptionsError",
  default: "NSFileManager.defaultManager",
  ecdsaSignatureMessageX962SHA256: "kSecKeyAlgorithmECDSASignatureMessageX962SHA256",
  environment: "NSProcessInfo.environment",
  ephemeral: "NSURLSessionConfiguration.ephemeralSessionConfiguration",
  featureUnsupported: "DCError.FeatureUnsupported",
  FileManager: "NSFileManager",
  "fileExists(atPath:)": "NSFileManager.fileExistsAtPath",
  "generateAssertion(_:clientDataHash:)": "DCAppAttestService.generateAssertionClientDataHashCompletionHandler",
  "generateKey()": "DCAppAttestService.generateKeyWithCompletionHandler",
  host: "NSURLProtectionSpace.host",
  httpShouldSetCookies: "NSURLSessionConfiguration.HTTPShouldSetCookies",
  HTTPURLResponse: "NSHTTPURLResponse",
  invalidKey: "DCError.InvalidKey",
  isCaptured: "UIScreen.captured",
  isExcludedFromBackup: "NSURLIsExcludedFromBackupKey",
  isiOSAppOnMac: "NSProcessInfo.iOSAppOnMac",
  "isValidJSONObject(_:)": "NSJSONSerialization.isValidJSONObject",
  isSupported: "DCAppAttestService.supported",
  JSONSerialization: "NSJSONSerialization",
  "lock()": "NSLock.lock",
  main: "UIScreen.mainScreen",
  mappedIfSafe: "NSDataReadingOptions.DataReadingMappedIfSafe",
  "object(forInfoDictionaryKey:)": "NSBundle.objectForInfoDictionaryKey",
  path: "NSURL.path",
  performDefaultHandling: "NSURLSessionAuthChallengeDisposition.PerformDefaultHandling",
  port: "NSURLProtectionSpace.port",
  privateKeyUsage: "SecAccessControlCreateFlags.kSecAccessControlPrivateKeyUsage",
  ProcessInfo: "NSProcessInfo",
  processInfo: "NSProcessInfo.processInfo",
  protectionSpace: "NSURLAuthenticationChallenge.protectionSpace",
  "removeItem(at:)": "NSFileManager.removeItemAtURLError",
  "removeItem(atPath:)": "NSFileManager.removeItemAtPathError",
  SecKeyAlgorithm: "kSecKeyAlgorithmECDSASignatureMessageX962SHA256",
  serverTrust: "NSURLProtectionSpace.serverTrust",
  "setResourceValues(_:)": "NSURL.setResourceValuesError",
  shared: "DCAppAttestService.sharedService",
  "unlock()": "NSLock.unlock",
  URL: "NSURL",
  "url(for:in:appropriateFor:create:)": "NSFileManager.URLForDirectoryInDomainAppropriateForURLCreateError",
  "url(forResource:withExtension:)": "NSBundle.URLForResourceWithExtension",
  URLAuthenticationChallenge: "NSURLAuthenticationChallenge",
  urlCache: "NSURLSessionConfiguration.URLCache",
  URLCredential: "NSURLCredential",
  "URLCredential(trust:)": "NSURLCredential.credentialForTrust",
  URLRequest: "NSURLRequest",
  URLResourceValues: "NSURLIsExcludedFromBackupKey",
  URLSession: "NSURLSession",
  "URLSession(configuration:delegate:delegateQueue:)": "NSURLSession.sessionWithConfigurationDelegateDelegateQueue",
  "urlSession(_:didReceive:completionHandler:)": "NSURLSessionDelegate.URLSessionDidReceiveChallengeCompletionHandler",
  "urlSession(_:task:willPerformHTTPRedirection:newRequest:completionHandler:)":
    "NSURLSessionTaskDelegate.URLSessionTaskWillPerformHTTPRedirectionNewRequestCompletionHandler",
  URLSessionConfiguration: "NSURLSessionConfiguration",
  URLSessionTask: "NSURLSessionTask",
  URLSessionTaskDelegate: "NSURLSessionTaskDelegate",
  useCredential: "NSURLSessionAuthChallengeDisposition.UseCredential",
  userDomainMask: "NSSearchPathDomainMask.UserDomainMask",
  UUID: "NSUUID",
  uuidString: "NSUUID.UUIDString",
  "write(to:options:)": "NSData.writeToURLOptionsError",
};

/** What the Expo module is written with, of ExpoModulesCore. */
export const expoNames: readonly string[] = [
  "AsyncFunction",
  "Function",
  "Module",
  "ModuleDefinition",
  "Name",
  "OnCreate",
];

/** Frameworks and modules that are imported. */
export const swiftModules = [
  "CFNetwork",
  "CommonCrypto",
  "Darwin",
  "DeviceCheck",
  "ExpoModulesCore",
  "Foundation",
  "MachO",
  "Security",
  "UIKit",
];

/** Of Swift's own library, and of C's macros and structures, which no Objective-C declaration has: nothing here holds these to anything. */
export const swiftStandard: readonly string[] = [
  ..."allSatisfy append Array ArraySlice Bool Character compactMap contains count Double drop dropFirst Equatable Error filter first hasPrefix".split(
    " ",
  ),
  ..."insert inserted keys mapValues Int Int32 Int64 isEmpty exactly flatMap joined merging last lexicographicallyPrecedes lowercased map min abs prefix Range reduce Set split starts".split(
    " ",
  ),
  ..."String UInt16 UInt32 UInt8 unicodeScalars UTF16 utf16 UTF8 utf8 value Void withUnsafeBytes baseAddress MemoryLayout stride append".split(
    " ",
  ),
  ..."self defer where ascii as cString contentsOf decoding for omittingEmptySubsequences radix repeating separator with at by Any code".split(
    " ",
  ),
  ..."CFArray CFData CFDictionary CFString CFTypeRef takeRetainedValue SecCertificate SecKey SecTrust".split(" "),
  ..."CTL_KERN KERN_PROC KERN_PROC_PID P_TRACED kinfo_proc kp_proc p_flag".split(" "),
  ..."$0 $1".split(" "),
];
