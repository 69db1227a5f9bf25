/// What is left of a call once it has begun: it ends in what the call answers, plain JSON.
typealias BridgeStep = @Sendable () async throws -> Any

/// Begins a call, in the order in which calls are made, and without waiting for anything.
typealias BridgeCall = (Asked) throws -> BridgeStep

/// A call whose place among others does not matter.
func later(_ make: @escaping @Sendable (Asked) async throws -> Any) -> BridgeCall {
  return { of in { try await make(of) } }
}

/// What was made as `value`, or why it was not as `fault`: an error would lose its code on the way.
func answered(_ begun: Result<BridgeStep, Error>) async -> [String: Any] {
  do {
    let step = try begun.get()
    return ["value": try await step()]
  } catch let fault as KeyFault {
    return faulted(fault.code, fault.message)
  } catch let fault as ChannelFault {
    return faulted(fault.code, fault.message)
  } catch {
    return faulted("unavailable", "the native half did not answer")
  }
}

/// Whom a call answers, from whatever thread.
struct Answer<Value>: @unchecked Sendable {
  let tell: (Value) -> Void
}

private func faulted(_ code: String, _ message: String) -> [String: Any] {
  return ["fault": ["code": code, "message": message]]
}
