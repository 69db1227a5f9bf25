/// The calls of `NativeStoreCalls`.
func storeCalls() -> [String: BridgeCall] {
  return [
    "read": later { of in ["value": orNull(try InstanceFiles().read(try of.text("name")))] },
    "write": later { of in
      try InstanceFiles().write(try of.text("name"), try of.text("value"))
      return true
    },
    "remove": later { of in
      try InstanceFiles().remove(try of.text("name"))
      return true
    },
  ]
}
