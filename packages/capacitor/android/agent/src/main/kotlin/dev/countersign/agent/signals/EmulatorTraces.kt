package dev.countersign.agent.signals

/** What `android.os.Build` says of the machine. */
internal data class Machine(
    val fingerprint: String,
    val model: String,
    val manufacturer: String,
    val brand: String,
    val device: String,
    val product: String,
    val hardware: String,
    val board: String,
)

private val hardware = setOf("goldfish", "ranchu", "cutf_cvm", "vbox86", "nox", "ttvm_x86", "android_x86")
private val products = listOf("sdk_gphone", "google_sdk", "emulator", "vbox86p", "simulator", "nox", "ttvm", "cf_x86")

/** The word of [machine] that only an emulator has; null where there is none. */
internal fun emulatorIn(machine: Machine): String? = when {
    machine.hardware.lowercase() in hardware -> machine.hardware
    products.any { machine.product.lowercase().startsWith(it) } || machine.product == "sdk" -> machine.product
    machine.fingerprint.startsWith("generic") && "/vbox" in machine.fingerprint -> "vbox"
    machine.brand.startsWith("generic") && machine.device.startsWith("generic") -> machine.device
    "Android SDK built for" in machine.model || machine.model == "Emulator" -> machine.model
    "Genymotion" in machine.manufacturer -> "Genymotion"
    else -> null
}
