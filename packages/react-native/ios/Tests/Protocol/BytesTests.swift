import Foundation

func bytesTests(_ checks: Checks) async {
  await checks.check("reads and writes every base64url vector, and refuses its hostile changes") {
    var refused = 0
    for vector in try vectors("b64u") {
      let travelled = [UInt8](try vector.bytes("travels", "text"))
      let text = latin1Text(travelled)
      guard vector.result == "ok" else {
        try assertEqual(nil, decodeBase64Url(text), vector.name)
        refused += 1
        continue
      }
      let bytes = try vector.bytes("inputs", "bytes")
      try assertEqual(text, encodeBase64Url(bytes))
      try assertEqual(bytes, decodeBase64Url(text))
      for change in vector.changes {
        guard change.count == 4, case .number(let at) = change[1], case .number(let mask) = change[2] else { throw Failure(description: "no change") }
        var changed = travelled
        changed[Int(at)] ^= UInt8(mask)
        try assertEqual(textOf(change[3]) == "malformed", decodeBase64Url(latin1Text(changed)) == nil, "\(vector.name) at \(at)")
      }
    }
    try assertTrue(refused >= 12, "only \(refused) bad texts")
  }

  await checks.check("writes and reads the longest message in a few times its bytes") {
    let bytes = Data(repeating: 0xFB, count: MessageReader.maxMessageBytes)
    let before = try peakKib()
    try assertEqual(bytes, decodeBase64Url(encodeBase64Url(bytes)))
    let grown = (try peakKib() - before) * 1024
    try assertTrue(grown < 12 * bytes.count, "\(grown / bytes.count) times")
  }

  await checks.check("turns DER signatures into 64 bytes, and nothing else") {
    let zeros = String(repeating: "00", count: 31)
    try assertEqual("\(zeros)01\(zeros)01", toRawSignature(try unhex("3006020101020101")).map { hex($0) })
    let (high, low) = (String(repeating: "f0", count: 32), String(repeating: "8f", count: 32))
    try assertEqual(high + low, toRawSignature(try unhex("3046022100\(high)022100\(low)")).map { hex($0) })
    let order = "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc63255"
    let bad = [
      "", "30", "3006020101020100", "3006020100020101", "30060201010201ff", "3007020101020101", "300602010102010100", "3106020101020101",
      "300702010102020001", "3081060201010201", "3006020101030101", "30060201010202", "3005020101020101", "3026020101022100\(order)1", "3003020101",
      "300802010102010102",
    ]
    for text in bad { try assertEqual(nil, toRawSignature(try unhex(text)), "took \(text)") }
    try assertTrue(toRawSignature(try unhex("3026020101022100\(order)0")) != nil)
  }

  await checks.check("refuses every cut and every change of a length in a DER signature without a trap") {
    let whole = [UInt8](try unhex("3046022100\(String(repeating: "f0", count: 32))022100\(String(repeating: "8f", count: 32))"))
    for end in whole.indices { try assertEqual(nil, toRawSignature(Data(whole[..<end]))) }
    for at in whole.indices {
      for value in UInt8.min...UInt8.max {
        var changed = whole
        changed[at] = value
        _ = toRawSignature(Data(changed))
      }
    }
  }

  await checks.check("hashes as the platform's digest does, and nothing as nothing") {
    try assertEqual("47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU", encodeBase64Url(sha256(Data())))
    try assertEqual("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad", hex(sha256(Data("abc".utf8))))
  }

  await checks.check("reads a configuration string and refuses what is none") {
    let (root, recovery) = (String(repeating: "A", count: 43), String(repeating: "B", count: 42) + "A")
    let good = "cs1~secure.example.com:8443~c5l8Iwco4OAL0x91aSubew~\(root)~\(recovery)"
    let read = try some(Configuration(good))
    try assertEqual("secure.example.com:8443", read.host)
    try assertEqual("73997c230728e0e00bd31f75692b9b7b", hex(read.project))
    try assertEqual("c5l8Iwco4OAL0x91aSubew", read.projectId)
    try assertEqual(false, read.isDevelopment)
    try assertEqual(true, Configuration(good.replacingOccurrences(of: "cs1", with: "csd1"))?.isDevelopment)
    let bad = [
      "", good + "~", good.replacingOccurrences(of: "cs1", with: "cs2"), "cs1~h~c5l8Iwco4OAL0x91aSubew~\(root)~\(root)",
      good.replacingOccurrences(of: "ubew", with: "ube!"), good.replacingOccurrences(of: "~c5", with: "~~c5"),
    ]
    for text in bad { try assertTrue(Configuration(text) == nil, "took \(text)") }
  }

  await checks.check("finds the attested key's point by its own hash, and nothing in its place") {
    let (x, y) = (Data(repeating: 0x11, count: 32), Data(repeating: 0x22, count: 32))
    let point = Data([4]) + x + y
    let cose = try unhex("a5010203262001215820") + x + unhex("225820") + y
    let keyId = sha256(point)
    let attestation = Data(repeating: 0, count: 40) + keyId + cose + Data([0xFF])
    try assertEqual(point, attestedPoint(attestation: attestation, keyId: keyId))
    // A slice of another Data begins at another index.
    try assertEqual(point, attestedPoint(attestation: (Data([9, 9, 9]) + attestation).dropFirst(3), keyId: (Data([9]) + keyId).dropFirst(1)))
    try assertEqual(nil, attestedPoint(attestation: attestation, keyId: Data(repeating: 0, count: 32)))
    try assertEqual(nil, attestedPoint(attestation: attestation, keyId: Data()))
    for end in 0..<(attestation.count - 1) { try assertEqual(nil, attestedPoint(attestation: attestation.prefix(end), keyId: keyId)) }
    var other = [UInt8](attestation)
    other[40 + 32 + 12] ^= 1
    try assertEqual(nil, attestedPoint(attestation: Data(other), keyId: keyId))
  }
}

func latin1Text(_ bytes: [UInt8]) -> String {
  var text = String.UnicodeScalarView()
  for byte in bytes { text.append(Unicode.Scalar(byte)) }
  return String(text)
}

/// The most memory that the process had, as Linux tells it.
private func peakKib() throws -> Int {
  let status = try String(contentsOfFile: "/proc/self/status", encoding: .utf8)
  return try some(status.split(separator: "\n").first { $0.hasPrefix("VmHWM:") }.flatMap { Int($0.filter { $0.isNumber }) })
}
