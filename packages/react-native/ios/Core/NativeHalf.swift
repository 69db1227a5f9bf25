/// The native half behind text, as `Bridge` is: what the script's calls go to.
protocol NativeHalf: AnyObject {
  func callText(_ name: String, _ of: String, answer: @escaping (String) -> Void)
  func randomBytes(_ length: Int) -> String
  func continuousMs() -> Double
}
