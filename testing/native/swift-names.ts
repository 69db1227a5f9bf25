/**
 * Swift's names of what Objective-C and C call otherwise, each with the declaration that it stands for: `Type.member`, or a type or constant. A method that
 * Swift makes asynchronous stands for the one with a completion handler. A row that no stand-in uses fails a test.
 */
export const swiftNames: Readonly<Record<string, string>> = {
  "CFRunLoopMode.defaultMode": "kCFRunLoopDefaultMode",
  "DCAppAttestService.attestKey(_:clientDataHash:)": "DCAppAttestService.attestKeyClientDataHashCompletionHandler",
  "DCAppAttestService.generateAssertion(_:clientDataHash:)":
    "DCAppAttestService.generateAssertionClientDataHashCompletionHandler",
  "DCAppAttestService.generateKey()": "DCAppAttestService.generateKeyWithCompletionHandler",
  "DCAppAttestService.isSupported": "DCAppAttestService.supported",
  "DCAppAttestService.shared": "DCAppAttestService.sharedService",
  "DCError.code": "NSError.code",
  "DCError.Code": "DCError",
  "DCError.featureUnsupported": "DCError.FeatureUnsupported",
  "DCError.invalidInput": "DCError.InvalidInput",
  "DCError.invalidKey": "DCError.InvalidKey",
  "DCError.serverUnavailable": "DCError.ServerUnavailable",
  "DCError.unknownSystemFailure": "DCError.UnknownSystemFailure",
  "ProcessInfo.isiOSAppOnMac": "NSProcessInfo.iOSAppOnMac",
  "SecAccessControlCreateFlags.privateKeyUsage": "SecAccessControlCreateFlags.kSecAccessControlPrivateKeyUsage",
  "SecKeyAlgorithm.ecdsaSignatureMessageX962SHA256": "kSecKeyAlgorithmECDSASignatureMessageX962SHA256",
  "UIScreen.isCaptured": "UIScreen.captured",
  "UIScreen.main": "UIScreen.mainScreen",
  "URLCredential.init(trust:)": "NSURLCredential.credentialForTrust",
  "URLProtectionSpace.serverTrust": "NSURLProtectionSpace.serverTrust",
  "WKContentWorld.page": "WKContentWorld.pageWorld",
  "WKFrameInfo.isMainFrame": "WKFrameInfo.mainFrame",
  "WKScriptMessageHandlerWithReply.userContentController(_:didReceive:replyHandler:)":
    "WKScriptMessageHandlerWithReply.userContentControllerDidReceiveScriptMessageReplyHandler",
  "WKUserContentController.addScriptMessageHandler(_:contentWorld:name:)":
    "WKUserContentController.addScriptMessageHandlerWithReplyContentWorldName",
};

/** What no declaration names, so that nothing holds it: what C writes as macros, structures and plain typedefs, and what stands here alone. */
export const unheldNames: readonly string[] = [
  ..."CFIndex CFTypeID CFTypeRef OSStatus CFRunLoopMode".split(" ").map((name) => `AppleCore: ${name}`),
  ..."CC_LONG".split(" ").map((name) => `CommonCrypto: ${name}`),
  ..."CTL_KERN KERN_PROC KERN_PROC_PID P_TRACED".split(" ").map((name) => `Darwin: ${name}`),
  ..."extern_proc extern_proc.p_flag kinfo_proc kinfo_proc.init() kinfo_proc.kp_proc"
    .split(" ")
    .map((name) => `Darwin: ${name}`),
  ..."SecKeyAlgorithm SecRandom SecRandomRef sec_protocol_verify_complete_t sec_protocol_verify_t"
    .split(" ")
    .map((name) => `Security: ${name}`),
  // How the keychain and App Attest answer in tests.
  ..."Keychain Keychain.fault Keychain.signed".split(" ").map((name) => `Security: ${name}`),
  ..."AppAttestStandIn AppAttestStandIn.fault AppAttestStandIn.hashes AppAttestStandIn.isSupported AppAttestStandIn.points"
    .split(" ")
    .map((name) => `DeviceCheck: ${name}`),
  // What stands for a call that no test may reach, and libdispatch's object under DispatchData.
  "AppleCore: absent",
  ..."__DispatchData __DispatchData.data __DispatchData.init(_:)".split(" ").map((name) => `AppleCore: ${name}`),
  ..."_bridgeToObjectiveC() _conditionallyBridgeFromObjectiveC(_:result:) _forceBridgeFromObjectiveC(_:result:) _unconditionallyBridgeFromObjectiveC(_:)"
    .split(" ")
    .map((name) => `AppleCore: DispatchData.${name}`),
];
