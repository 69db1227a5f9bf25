import Foundation

func jsonTests(_ checks: Checks) async {
  await checks.check("reads strict JSON alone") {
    let bad = [
      "", "{", "[1,]", "{\"a\":1,}", "{\"a\":1,\"a\":2}", "{\"a\":1,\"\\u0061\":2}", "{a:1}", "'a'", "01", "1.", ".5", "+1", "1e", "-",
      "tru", "nul", "\"\\x\"", "\"\\u12\"", "\"\t\"", "\"\\ud800\"", "\"\\udc00\\ud800\"", "9007199254740992", "1e400", "1 2", "[1 2]", "\u{a0}1",
      "\u{feff}1", "[[[[[[[[[1]]]]]]]]]", "\"a", "{\"a\"}", "{\"a\":}", "[", "NaN", "0x1", "nan", "inf", "-inf", "\"\\u+123\"", "1_0",
    ]
    for text in bad { try assertTrue(parseStrictJson(Data(text.utf8)) == nil, "took \(text)") }
    for bytes in ["22c328", "22eda08022", "22c080", "ff", "22f48fbfbf", "22f490808022"] {
      try assertTrue(parseStrictJson(try unhex(bytes)) == nil, "took the bytes \(bytes)")
    }
    let good = " {\"a\":[1,-0.5e1,true,false,null],\"b\":{\"c\":\"\\u00e9\\n\\ud83d\\ude00\u{e9}\"},\"\":\"\"}\n"
    guard case .members(let read)? = parseStrictJson(Data(good.utf8)) else { throw Failure(description: "not read") }
    try assertEqual(.members(["c": .text("é\n😀é")]), try some(read["b"]))
    try assertEqual(.items([.number(1), .number(-5), .truth(true), .truth(false), .null]), try some(read["a"]))
    try assertTrue(parseStrictJson(Data("[[[[[[[[1]]]]]]]]".utf8)) != nil)
  }

  await checks.check("reads texts to the letter, whatever Swift takes for one character or for equal") {
    // CR and LF are one Character; e and a combining accent equal é.
    let read = parseStrictJson(Data("\"\\r\\ne\u{301}\u{e9}\u{200d}\"".utf8))
    guard case .text(let text)? = read else { throw Failure(description: "not read") }
    try assertEqual([0x0D, 0x0A, 0x65, 0x301, 0xE9, 0x200D], text.unicodeScalars.map { Int($0.value) })
    try assertTrue(parseStrictJson(Data("{\"e\u{301}\":1,\"\u{e9}\":2}".utf8)) == nil, "two members that Swift takes for one")
  }

  await checks.check("reads and refuses the very texts that the protocol package does") {
    let made = try madeByProtocol("json")
    var taken = 0
    for vector in made {
      let isRead = parseStrictJson(try vector.bytes("inputs", "json")) != nil
      try assertEqual(vector.result, isRead ? "ok" : "malformed", vector.name)
      taken += isRead ? 1 : 0
    }
    try assertTrue(made.count >= 4000 && (100...3900).contains(taken), "\(taken) of \(made.count)")
  }

  await checks.check("reads a slice of other bytes as it reads the bytes themselves") {
    try assertEqual(.items([.number(1)]), try some(parseStrictJson(Data("xx[1]".utf8).dropFirst(2))))
  }
}
