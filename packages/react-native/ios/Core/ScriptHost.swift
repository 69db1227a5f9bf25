/// What the script of the core asks of the app (`ScriptHost` of @countersign/client). Every call comes on the engine's own queue and returns at once.
protocol ScriptHost: AnyObject {
  /// Begins a call of the native half; its answer goes to `ScriptEngine.answered`.
  func call(_ id: Int, _ name: String, _ of: String)
  /// Asks for `ScriptEngine.passed` after so many milliseconds.
  func after(_ id: Int, _ delayMs: Double)
  /// The answer to an ask of the app's.
  func answer(_ id: Int, _ text: String)
  /// b64u; empty where the generator fails: the script does not go on then.
  func randomBytes(_ length: Int) -> String
  func continuousMs() -> Double
}
